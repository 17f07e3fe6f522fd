"""What the first landed version left behind is carried on by this one: its books and its verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from escrow import verdicts, winding
from escrow.audit import audit
from escrow.store import schema
from escrow.store.database import Database
from tests.escrow import landed

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@pytest.fixture(params=ENGINES)
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """As they were left, then brought up to date."""
    if request.param == "sqlite":
        database = Database(landed.sqlite(tmp_path / "landed.db"))
    else:
        database = Database(request.getfixturevalue("pg_url"))
        landed.fill(database.engine)
    request.addfinalizer(database.close)
    schema.upgrade(database)
    winding.wind_up(database)
    return database


def test_books_of_the_landed_version_are_right_after_the_migrations(books: Database) -> None:
    report = books.read(audit)
    assert report.breaches == []
    assert report.counts["journals"] == len(landed.rows()["journals"])
    assert report.counts["histories"] == len(landed.rows()["orders"])


def test_the_rows_are_those_of_the_database_file(tmp_path: Path) -> None:
    """Filled into an empty database they are the same, so both engines start from the same books."""
    unpacked, filled = Database(landed.sqlite(tmp_path / "a.db")), Database(f"sqlite:///{tmp_path}/b.db")
    landed.fill(filled.engine)
    for table in landed.rows():
        assert _rows(unpacked, table) == _rows(filled, table), table
    unpacked.close()
    filled.close()


def _rows(database: Database, table: str) -> list[str]:
    with database.engine.connect() as connection:
        return sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table}").all()))


@pytest.mark.parametrize(
    "told", landed.verdicts(), ids=lambda told: f"{told['facts']['order']}-{told['code']}"
)
def test_a_verdict_that_was_given_is_the_same_for_ever(told: dict[str, Any]) -> None:
    same, again = verdicts.check(told)
    assert same, verdicts.as_told(again)
