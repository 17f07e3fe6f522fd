"""The platform's own money: what it puts in and takes out again. Other people's is never touched for it."""

from __future__ import annotations

from datetime import datetime

from escrow import chart
from escrow.history import OWN_FUNDS
from escrow.ledger import Kind, move
from escrow.money import Money
from escrow.recording import post, record
from escrow.store.work import Work


class Short(ValueError):
    """There is not that much: carries what is there beyond the credits that it has to cover."""


def put_in(work: Work, amount: Money, *, actor: str, at: datetime) -> None:
    """E13: own cash and equity."""
    _move(work, amount, chart.OWN_FUNDS(), chart.EQUITY(), actor=actor, at=at)


def take_out(work: Work, amount: Money, *, actor: str, at: datetime) -> None:
    """The mirror of E13; raises Short for what would leave credits without cover."""
    must_cover(work, amount)
    _move(work, amount, chart.EQUITY(), chart.OWN_FUNDS(), actor=actor, at=at)


def must_cover(work: Work, amount: Money) -> None:
    """Raises Short; what was found is nobody else's to spend until the end of the unit of work."""
    left = free(work, amount.currency)
    if left < amount:
        raise Short(left)


def free(work: Work, currency: str) -> Money:
    """What is available, and nobody else's to spend until the end of the unit of work."""
    work.ledger.lock_own_funds()
    return available(work, currency)


def available(work: Work, currency: str) -> Money:
    """Own cash less what all buyers' credits may ask of it."""
    cash = work.ledger.balance(chart.OWN_FUNDS(), currency)
    return Money(cash + work.ledger.total(chart.CREDIT, currency), currency)


def _move(work: Work, amount: Money, debit: str, credit: str, *, actor: str, at: datetime) -> None:
    journal = move(Kind.OWN_FUNDS, amount, debit=debit, credit=credit)
    if journal is not None:
        post(work, OWN_FUNDS, [journal], order=None, actor=actor, at=at)
        record(work, OWN_FUNDS, "own_funds.moved", actor=actor, at=at, journals=[journal], facts={})
