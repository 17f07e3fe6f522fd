"""Fires what falls due, one deadline a transaction, and moves a demo's clock on.

One that cannot fire is put off, whatever is wrong with it, and the others go on; it is tried again, and each
time logged. Only a database that is away stops them all, until it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from escrow.engine import fire
from escrow.outbox import accept_all, ask_desk
from escrow.store.database import Database
from escrow.store.faults import Contended, Unavailable
from escrow.store.timers import Due
from escrow.store.work import Work

logger = logging.getLogger(__name__)
POLL_S = 1.0
AGAIN_AFTER = timedelta(hours=1)
# Nothing is wrong with it: others were quicker, three times.
SOON_AFTER = timedelta(minutes=1)
FOR_EVER_S = 10**9


@dataclass
class Attempt:
    """To fire whatever has been due for longest; `row` is what was tried, known also after an error."""

    until: datetime | None = None
    row: Due | None = None

    def fire(self, work: Work) -> bool:
        """False when nothing was due, nor any notice lies about for too long."""
        now = self.until or work.records.now()
        self.row = work.timers.due(now)
        if self.row is None:
            return ask_desk(work, now)
        fire(work, self.row)
        return True

    def advance(self, work: Work) -> bool:
        """As `fire`, with the desk's clock at the instant at which the row falls due."""
        assert self.until is not None
        self.row = work.timers.due(self.until)
        work.records.advance_to(self.row.tried if self.row else self.until)
        fired = self.fire(work)
        accept_all(work)
        return fired

    def put_off(self, wrong: Exception) -> Callable[[Work], bool]:
        """What lets the others pass; raises what is not the row's fault."""
        if self.row is None or (isinstance(wrong, Unavailable) and not isinstance(wrong, Contended)):
            raise wrong
        row, wait = self.row, SOON_AFTER if isinstance(wrong, Contended) else AGAIN_AFTER
        logger.error("clock %s of %s cannot fire: %s", row.clock, row.entity, type(wrong).__name__)

        def later(work: Work) -> bool:
            work.timers.put_off(row, max(_tried(row), work.records.now()) + wait)
            return True

        return later


def _tried(row: Due) -> datetime:
    """The instant at which it was tried; that of a row that cannot be read is none that could come later."""
    try:
        return row.tried
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


async def poll(write: Callable[[Callable[[Work], bool]], Awaitable[bool]]) -> None:
    """For as long as the program runs; raises what no deadline is to blame for."""
    while True:
        try:
            while await _fire(write):
                pass
        except Unavailable as away:
            logger.warning("no deadlines for now: %s", away)
        await asyncio.sleep(POLL_S)


async def _fire(write: Callable[[Callable[[Work], bool]], Awaitable[bool]]) -> bool:
    attempt = Attempt()
    try:
        return await write(attempt.fire)
    except Exception as wrong:
        return await write(attempt.put_off(wrong))


def advance(database: Database, days: int) -> datetime:
    """Demo only: move the desk's clock on, deadline by deadline; each fires at its own instant."""
    end = database.read(lambda work: work.records.now()) + timedelta(days=days)
    database.write(accept_all)
    while _advance(database, end):
        pass
    return end


def _advance(database: Database, end: datetime) -> bool:
    attempt = Attempt(end)
    try:
        return database.write(attempt.advance)
    except Exception as wrong:
        return database.write(attempt.put_off(wrong))


def overdue_s(work: Work, now: datetime) -> int:
    """For how long the oldest that should have fired has been waiting; 0 when none has.

    A row that cannot be read will never fire: it has been waiting for ever.
    """
    try:
        oldest = work.timers.oldest_due()
    except ValueError:
        return FOR_EVER_S
    return max(0, int((now - oldest).total_seconds())) if oldest else 0
