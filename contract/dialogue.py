"""The open tasks, as the task policy and the actions share them in the slot `tasks` (docs/slots.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Phase(StrEnum):
    """Where a task stands. Each says whose move it is, or what an action that runs now may turn it into."""

    GATHERING = "gathering"
    """The policy's move: it looks for what is missing, and goes on."""
    FINDING = "finding"
    """An action looks up what was said: gathering when it is found, asked when it is not."""
    ASKED = "asked"
    """The person's move: `asked` names what is missing."""
    QUOTING = "quoting"
    """An action works out the exact effect: quoted when it is shown, asked when a value is refused."""
    QUOTED = "quoted"
    """The person's move: nothing happens without a yes to `quote`."""
    DOING = "doing"
    """An action does it. With the quote still there afterwards the answer got lost: it is quoted again."""
    OVER = "over"
    """The policy takes it off the stack."""


class Mention(Struct, frozen=True):
    """What the person said, as the extractors read it."""

    entity: str
    value: Any


class Value(Struct, frozen=True, omit_defaults=True, rename={"found": "is"}):
    """What was said, what it turned out to be, and what stood there before."""

    said: Mention | None = None
    found: Any = None
    was: Value | None = None


class Says(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said around a deed's quote, as keys of the words."""

    shown: str
    again: str
    """Its question once more."""
    expired: str
    """It ran out: whether to work it out anew."""
    done: str
    already: str
    """A no came after a yes whose answer had got lost."""
    cancelled: str


class Frame(Struct, kw_only=True):
    """One open task. An action writes into its own copy; the policy makes a new one for each change."""

    task: str
    phase: Phase
    role: str | None = None
    """Who may do it; None for everybody."""
    instead: str | None = None
    """The action that answers everybody else; None for the usual one."""
    deed: str | None = None
    """The kind of its quote."""
    says: Says | None = None
    values: dict[str, Value] = {}
    asked: str | None = None
    quote: str | None = None
    shown: dict[str, Any] | None = None
    """Of the quote as it was shown: `order`, `claim`, `amount`."""
    problem: str | None = None
    """Why what was said is asked for again."""
    among: list[str] = []
    """The orders of which one is meant."""
    intent: str | None = None
    """The question that the task answers, where it is one of several requests."""
    doing: str | None = None
    """The action that runs for it now."""
    interrupted: bool = False
    """Its question was put again after another matter, and is not put a third time."""
    only_words: bool = False
    """It was begun by words that may name nothing."""
