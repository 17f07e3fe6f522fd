"""Clocks for what waited before its program knew of them: wound once, when a later version begins.

A new version's machines may wait for more in a state than those of the version before. An order that is in
such a state already gets the clock that it lacks: from now on, or from when the notice was accepted that
started the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from contract.codes import OrderState
from escrow.clocks import Matter, ends
from escrow.engine import SYSTEM
from escrow.machines.machine import Stay
from escrow.machines.order import ORDER, OrderEvent
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.recording import record
from escrow.store.database import Database
from escrow.store.timers import Timer
from escrow.store.work import Work

WAITING = frozenset(stay.state for stay in ORDER.stays if stay.then)


def wind_up(database: Database) -> None:
    """Page by page, each on its own; again it finds nothing to do."""
    after: str | None = ""
    while after is not None:
        after = database.write(partial(_wind_now, after=after))


def _wind_now(work: Work, after: str) -> str | None:
    return wind(work, after, work.records.now())


def wind(work: Work, after: str, now: datetime) -> str | None:
    """A page of orders; the last one's id, None at the end."""
    page = work.orders.in_states(WAITING, after)
    work.timers.load([order.id for order in page], [order.id for order in page])
    demo = work.records.is_demo()
    for seen in page:
        if any(_missing(work, seen, demo=demo, now=now)):
            order = work.orders.lock(seen.id)
            _set(work, order, list(_missing(work, order, demo=demo, now=now)), now)
    return page[-1].id if page else None


def _missing(work: Work, order: Order, *, demo: bool, now: datetime) -> Iterator[Timer]:
    timers, stays = work.timers.of(order.id), ORDER.timed(order.state, demo=demo)
    for stay in stays:
        assert stay.clock is not None, "what fires has a clock"
        if stay.clock in timers:
            continue
        beside = _told_alike(stay, stays, list(timers.values())) if stay.told_to else None
        if stay.told_to and beside is None:
            continue
        started = beside.started if beside else now
        end = ends(stay.clock, Matter(order, policy_of(work, order), None, started))
        if end or beside:
            notice = beside.notice if beside else None
            due = end.at if end else None
            yield Timer(order.id, stay.clock, order.id, started, due, notice=notice)


def _told_alike(
    stay: Stay[OrderState, OrderEvent], stays: list[Stay[OrderState, OrderEvent]], timers: list[Timer]
) -> Timer | None:
    """Whose notice starts this one, too."""
    clocks = {each.clock for each in stays if each.told_to is stay.told_to}
    return next((timer for timer in timers if timer.clock in clocks), None)


def _set(work: Work, order: Order, missing: list[Timer], now: datetime) -> None:
    work.timers.restart(order, missing)
    running = {
        clock: timer.told for clock, timer in sorted(work.timers.of(order.id).items()) if not timer.done
    }
    record(work, order.id, "clock.set", actor=SYSTEM, at=now, facts={"clocks": {order.id: running}})
