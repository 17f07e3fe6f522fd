"""Money moves as a double-entry journal: debits positive, credits negative, each journal sums to zero.

A journal has any number of postings and one currency. What each kind is for: docs/architecture.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from escrow.money import Money


class Kind(StrEnum):
    """The letters are those of docs/architecture.md; `E1b` was written by the first version alone."""

    FUND = "E1"
    SETTLED_BY_PSP = "E1b"
    HOLD = "E2"
    HOLD_AFTER_RELEASE = "E2r"
    RELEASE_REST = "E3"
    RELEASE = "E4"
    PAYOUT = "E5"
    PAYOUT_RETURNED = "E5r"
    REFUND = "E6"
    SENT_BACK = "E6b"
    REFUND_SENT = "E7"
    REFUND_RETURNED = "E7r"
    CREDIT_GRANTED = "E9"
    CREDIT_REVOKED = "E9v"
    CREDIT_SPENT = "E9u"
    CREDIT_BACK = "E9r"
    CREDIT_EXPIRED = "E9x"
    GOODWILL = "E10"
    OWN_FUNDS = "E13"


@dataclass(frozen=True)
class Posting:
    account: str
    amount: Money

    def json(self) -> dict[str, object]:
        side = "debit" if self.amount.minor > 0 else "credit"
        return {"account": self.account, side: Money(abs(self.amount.minor), self.amount.currency).json()}


@dataclass(frozen=True)
class Journal:
    """Its source, the event that wrote it, is given to it when it is posted: one of a kind for each event."""

    kind: Kind
    postings: tuple[Posting, ...]
    claim: str | None = None

    def __post_init__(self) -> None:
        if sum(posting.amount.minor for posting in self.postings):
            raise ValueError("a journal sums to zero")
        if len({posting.amount.currency for posting in self.postings}) != 1:
            raise ValueError("a journal has one currency")

    @property
    def currency(self) -> str:
        return self.postings[0].amount.currency

    @property
    def amount(self) -> Money:
        """What it moves: the sum of its debits."""
        moved = sum(max(0, posting.amount.minor) for posting in self.postings)
        return Money(moved, self.currency)

    @property
    def told(self) -> dict[str, object]:
        """As the order's history tells it: accounts and sums, by account."""
        sums = sorted([posting.account, posting.amount.minor] for posting in self.postings)
        told: dict[str, object] = {"kind": self.kind, "currency": self.currency, "postings": sums}
        return told | ({"claim": self.claim} if self.claim else {})


def move(kind: Kind, amount: Money, *, debit: str, credit: str, claim: str | None = None) -> Journal | None:
    """None for nothing: a journal of zero would say that something happened."""
    if not amount:
        return None
    return Journal(kind, (Posting(debit, amount), Posting(credit, -amount)), claim)
