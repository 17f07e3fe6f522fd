"""One action of one turn: whose it is, what it may ask of escrow, what it says and remembers."""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timezone, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.escrow_client import Answer, EscrowClient, Refused, Unavailable
from actions.frames import Frame, Memory
from actions.sayings import Saying, person, say

logger = logging.getLogger(__name__)

Step: TypeAlias = Callable[["Turn"], Awaitable[None]]
STEPS: dict[str, Step] = {}


def step(name: str) -> Callable[[Step], Step]:
    """Register what runs when the policy or a rule names this action."""

    def register(run: Step) -> Step:
        STEPS[name] = run
        return run

    return register


class NobodySignedIn(Exception):
    """The conversation is a visitor's: there is no token to ask escrow with."""


class Turn:
    def __init__(self, escrow: EscrowClient, tracker: dict[str, Any]) -> None:
        message = tracker.get("latest_message") or {}
        self._metadata: dict[str, Any] = message.get("metadata") or {}
        self.message: dict[str, Any] = message
        self.conversation = str(tracker.get("sender_id", ""))
        self.id = str(self._metadata.get("turn") or "")
        self.slots: dict[str, Any] = dict(tracker.get("slots") or {})
        self.memory = Memory.read(self.slots)
        self.sayings: list[Saying] = []
        self.set: dict[str, Any] = {}
        self._escrow = escrow
        self._token: str | None = self._metadata.get("token")

    @property
    def frame(self) -> Frame:
        return self.memory.top

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or "")

    def say(self, key: str, facts: dict[str, Any] | None = None, **more: Any) -> None:
        self.sayings.append(say(key, facts, **more))

    def remember(self, **about: str | None) -> None:
        """What the next task may be about, unless the person says otherwise."""
        self.memory.recent |= {name: value for name, value in about.items() if value is not None}

    def drop(self) -> None:
        """The top task cannot go on."""
        self.memory.frames.pop()

    def zone(self) -> tzinfo:
        """Where the person is; UTC when the browser gave no zone that exists."""
        try:
            return ZoneInfo(str(self._metadata.get("tz")))
        except (ZoneInfoNotFoundError, ValueError):
            return timezone.utc

    def token(self) -> str:
        if self._token is None:
            raise NobodySignedIn
        return self._token

    async def programme(self) -> Answer:
        return await self._escrow.read("programme")

    async def read(self, *path: str, **query: str | None) -> Answer:
        return await self._escrow.read(*path, token=self.token(), query=query)

    async def write(self, *path: str, body: Answer, key: str | None = None) -> Answer:
        """Without a `key`, one of conversation, turn and what is asked: the same again is the same write."""
        asked = json.dumps([path, body], sort_keys=True).encode()
        own = f"{self.conversation}:{self.id}:{hashlib.sha256(asked).hexdigest()[:16]}"
        return await self._escrow.write(*path, token=self.token(), key=key or own, body=body)

    def events(self) -> list[dict[str, Any]]:
        slots = self.memory.changed() | self.set
        return [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]


async def run(action: Step, turn: Turn) -> None:
    """Whatever happens, the person is told something true."""
    try:
        await action(turn)
    except NobodySignedIn:
        turn.say("sign_in.needed")
    except Refused as refusal:
        refused(turn, refusal)
    except Unavailable:
        turn.say("trouble.escrow", options=[person()])
    except Exception:
        logger.exception("action failed in turn %s", turn.id)
        turn.say("trouble.action", options=[person()])


def refused(turn: Turn, refusal: Refused) -> None:
    raise NotImplementedError
