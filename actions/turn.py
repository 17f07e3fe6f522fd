"""One action of one turn: whose it is, what it asks of escrow, what it says and remembers."""

import base64
import copy
import hashlib
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from actions import frames
from actions.escrow_client import Escrow, EscrowClient, Refused, Unavailable
from actions.refusals import words_for
from actions.sayings import ORDERS, Facts, Saying, person, say, with_card
from contract.answers import Quote
from contract.asked import Asked
from contract.codes import Code, Role

logger = logging.getLogger(__name__)

Step: TypeAlias = Callable[["Turn"], Awaitable[None]]
STEPS: dict[str, Step] = {}
GATHERING = ("action_find", "action_ask", "action_quote")


def step(name: str) -> Callable[[Step], Step]:
    """Register what runs when the policy or a rule names this action."""

    def register(action: Step) -> Step:
        STEPS[name] = action
        return action

    return register


class NobodySignedIn(Exception):
    """The conversation is a visitor's: there is no token to ask escrow with."""


class Turn:
    """`frames` and `recent` are copies of the slots; what an action changes in them is written back."""

    def __init__(self, client: EscrowClient, tracker: dict[str, Any]) -> None:
        self.message: dict[str, Any] = tracker.get("latest_message") or {}
        self._metadata: dict[str, Any] = self.message.get("metadata") or {}
        self._conversation = str(tracker.get("sender_id", ""))
        self._client = client
        slots = tracker.get("slots") or {}
        self.frames = frames.read(slots.get("tasks"))
        self.recent: dict[str, Any] = copy.deepcopy(slots.get("recent") or {})
        self.misses = int(slots.get("misses") or 0)
        self._before = copy.deepcopy(self._slots())
        self.sayings: list[Saying] = []

    @property
    def frame(self) -> frames.Frame:
        return self.frames[-1]

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or "")

    def is_for_others(self) -> bool:
        """Whether the top task is one that escrow would refuse to this person's side in the end."""
        return bool(self.frames) and self.frame.role is not None and self.frame.role != self.role()

    def say(self, key: str, facts: Facts | None = None, **more: Any) -> None:
        self.sayings.append(say(key, facts, **more))

    def show(self, card: str, answer: msgspec.Struct, key: str, facts: Facts, **more: Any) -> None:
        self.sayings.append(with_card(say(key, facts, **more), card, answer))

    def remember(self, **about: Any) -> None:
        """What the next task is about, unless the person says otherwise; of another order nothing is kept."""
        if about.get("order") not in (None, self.recent.get("order")):
            for name in ("claim", "reason"):
                self.recent.pop(name, None)
        self.recent |= {name: value for name, value in about.items() if value is not None}

    def offer(self, task: str | None, **about: Any) -> None:
        """What a bare yes begins, with what it is about; of two in one message it is asked which order."""
        before = self.recent.setdefault("offer", None)
        if task is None:
            return
        orders = [about.get("order"), *(before["orders"] if before and before["task"] == task else [])]
        values = {name: value for name, value in about.items() if value is not None}
        self.recent["offer"] = {"task": task, "values": values, "orders": list(dict.fromkeys(orders))}

    def zone(self) -> tzinfo:
        """Where the person is; UTC when the browser gave no zone that exists."""
        try:
            return ZoneInfo(str(self._metadata.get("tz")))
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    def is_visitor(self) -> bool:
        return not self._metadata.get("token")

    def _token(self) -> str:
        token: str | None = self._metadata.get("token")
        if not token:
            raise NobodySignedIn
        return token

    def role(self) -> Role:
        """Buyer or supplier. Read without a check, so it may choose a word and nothing else."""
        payload = self._token().split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Role.SUPPLIER if told.get("role") == Role.SUPPLIER else Role.BUYER

    @property
    def escrow(self) -> Escrow:
        """Raises NobodySignedIn for a visitor."""
        return self._client.speaking_for(self._token())

    async def programme(self) -> Facts:
        return await self._client.speaking_for(None).programme()

    async def quote(self, asked: Asked) -> Quote:
        """The key is of conversation, turn and what is asked: the same again is the same write."""
        fingerprint = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]
        key = f"{self._conversation}:{self._metadata.get('turn')}:{fingerprint}"
        return await self.escrow.quote(asked, key=key)

    def _slots(self) -> dict[str, Any]:
        return {"tasks": msgspec.to_builtins(self.frames), "recent": self.recent, "misses": self.misses}

    def events(self) -> list[dict[str, Any]]:
        for saying in self.sayings:
            if options := saying.get("options"):
                self.recent["offered"] = [option["press"] for option in options]
        changed = {name: value for name, value in self._slots().items() if value != self._before[name]}
        return [{"event": "slot", "name": name, "value": value} for name, value in changed.items()]


def _ask_anew(turn: Turn) -> bool:
    """A look-up of what does not exist, or not for them: the number is not repeated, and asked again."""
    for value in ("claim", "order"):
        if turn.frames and turn.frame.said(value):
            turn.frame.ask(value, problem=Code.NOT_FOUND)
            turn.say(f"{value}.not_found", options=ORDERS)
            return True
    return False


async def run(name: str, turn: Turn) -> None:
    """Whatever happens, the person is told something true; a task that lacks what it needs ends there."""
    try:
        if turn.is_for_others():
            name = turn.frame.instead or f"action_for_{turn.role()}"
        await STEPS[name](turn)
        return
    except NobodySignedIn:
        turn.say("sign_in.needed")
    except Refused as refusal:
        if not (refusal.code == Code.NOT_FOUND and _ask_anew(turn)):
            turn.sayings.append(words_for(refusal))
    except Unavailable:
        turn.say("trouble.escrow", options=[person()])
    except Exception as wrong:
        # Where it arose, not what it says: that may be what somebody typed.
        where = "".join(traceback.format_tb(wrong.__traceback__))
        logger.error("%s failed: %s\n%s", name, type(wrong).__name__, where)
        turn.say("trouble.action", options=[person()])
    if name.startswith(GATHERING) and turn.frames:
        turn.frames.pop()
