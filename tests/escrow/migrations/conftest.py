"""The landed books on each engine: as they were left, brought up to date, and none at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from escrow.store import schema
from escrow.store.database import Database
from escrow.tables import metadata
from tests.escrow import landed

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


def an_url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/e.db"
    return str(request.getfixturevalue("fresh_pg")())


def as_landed(request: pytest.FixtureRequest, folder: Path) -> Database:
    if request.param == "sqlite":
        return Database(landed.sqlite(folder / "landed.db"))
    database = Database(an_url(request, folder))
    landed.fill(database.engine)
    return database


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return an_url(request, tmp_path)


@pytest.fixture(params=ENGINES)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The books as the landed version left them."""
    database = as_landed(request, tmp_path)
    yield database
    database.close()


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Tables as the program itself would make them, on the engine of the test."""
    is_sqlite = "sqlite" in request.node.callspec.id
    url = f"sqlite:///{tmp_path}/made.db" if is_sqlite else str(request.getfixturevalue("fresh_pg")())
    database = Database(url)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture(scope="session", params=ENGINES)
def carried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The same, brought up to date; for tests that only read."""
    database = as_landed(request, tmp_path_factory.mktemp("carried"))
    schema.upgrade(database)
    yield database
    database.close()
