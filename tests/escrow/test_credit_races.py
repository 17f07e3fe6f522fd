"""Two at once on one credit: it is granted once, and nothing of it is spent that has expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from contract.asked import OntimeCredit
from escrow import chart, engine, intake, quotes
from escrow.clocks import Clock
from escrow.credits import ontime_id
from escrow.money import Money
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.instants import sure
from escrow.store.timers import Due
from escrow.store.work import Work
from escrow.tables import accounts
from tests.escrow.meeting import Do, Meeting
from tests.escrow.test_races import ALICE, BEGAN, MINUTE, copies, either_first, meeting, met, rounds
from tests.escrow.worlds import TOTAL, ask_for_credit, late, order_over_total

__all__ = ["copies", "meeting"]
pytestmark = pytest.mark.slow
# A tenth of the goods of each order.
CREDIT = 9_00
HALF = 50


def owed(world: Database) -> int:
    return -world.read(lambda work: work.ledger.total(chart.CREDIT, "USD"))


def outcome(given: Any) -> str:
    return given.code if isinstance(given, Refusal) else "done"


def ends(work: Work, order: str) -> datetime:
    """When the time to ask for it is over."""
    due = work.timers.of(ontime_id(order))[Clock.CREDIT_APPLY].due
    assert due is not None
    return due


def ring(order: str, clock: Clock) -> Do:
    """That clock of the order's credit alone, as it is due."""

    def fire(work: Work) -> None:
        timer = work.timers.of(ontime_id(order))[clock]
        assert timer.due is not None
        work.timers._known.clear()
        engine.fire(work, Due(timer.entity, clock, order, sure(timer.due), sure(timer.due)))

    return fire


def test_of_two_that_ask_at_once_one_is_granted(world: Database, meeting: Meeting) -> None:
    for n, (order, at) in enumerate(rounds(world, of=late), start=1):
        asks = [quoted(world, order, at) for _ in range(2)]
        given = meeting.of(*asks)
        assert sorted(map(outcome, given.both)) == ["credit_already_granted", "done"]
        assert owed(world) == n * CREDIT


def quoted(world: Database, order: str, at: datetime) -> Do:
    quote = world.write(lambda work: quotes.open_quote(work, ALICE, OntimeCredit(order), at))
    return lambda work: quotes.confirm(work, ALICE, quote.quote_id, at)


@either_first
def test_who_asks_while_it_is_granted_by_itself_is_granted_it_once(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    world.write(lambda work: work.connection.execute(update(accounts).values(tier="enterprise")))
    for n, (order, at) in enumerate(rounds(world, of=late, count=HALF, lived=False), start=1):
        ask: Callable[[Work], Any] = partial(ask_for_credit, id=order, at=at)
        asked, rang, _ = met(meeting, swapped, ask, ring(order, Clock.CREDIT_LATE))
        assert outcome(rang) == "done" and outcome(asked) in ("done", "wrong_state")
        assert owed(world) == n * CREDIT


@either_first
def test_who_asks_in_the_last_second_is_granted_it_or_told_that_it_is_too_late(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    granted = 0
    for order, at in rounds(world, of=late, count=HALF, lived=False):
        world.write(ring(order, Clock.CREDIT_LATE))
        last = world.read(partial(ends, order=order)) - timedelta(seconds=1)
        ask: Callable[[Work], Any] = partial(ask_for_credit, id=order, at=last)
        asked, rang, _ = met(meeting, swapped, ask, ring(order, Clock.CREDIT_APPLY))
        assert outcome(rang) == "done" and outcome(asked) in ("done", "wrong_state")
        granted += outcome(asked) == "done"
        assert owed(world) == granted * CREDIT and at < last
    assert granted == (0 if swapped else HALF) or meeting.overtaken


@either_first
def test_who_pays_with_it_while_it_expires_has_paid_or_is_told_that_it_is_gone(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for n in range(HALF):
        old, new, at = f"TA-{n}", f"TB-{n}", BEGAN + n * MINUTE
        world.write(partial(spendable, old=old, new=new, at=at))
        last = world.read(partial(expires, order=old)) - timedelta(seconds=1)
        rest = Money(TOTAL.minor - CREDIT, "USD")
        how: dict[str, Any] = {"payment": f"PSP-{new}", "credit": Money(CREDIT, "USD"), "at": last}
        pay: Callable[[Work], Any] = partial(intake.pay, id=new, amount=rest, **how)
        paid, rang, _ = met(meeting, swapped, pay, ring(old, Clock.CREDIT_EXPIRY))
        assert outcome(rang) == "done" and outcome(paid) in ("done", "credit_short")
        (credit,) = world.read(lambda work: list(work.credits.of(old)))  # noqa: B023
        assert credit.state == ("spent" if outcome(paid) == "done" else "expired")
        assert owed(world) == 0


def spendable(work: Work, old: str, new: str, at: datetime) -> None:
    """A credit for the one order, and another that waits to be paid."""
    late(work, old, at)
    ask_for_credit(work, old, at)
    intake.deliver(work, old, at=at)
    intake.make(work, order_over_total(work, new, at), at=at)


def expires(work: Work, order: str) -> datetime:
    (credit,) = work.credits.of(order)
    assert credit.expires_at is not None
    return credit.expires_at
