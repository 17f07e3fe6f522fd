"""What programs and the desk are answered: notices, instructions, tasks, and that something was done."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contract.answers import Instant, Money
from contract.codes import InstructionKind, InstructionState, Role, TaskState, TaskWhy, Tell


class Notice(Struct, frozen=True):
    """For each of `persons`, in words for the account's `role`; `facts` are those of its order or claim."""

    id: int
    kind: Tell
    account: str
    persons: list[str]
    role: Role
    zone: str
    locale: str
    order: str
    claim: str | None
    facts: dict[str, Any]
    at: Instant


class Notices(Struct, frozen=True):
    """`next` is where to go on, what was asked for itself when nothing is new."""

    items: list[Notice]
    next: int


class Instruction(Struct, frozen=True):
    """`refers_to` is whom it pays, or the payment that it refunds; `replaced_by` what is paid instead."""

    id: str
    kind: InstructionKind
    order: str
    state: InstructionState
    amount: Money
    refers_to: str
    at: Instant
    replaced_by: str | None = None


class DeskTask(Struct, frozen=True):
    """`entity` is what it is about: the id of an order, a claim, an instruction, a notice."""

    id: str
    why: TaskWhy
    entity: str
    order: str
    since: Instant
    due: Instant | None
    role: Role
    state: TaskState
    taken_by: str | None
    taken_at: Instant | None


class Accepted(Struct, frozen=True):
    notice: int
    accepted: bool


class Revoked(Struct, frozen=True):
    turn: str
    revoked: bool


class Advanced(Struct, frozen=True):
    now: Instant
