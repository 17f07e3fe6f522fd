"""The tables: what the migrations make is what the program means, on both engines, however often they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from escrow.routes import ROUTES
from escrow.store import schema
from escrow.tables import metadata
from tests.escrow.conftest import Escrow
from tests.escrow.worlds import empty

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    on_sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())


def test_the_migrated_tables_are_those_of_the_program(url: str) -> None:
    database = empty(url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_schemas": False})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_migrating_again_changes_nothing(url: str) -> None:
    database = empty(url)
    schema.upgrade(database)
    assert schema.exists(url)
    database.close()


def test_looking_for_books_makes_none(tmp_path: Path) -> None:
    assert not schema.exists(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def test_whatever_fits_the_document_is_never_an_error_of_the_server(escrow: Escrow) -> None:
    document: Any = schemathesis.openapi.from_url(f"{escrow.url}/openapi.json")
    asked = 0
    for person in ("alice", "omar", "messenger", "executor"):
        headers = {"Authorization": f"Bearer {escrow.token(person)}"}
        for operation in document.get_all_operations():
            asked += 1
            _try(operation.ok(), headers)
    assert asked == 4 * len(ROUTES)


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def never_fails(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        case.call_and_validate(headers=headers, checks=[not_a_server_error])

    never_fails()
