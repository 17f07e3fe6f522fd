"""Passes what a transaction has stored on to the open sockets of its conversation, in this process.

Nothing depends on it: what a socket misses, it reads from the log, which alone gives order and seq.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

from messenger.conversations import Event


class Listener(Protocol):
    def event(self, event: Event) -> None: ...
    def frame(self, frame: dict[str, Any]) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    def join(self, conversation: str, listener: Listener) -> None:
        self._listeners[conversation].add(listener)

    def leave(self, conversation: str, listener: Listener) -> None:
        self._listeners[conversation].discard(listener)
        if not self._listeners[conversation]:
            del self._listeners[conversation]

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            for listener in self._listeners.get(event.conversation, ()):
                listener.event(event)

    def typing(self, conversation: str, *, on: bool) -> None:
        for listener in self._listeners.get(conversation, ()):
            listener.frame({"frame": "typing", "on": on, "from": "bot"})
