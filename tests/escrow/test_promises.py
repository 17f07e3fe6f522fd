"""Orders that were paid before their program knew of on-time credits get theirs from then on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from escrow import engine, intake, promises, winding
from escrow.audit import audit
from escrow.poller import advance
from escrow.store import schema
from escrow.store.database import Database
from tests.escrow import landed
from tests.escrow.worlds import MADE, late, market

DAY = timedelta(days=1)
# Of the landed books: under way and late, not paid, come and granted.
FLOODLIGHTS = "TA-20944-1002"


def states(database: Database) -> dict[str, str]:
    run = lambda work: {  # noqa: E731
        credit.order: credit.state
        for order in ("TA-1", "TA-2", FLOODLIGHTS)
        for credit in work.credits.of(order)
    }
    return database.read(run)


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    on_sqlite = request.param == "sqlite"
    database = market(f"sqlite:///{tmp_path}/e.db" if on_sqlite else request.getfixturevalue("fresh_pg")())
    yield database
    assert not database.read(audit).breaches
    database.close()


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A program that knows of no credits."""
    monkeypatch.setattr(engine, "heard", lambda before, after: None)
    return monkeypatch


def test_what_is_under_way_is_promised_and_granted_as_any_other(
    shop: Database, forgetful: pytest.MonkeyPatch
) -> None:
    shop.write(partial(late, id="TA-1", at=MADE))
    shop.write(partial(late, id="TA-2", at=MADE))
    shop.write(lambda work: intake.deliver(work, "TA-2", at=MADE - 10 * DAY))
    forgetful.undo()
    assert states(shop) == {}
    assert shop.write(promises.promise_missing) and not shop.write(promises.promise_missing)
    assert states(shop) == {"TA-1": "promised", "TA-2": "kept"}
    while shop.write(partial(engine.fire_next, now=shop.read(lambda work: work.records.now()))):
        pass
    assert states(shop)["TA-1"] in ("eligible", "lapsed")


def test_the_landed_books_get_theirs_and_stay_right(tmp_path: Path) -> None:
    database = Database(landed.sqlite(tmp_path / "landed.db"))
    schema.upgrade(database)
    while database.write(promises.promise_missing):
        pass
    winding.wind_up(database)
    assert states(database) == {FLOODLIGHTS: "promised"}
    advance(database, 1)
    assert states(database)[FLOODLIGHTS] == "eligible"
    assert not database.read(audit).breaches
    database.close()
