"""An order's money as a double-entry journal: debits positive, credits negative, each journal sums to zero.

Accounts and events (E1 … E5r) are those of the chart in docs/architecture.md. A journal knows one currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from escrow.money import Money


class Chart(StrEnum):
    """Number and noun of an account; what follows a colon names whose it is."""

    PSP_CLEARING = "1000"
    BANK_CLIENT_FUNDS = "1010"
    ESCROW = "2000"
    HOLD = "2010"
    SUPPLIER_PAYABLE = "2100"


# Accounts that may not cross zero: what is owed to somebody is never negative, nor is cash.
LIABILITIES = (Chart.ESCROW, Chart.HOLD, Chart.SUPPLIER_PAYABLE)


class Kind(StrEnum):
    FUND = "E1"
    SETTLED_BY_PSP = "E1b"
    HOLD = "E2"
    HOLD_AFTER_RELEASE = "E2r"
    RELEASE = "E4"
    RELEASE_REST = "E3"
    PAYOUT = "E5"
    PAYOUT_RETURNED = "E5r"


@dataclass(frozen=True)
class Posting:
    account: str
    amount: Money

    def json(self) -> dict[str, object]:
        side = "debit" if self.amount.minor > 0 else "credit"
        return {"account": self.account, side: Money(abs(self.amount.minor), self.amount.currency).json()}


@dataclass(frozen=True)
class Journal:
    """`source` is what caused it: (kind, source) happens once, for ever."""

    kind: Kind
    source: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if sum(posting.amount.minor for posting in self.postings):
            raise ValueError("a journal sums to zero")
        if len({posting.amount.currency for posting in self.postings}) > 1:
            raise ValueError("a journal has one currency")

    @property
    def told(self) -> dict[str, object]:
        """As the order's history tells it: accounts and sums, by account."""
        sums = sorted([posting.account, posting.amount.minor] for posting in self.postings)
        return {"kind": self.kind, "source": self.source, "postings": sums}


def escrow_of(order: str) -> str:
    return f"{Chart.ESCROW}:{order}"


def hold_of(claim: str) -> str:
    return f"{Chart.HOLD}:{claim}"


def payable_of(supplier: str, order: str) -> str:
    """What is owed to a supplier, kept by order, because a claim may hold only what is unpaid of its own."""
    return f"{Chart.SUPPLIER_PAYABLE}:{supplier}:{order}"


def move(kind: Kind, source: str, amount: Money, *, debit: str, credit: str) -> Journal | None:
    """None for nothing: a journal of zero would say that something happened."""
    if not amount:
        return None
    return Journal(kind, source, (Posting(debit, amount), Posting(credit, -amount)))
