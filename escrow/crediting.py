"""What an event does with a credit's money: pure functions, as those of `escrow/effects.py` are."""

from __future__ import annotations

from collections.abc import Iterator

from contract.codes import CreditKind
from escrow import chart
from escrow.case import Case
from escrow.ledger import Journal, Kind, move

# Whose expense it is.
EXPENSES = {
    CreditKind.ONTIME: (Kind.CREDIT_GRANTED, chart.ONTIME_CREDIT()),
    CreditKind.GOODWILL: (Kind.GOODWILL, chart.GOODWILL()),
}


def grant(case: Case) -> Iterator[Journal]:
    """E9, as goodwill E10: owed to the buyer from now on, of the platform's own money."""
    assert case.credit is not None
    kind, expense = EXPENSES[case.credit.kind]
    journal = move(kind, case.credit.unspent, debit=expense, credit=chart.CREDIT(case.order.buyer))
    if journal is not None:
        yield journal


def revoke(case: Case) -> Iterator[Journal]:
    """E9v: what was not spent of it was never an expense."""
    assert case.credit is not None
    _, expense = EXPENSES[case.credit.kind]
    yield from _taken(case, Kind.CREDIT_REVOKED, expense)


def expire(case: Case) -> Iterator[Journal]:
    """E9x: what was not spent of it in time."""
    yield from _taken(case, Kind.CREDIT_EXPIRED, chart.CREDIT_BREAKAGE())


def _taken(case: Case, kind: Kind, to: str) -> Iterator[Journal]:
    assert case.credit is not None
    journal = move(kind, case.credit.unspent, debit=chart.CREDIT(case.order.buyer), credit=to)
    if journal is not None:
        yield journal
