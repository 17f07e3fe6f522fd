"""Rows of the queues, as those who work through them see them."""

from __future__ import annotations

from typing import Protocol


class Deadline(Protocol):
    id: int
    due_at: str
    kind: str
    entity: str


class Notice(Protocol):
    """`persons` are ids parted by blanks, `facts` is JSON."""

    id: int
    kind: str
    account: str
    persons: str
    order_id: str
    claim_id: str | None
    facts: str
    at: str
    accepted_at: str | None


class Instruction(Protocol):
    """`amount` in minor units; `refers_to` is whom it pays, or the payment that it refunds."""

    id: str
    kind: str
    order_id: str
    amount: int
    currency: str
    refers_to: str
    state: str
    at: str
    changed_at: str
