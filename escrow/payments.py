"""Payments: what came in for an order, each by its own reference, so that it can go back whence it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escrow.money import Money


@dataclass(frozen=True)
class Payment:
    """`id` is the reference of whoever took it in; `payer` who paid, where it was not the buyer."""

    id: str
    order: str
    amount: Money
    at: datetime
    payer: str | None = None

    @property
    def named(self) -> str:
        """As its order's history names it: the reference is not ours, and might be anything's."""
        return f"payment:{self.id}"
