"""Claims: what a buyer asks back, for which reason, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.codes import ClaimState, Reason
from escrow.money import Money

# Reasons of which nobody can know before the goods are there.
AFTER_DELIVERY = frozenset({Reason.MISSING, Reason.DAMAGED, Reason.DEFECTIVE, Reason.WRONG_ITEM})


@dataclass(frozen=True)
class Claim:
    """`opened_by` is the person, `opened_in` their conversation."""

    id: str
    order: str
    state: ClaimState
    reason: Reason
    amount: Money
    opened_at: datetime
    opened_by: str
    opened_in: str
    version: int = 0
