"""Clocks as rows: set when a state begins, started at once or by an accepted notice, gone with the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, or_, select, update

from escrow.clocks import Clock
from escrow.orders import Order
from escrow.store.instants import exact, read, stored, sure
from escrow.store.notices import Draft
from escrow.tables import clocks

OF_ENTITY = select(clocks).where(clocks.c.entity == bindparam("entity"))
OF_ORDERS = select(clocks).where(clocks.c.order_id.in_(bindparam("orders", expanding=True)))
OF_NOTICE = select(clocks).where(clocks.c.notice == bindparam("notice"))
DUE = (
    select(clocks)
    .where(clocks.c.done_at.is_(None), clocks.c.try_at <= bindparam("now"))
    .where(clocks.c.due_at <= bindparam("now"))
    .order_by(clocks.c.try_at, clocks.c.entity, clocks.c.clock)
    .limit(1)
)
OLDEST = (
    (select(clocks.c.due_at).where(clocks.c.done_at.is_(None), clocks.c.due_at.is_not(None)))
    .order_by(clocks.c.due_at)
    .limit(1)
)
ITS = and_(clocks.c.entity == bindparam("whose"), clocks.c.clock == bindparam("which"))
# One that was set anew meanwhile is another one.
STILL = and_(ITS, clocks.c.done_at.is_(None), clocks.c.due_at == bindparam("due"))
RING = update(clocks).where(STILL).values(done_at=bindparam("due"))
PUT_OFF = update(clocks).where(STILL).values(try_at=bindparam("later"))
END = update(clocks).where(ITS, clocks.c.done_at.is_(None)).values(done_at=bindparam("when"))
MOVE = (
    update(clocks)
    .where(ITS, clocks.c.started_at.is_not(None))
    .values(due_at=bindparam("until"), try_at=bindparam("until"), done_at=None)
)
WAITING = and_(ITS, clocks.c.done_at.is_(None), clocks.c.started_at.is_(None))
START = (
    update(clocks)
    .where(WAITING, clocks.c.notice == bindparam("told"))
    .values(started_at=bindparam("since"), due_at=bindparam("until"), try_at=bindparam("until"))
)
DROP = delete(clocks).where(ITS)
INSERT = insert(clocks)
PAGE = 50


def _releases(side: str) -> Any:
    """The next of an account, a page at a time; `at` and `entity` are those of the last one seen."""
    whose = getattr(clocks.c, side)
    later = or_(
        clocks.c.due_at > bindparam("at"),
        and_(clocks.c.due_at == bindparam("at"), clocks.c.entity > bindparam("seen")),
    )
    return (
        select(clocks)
        .where(
            whose == bindparam("account"), clocks.c.clock == Clock.SILENT_RELEASE, clocks.c.done_at.is_(None)
        )
        .where(later)
        .order_by(clocks.c.due_at, clocks.c.entity)
        .limit(PAGE + 1)
    )


RELEASES = {side: _releases(side) for side in ("buyer", "supplier")}


@dataclass(frozen=True)
class Timer:
    """`started` and `due` are None until the notice that starts it was accepted."""

    entity: str
    clock: Clock
    order: str
    started: datetime | None
    due: datetime | None
    done: datetime | None = None
    notice: Draft | None = None

    @property
    def told(self) -> list[str | None]:
        return [stored(self.started), stored(self.due)]


@dataclass(frozen=True)
class Due:
    """A row that is to fire, as it is stored: nothing of it is believed yet."""

    entity: str
    clock: str
    order: str
    due_at: str
    try_at: str

    @property
    def at(self) -> datetime:
        """Raises ValueError for what is not written as instants are stored."""
        return exact(self.due_at)

    @property
    def tried(self) -> datetime:
        return exact(self.try_at)


class Timers:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, dict[Clock, Timer]] = {}
        self._new: list[tuple[Timer, Order]] = []

    def of(self, entity: str) -> dict[Clock, Timer]:
        if entity not in self._known:
            rows = self._run(OF_ENTITY, {"entity": entity})
            self._known[entity] = {timer.clock: timer for timer in _timers(rows)}
        return self._known[entity]

    def load(self, orders: Iterable[str], entities: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find; `entities` are all that may have some."""
        missing = [entity for entity in entities if entity not in self._known]
        if not missing:
            return
        for entity in missing:
            self._known[entity] = {}
        for timer in _timers(self._run(OF_ORDERS, {"orders": list(orders)})):
            if timer.entity in missing:
                self._known[timer.entity][timer.clock] = timer

    def expect_none(self, entity: str) -> None:
        """It has just begun."""
        self._known.setdefault(entity, {})

    def replace(self, order: Order, entity: str, timers: Sequence[Timer], at: datetime) -> None:
        """A state begins: its clocks are set, what ran for the one before runs no longer but stays known."""
        before, new = self.of(entity), {timer.clock: timer for timer in timers}
        for clock, timer in before.items():
            if clock in new:
                self._drop(timer)
            elif timer.done is None:
                self._end(timer, at)
        self._known[entity] = self._known[entity] | new
        self._new += [(timer, order) for timer in timers]

    def restart(self, order: Order, timers: Sequence[Timer]) -> None:
        """These begin anew, or now, while their state goes on."""
        for timer in timers:
            running = self.of(timer.entity).get(timer.clock)
            if running is not None:
                self._drop(running)
            self._known[timer.entity][timer.clock] = timer
            self._new.append((timer, order))

    def move(
        self, entity: str, clock: Clock, ends: Callable[[datetime], datetime | None], at: datetime
    ) -> None:
        """One that runs ends when `ends` says, and one that has rung rings again if that is still to come.

        One that waits for its notice stays as it is.
        """
        timer = self.of(entity).get(clock)
        if timer is None or timer.started is None:
            return
        due = ends(timer.started)
        if timer.done is not None and (due is None or due <= at):
            return
        moved = replace(timer, due=due, done=None)
        self._known[entity][clock] = moved
        self._new = [(moved if _key(new) == _key(timer) else new, order) for new, order in self._new]
        self._run(MOVE, {"whose": entity, "which": clock, "until": stored(moved.due)})

    def _end(self, timer: Timer, at: datetime) -> None:
        """It rings no more; also one that this unit of work has set and not yet written."""
        ended = replace(timer, done=at)
        self._known[timer.entity][timer.clock] = ended
        self._new = [(ended if _key(new) == _key(timer) else new, order) for new, order in self._new]
        self._run(END, {"whose": timer.entity, "which": timer.clock, "when": sure(at)})

    def _drop(self, timer: Timer) -> None:
        """Also one that this unit of work has set and not yet written."""
        written = [each for each in self._new if _key(each[0]) != _key(timer)]
        if len(written) == len(self._new):
            self._run(DROP, {"whose": timer.entity, "which": timer.clock})
        self._new = written

    def tie(self, entity: str, clock: Clock, notice: Draft) -> None:
        """The notice that starts one of the new clocks."""
        self._new = [
            (replace(timer, notice=notice) if _key(timer) == (entity, clock) else timer, order)
            for timer, order in self._new
        ]

    def flush(self) -> None:
        if self._new:
            self._run(INSERT, [_row(timer, order) for timer, order in self._new])
            self._new.clear()

    def of_notice(self, notice: int) -> list[Timer]:
        return list(_timers(self._run(OF_NOTICE, {"notice": notice})))

    def start(self, timer: Timer, notice: int, since: datetime, until: datetime) -> Timer | None:
        """As it runs now; None for one that runs already, or waits for a later notice."""
        given = {"whose": timer.entity, "which": timer.clock, "since": sure(since), "until": sure(until)}
        if self._run(START, given | {"told": notice}).rowcount != 1:
            return None
        started = replace(timer, started=since, due=until)
        self.of(timer.entity)[timer.clock] = started
        return started

    def due(self, now: datetime) -> Due | None:
        """The one that has been due for longest and was not put off beyond now."""
        row = self._run(DUE, {"now": sure(now)}).first()
        return Due(row.entity, row.clock, row.order_id, row.due_at, row.try_at) if row else None

    def ring(self, timer: Timer, at: datetime) -> bool:
        """Whether it is ours to fire: false when another has fired it, or has set it anew."""
        given = {"whose": timer.entity, "which": timer.clock, "due": sure(at)}
        self._known.get(timer.entity, {})[timer.clock] = replace(timer, done=at)
        return self._run(RING, given).rowcount == 1

    def put_off(self, due: Due, to: datetime) -> None:
        self._run(PUT_OFF, {"whose": due.entity, "which": due.clock, "due": due.due_at, "later": sure(to)})

    def oldest_due(self) -> datetime | None:
        """Since when the longest waiting one should have fired, or will. Raises ValueError if unreadable."""
        oldest = self._run(OLDEST).scalar()
        return exact(oldest) if oldest else None

    def releases(self, side: str, account: str, *, after: tuple[str, str]) -> list[Timer]:
        given = {"account": account, "at": after[0], "seen": after[1]}
        return [_timer(row) for row in self._run(RELEASES[side], given)]


def _key(timer: Timer) -> tuple[str, Clock]:
    return timer.entity, timer.clock


def _row(timer: Timer, order: Order) -> dict[str, Any]:
    due = stored(timer.due)
    row: dict[str, Any] = {"entity": timer.entity, "clock": timer.clock, "order_id": timer.order}
    row |= {"buyer": order.buyer, "supplier": order.supplier, "done_at": stored(timer.done)}
    row |= {"notice": timer.notice.id if timer.notice else None, "started_at": stored(timer.started)}
    return row | {"due_at": due, "try_at": due}


def _timers(rows: Iterable[Row[Any]]) -> Iterator[Timer]:
    """A clock or an instant that this program cannot read is left to the audit, which tells of it."""
    for row in rows:
        with suppress(ValueError):
            yield _timer(row)


def _timer(row: Row[Any]) -> Timer:
    instants = (read(row.started_at), read(row.due_at), read(row.done_at))
    notice = Draft({}, row.notice) if row.notice is not None else None
    return Timer(row.entity, Clock(row.clock), row.order_id, *instants, notice)
