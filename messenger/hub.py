"""Passes what a transaction has stored on to the open sockets of its conversation, in this process.

Nothing depends on it: what a socket misses, it reads from the log, which alone gives order and seq.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

from messenger.log import Event


class Listener(Protocol):
    def put(self, item: dict[str, Any] | Event) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        # The conversations in which `typing` is on, for those who join meanwhile.
        self.answering: set[str] = set()

    def join(self, conversation: str, listener: Listener) -> None:
        self._listeners[conversation].add(listener)

    def leave(self, conversation: str, listener: Listener) -> None:
        self._listeners[conversation].discard(listener)
        if not self._listeners[conversation]:
            del self._listeners[conversation]

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            self._tell(event.conversation, event)

    def typing(self, conversation: str, *, on: bool) -> None:
        (self.answering.add if on else self.answering.discard)(conversation)
        self._tell(conversation, {"frame": "typing", "on": on, "from": "bot"})

    def _tell(self, conversation: str, item: dict[str, Any] | Event) -> None:
        for listener in self._listeners.get(conversation, ()):
            listener.put(item)
