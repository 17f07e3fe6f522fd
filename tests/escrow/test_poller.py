"""What falls due, fired: one that cannot fire is put off whatever is wrong with it, and the others go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from escrow import poller, service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.store.database import Database
from escrow.store.faults import Unavailable
from escrow.store.work import Work
from tests.escrow.conftest import Escrow
from tests.escrow.worlds import MADE, demo_world

OMAR = Caller("omar", "desk", "agent", "c", "t")
# Chen's claim goes to mediation two days after the world was made, the lamps are released a day later.
WRENCHES, CLAIM, LAMPS = "TA-40015-2200", "CLM-1001", "TA-20931-7741"
BODIES = {
    "a constraint": ("SELECT RAISE(ABORT, 'no')", "RAISE EXCEPTION USING ERRCODE = 'check_violation'"),
    "a value": ("SELECT json('{')", "PERFORM 1/0"),
    "a statement": ("SELECT json_extract('{}', 'no path')", "PERFORM * FROM no_such_table"),
    "a number too large": ("SELECT abs(-9223372036854775808)", "PERFORM 2147483647::int + 1"),
    "a rule of ours": ("SELECT RAISE(FAIL, 'no')", "RAISE EXCEPTION 'no'"),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    on_sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())


@pytest.fixture
def world(url: str) -> Iterator[Database]:
    database = demo_world(url, datetime.now(UTC).replace(microsecond=0))
    yield database
    assert not database.read(audit).breaches
    database.close()


def break_it(database: Database, how: str) -> None:
    """From now on the history of the wrenches takes no row, as a database itself would refuse one."""
    on_sqlite, on_postgresql = BODIES[how]
    when = f"NEW.chain = '{WRENCHES}'"
    statements = [f"CREATE TRIGGER broken BEFORE INSERT ON history WHEN {when} BEGIN {on_sqlite}; END"]
    if database.engine.dialect.name == "postgresql":
        does = f"BEGIN IF {when} THEN {on_postgresql}; END IF; RETURN NEW; END"
        statements = [f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {does} $$"]
        statements.append(
            "CREATE TRIGGER broken BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    run(database, *statements)


def mend_it(database: Database) -> None:
    on = " ON history" if database.engine.dialect.name == "postgresql" else ""
    run(database, f"DROP TRIGGER broken{on}")


def run(database: Database, *statements: str) -> None:
    with database.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def states(database: Database) -> tuple[str, str]:
    claim = database.read(lambda work: service.claim(work, OMAR, CLAIM, MADE)).state
    return claim, database.read(lambda work: service.order(work, OMAR, LAMPS, MADE)).state


@pytest.mark.parametrize("how", BODIES)
def test_the_clock_moves_on_past_what_the_database_refuses(world: Database, how: str) -> None:
    break_it(world, how)
    poller.advance(world, 4)
    assert states(world) == ("negotiating", "completed")
    mend_it(world)
    poller.advance(world, 1)
    assert states(world) == ("in_mediation", "completed")


async def polled(database: Database, until: Callable[[], bool]) -> None:
    """As the program does it, until something is so; raises what ended it."""

    async def write(do: Callable[[Work], Any]) -> Any:
        return await asyncio.to_thread(database.write, do)

    firing = asyncio.create_task(poller.poll(write))
    for _ in range(300):
        if firing.done() or await asyncio.to_thread(until):
            break
        await asyncio.sleep(0.05)
    firing.cancel()
    await asyncio.wait([firing])
    if not firing.cancelled():
        firing.result()


@pytest.mark.parametrize("how", ["a constraint", "a statement"])
def test_a_row_that_the_database_refuses_does_not_keep_the_others_waiting(world: Database, how: str) -> None:
    break_it(world, how)
    world.write(lambda work: work.records.advance_to(datetime.now(UTC) + timedelta(days=4)))
    asyncio.run(polled(world, lambda: states(world)[1] == "completed"))
    assert states(world) == ("negotiating", "completed")
    mend_it(world)


def test_a_connection_that_is_cut_is_no_broken_deadline(world: Database) -> None:
    """What was to be fired is fired once the database is back, not an hour later."""
    if world.engine.dialect.name == "sqlite":
        pytest.skip("no connection to cut")
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    cuts = iter([cut, cut])

    def write(do: Callable[[Work], Any]) -> Awaitable[Any]:
        def cut_first(work: Work) -> Any:
            if statement := next(cuts, None):
                work.connection.execute(text(statement))
            return do(work)

        return asyncio.to_thread(world.write, cut_first)

    async def poll() -> None:
        firing = asyncio.create_task(poller.poll(write))
        await asyncio.sleep(4)
        assert not firing.done()
        firing.cancel()

    world.write(lambda work: work.records.advance_to(datetime.now(UTC) + timedelta(days=4)))
    asyncio.run(poll())
    assert states(world) == ("in_mediation", "completed")


def test_a_database_that_is_not_there_is_away() -> None:
    with pytest.raises(Unavailable):
        Database("sqlite:////nowhere/at/all/e.db").write(lambda work: work.records.now())


def test_what_a_statement_did_wrong_is_not_the_databases_absence(world: Database) -> None:
    for statement in ("SELECT * FROM no_such_table", "SELECT no_such_function()", "SELEC 1"):
        with pytest.raises((OperationalError, ProgrammingError)):
            world.write(partial(execute, statement=statement))


def execute(work: Work, *, statement: str) -> None:
    work.connection.execute(text(statement))


STRANGE = [
    *("2026-11-01T00:00:00+00:00", "2026-11-01T00:00:00.000000", "2026-01-01", "20261101"),
    *("0-garbage", ""),
]


@pytest.mark.parametrize("written", STRANGE)
def test_a_clock_whose_instant_is_written_otherwise_is_put_off_and_the_others_go_on(
    url: str, written: str
) -> None:
    world = demo_world(url, datetime.now(UTC).replace(microsecond=0))
    run(world, f"UPDATE clocks SET due_at = '{written}', try_at = '{written}' WHERE entity = '{CLAIM}'")
    poller.advance(world, 4)
    assert states(world) == ("negotiating", "completed")
    assert any(CLAIM in breach for breach in world.read(audit).breaches)
    assert world.read(lambda work: poller.overdue_s(work, MADE)) >= 0
    world.close()


def test_how_long_the_oldest_has_been_overdue_is_told(url: str) -> None:
    world = demo_world(url)

    def overdue_at(now: datetime) -> int:
        return world.read(lambda work: poller.overdue_s(work, now))

    assert overdue_at(MADE) == 0
    due = MADE + timedelta(days=2) - timedelta(seconds=overdue_at(MADE + timedelta(days=2)))
    assert due > MADE
    assert [overdue_at(due + timedelta(seconds=late)) for late in (-1, 0, 90, 86400)] == [0, 0, 90, 86400]
    world.close()


def test_health_names_the_age_of_what_is_overdue(escrow: Escrow) -> None:
    told = escrow.ask(None, "GET", "/healthz").json
    assert told["ok"] is True and 0 <= told["overdue_s"] <= 5


@pytest.mark.slow
def test_a_poller_that_ends_ends_its_program(escrow: Escrow) -> None:
    """Whoever watches over the program starts it anew; a desk whose clocks stand still must not look well."""
    database = Database(escrow.database)
    run(database, "ALTER TABLE clocks RENAME TO lost")
    (process,) = escrow.processes
    for _ in range(200):
        if process.poll() is not None:
            break
        time.sleep(0.05)
    run(database, "ALTER TABLE lost RENAME TO clocks")
    database.close()
    assert process.poll() not in (None, 0)
    escrow.processes.clear()
    escrow.start()
    assert escrow.ask(None, "GET", "/healthz").status == 200
