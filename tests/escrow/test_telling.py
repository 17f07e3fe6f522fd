"""Who is told and what starts by it: nobody's time runs before they were told, and nobody is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from contract.programs import Notice
from escrow import engine, funds, intake, outbox, poller
from escrow.audit import audit
from escrow.clocks import Clock
from escrow.money import Money
from escrow.store.database import Database
from escrow.store.timers import Timer
from escrow.store.work import Work
from escrow.tables import clocks, persons
from tests.escrow.worlds import MADE, ask_for_credit, demo_world

FLOODLIGHTS, LAMPS = "TA-20944-1002", "TA-20931-7741"
BUYER = "adeyemi-trading"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    on_sqlite = request.param == "sqlite"
    database = demo_world(
        f"sqlite:///{tmp_path}/e.db" if on_sqlite else request.getfixturevalue("fresh_pg")()
    )
    yield database
    database.close()


def told(world: Database, after: int = 0) -> list[Notice]:
    return world.read(lambda work: outbox.notices_after(work, after)).items


def silent_release(world: Database, order: str) -> Timer:
    return world.read(lambda work: work.timers.of(order)[Clock.SILENT_RELEASE])


def forget_persons_of(account: str, work: Work) -> None:
    work.connection.execute(delete(persons).where(persons.c.account == account, persons.c.id != "alice"))
    work.connection.execute(update(persons).where(persons.c.id == "alice").values(account="desk"))


def test_an_account_of_which_nobody_is_known_is_told_once_somebody_is(world: Database) -> None:
    """Its time to object does not run before: the notice waits, also for a reader who is far beyond it."""
    world.write(partial(forget_persons_of, BUYER))
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=MADE))
    assert not [each for each in told(world) if each.account == BUYER]
    assert silent_release(world, FLOODLIGHTS).started is None
    far = world.read(lambda work: work.notices.last())
    assert told(world, far) == []
    world.write(lambda work: work.parties.add_person("zoe", account=BUYER, name="Zoe", role="buyer"))
    (notice,) = told(world, far)
    assert (notice.account, notice.persons, notice.kind) == (BUYER, ["zoe"], "order_delivered")
    later = MADE + timedelta(days=20)
    world.write(lambda work: outbox.accept(work, notice.id, later))
    assert silent_release(world, FLOODLIGHTS).due == later + timedelta(days=15)
    assert told(world, far) == []
    assert not world.read(audit).breaches


def test_a_release_is_told_with_the_payout_that_it_makes(world: Database) -> None:
    while world.write(lambda work: engine.fire_next(work, MADE + timedelta(days=3))):
        pass
    (notice, _) = [each for each in told(world) if each.kind == "order_released_by_silence"]
    assert notice.facts["payout"]["state"] == "pending"
    assert notice.facts["next"]["by"] and notice.facts["state"] == "releasing"


@pytest.mark.parametrize("hours", [1, 30])
def test_a_clock_whose_row_says_to_try_too_early_does_not_fire_before_it_is_due(
    world: Database, hours: int
) -> None:
    due = silent_release(world, LAMPS).due
    assert due is not None
    early = update(clocks).where(clocks.c.entity == LAMPS).values(try_at="2026-01-01T00:00:00.000000Z")
    world.write(lambda work: work.connection.execute(early))
    for instant in (due - timedelta(hours=hours), due):
        while world.write(partial(engine.fire_next, now=instant)):
            pass
        state = world.read(lambda work: work.orders.get(LAMPS)).state
        assert state == ("delivered" if instant < due else "releasing")


def test_a_clock_that_was_moved_to_an_earlier_instant_is_put_off_and_not_fired(world: Database) -> None:
    early = "2026-11-24T09:00:10.000000Z"
    moved = update(clocks).where(clocks.c.entity == LAMPS).values(due_at=early, try_at=early)
    world.write(lambda work: work.connection.execute(moved))
    attempt = poller.Attempt(datetime.fromisoformat(early))
    with pytest.raises(engine.Unsound) as wrong:
        world.write(attempt.fire)
    world.write(attempt.put_off(wrong.value))
    assert world.read(lambda work: work.orders.get(LAMPS)).state == "delivered"
    assert any("silent_release" in breach for breach in world.read(audit).breaches)


def test_a_credit_that_own_funds_do_not_cover_is_not_granted(world: Database) -> None:
    free = world.read(lambda work: funds.available(work, "USD"))
    world.write(lambda work: funds.take_out(work, free, actor="operator:console", at=MADE))
    assert world.write(lambda work: ask_for_credit(work, FLOODLIGHTS, MADE)) == "waiting"
    with pytest.raises(funds.Short):
        world.write(lambda work: funds.take_out(work, Money(1, "USD"), actor="operator:console", at=MADE))
    assert not world.read(audit).breaches
