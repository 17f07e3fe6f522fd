"""What an event does with a credit's money: pure functions, as those of `escrow/effects.py` are."""

from __future__ import annotations

from collections.abc import Iterator

from contract.codes import CreditKind
from escrow import chart
from escrow.case import Case
from escrow.credits import Credit, given
from escrow.ledger import Journal, Kind, Posting, move
from escrow.money import Money
from escrow.orders import Order

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


def spent(order: Order, amount: Money) -> Journal:
    """E9u: the order is paid with it, and the cash for that is other people's from now on."""
    legs = _with_cash(amount, chart.OWN_FUNDS(), chart.CLIENT_FUNDS())
    owed = (Posting(chart.CREDIT(order.buyer), amount), Posting(chart.ESCROW(order.id), -amount))
    return Journal(Kind.CREDIT_SPENT, (*owed, *legs))


def given_back(
    case: Case, sources: tuple[Posting, ...], amount: Money, claim: str | None = None
) -> Iterator[Journal | Credit]:
    """E9r: a refund of what was paid by credit is credit again, and its cash the platform's own."""
    order = case.order
    legs = _with_cash(amount, chart.CLIENT_FUNDS(), chart.OWN_FUNDS())
    owed = Posting(chart.CREDIT(order.buyer), -amount)
    yield Journal(Kind.CREDIT_BACK, (*sources, owed, *legs), claim)
    yield given(order, case.policy, amount, case.at, CreditKind.REFUND)


def _with_cash(amount: Money, out_of: str, into: str) -> tuple[Posting, Posting]:
    return Posting(into, amount), Posting(out_of, -amount)


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
