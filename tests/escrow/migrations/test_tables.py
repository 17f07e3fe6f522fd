"""What the migrations make is what the program means, on both engines, however often and by whom they run."""

from __future__ import annotations

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from escrow.store import schema
from escrow.store.database import Database
from escrow.tables import metadata
from tests.escrow import landed
from tests.escrow.migrations import LAMPS, change, everything, rows


def described(engine: Engine) -> dict[str, Any]:
    """All that an engine tells of its tables, but the names that it made up itself."""
    seen = inspect(engine)
    return {table: _described(seen, table) for table in seen.get_table_names() if table != "alembic_version"}


def _described(seen: Any, table: str) -> dict[str, Any]:
    columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in seen.get_columns(table)}
    told = {each["name"]: each["default"] for each in seen.get_columns(table)}
    indexes = {
        each["name"]: (each["column_names"], each["unique"], _words(each.get("dialect_options", {})))
        for each in seen.get_indexes(table)
        if not each.get("duplicates_constraint")
    }
    return {
        "columns": columns,
        "defaults": {name: told[name] for name in told if "nextval" not in str(told[name])},
        "key": seen.get_pk_constraint(table)["constrained_columns"],
        "refers": sorted(
            (each["constrained_columns"], each["referred_table"]) for each in seen.get_foreign_keys(table)
        ),
        "unique": sorted(each["column_names"] for each in seen.get_unique_constraints(table)),
        "checks": sorted(each["sqltext"].strip("()") for each in seen.get_check_constraints(table)),
        "indexes": indexes,
    }


def _words(options: dict[str, Any]) -> dict[str, str]:
    return {name: str(option) for name, option in options.items()}


def differences(database: Database) -> Any:
    with database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_migrated_tables_are_those_that_the_program_would_make(left: Database, made: Database) -> None:
    schema.upgrade(left)
    assert differences(left) == []
    assert described(left.engine) == described(made.engine)


def test_tables_of_new_books_are_those_that_the_program_would_make(url: str, made: Database) -> None:
    new = Database(url)
    schema.upgrade(new)
    assert differences(new) == []
    assert described(new.engine) == described(made.engine)
    new.close()


def test_migrating_again_changes_nothing(left: Database) -> None:
    schema.upgrade(left)
    before = everything(left)
    schema.upgrade(left)
    assert everything(left) == before


def test_empty_books_stay_empty(url: str) -> None:
    database = Database(url)
    landed.migrate(database.engine)
    schema.upgrade(database)
    kept = everything(database)
    assert {name for name in kept if kept[name]} == {"alembic_version", "counters"}
    assert rows(database, "SELECT * FROM counters ORDER BY name") == [
        {"name": "claims", "last": 1000},
        {"name": "history", "last": 0},
    ]
    database.close()


def test_several_programs_may_start_at_once(left: Database) -> None:
    others = [Database(left.engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(schema.upgrade, others))
    for other in others:
        other.close()
    told = rows(left, "SELECT chain FROM history WHERE event = 'migrated'")
    assert len(told) == len(landed.rows()["orders"])


def test_references_are_checked_again_afterwards(left: Database) -> None:
    schema.upgrade(left)
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        change(left, f"UPDATE instructions SET order_id = 'nobody' WHERE order_id = '{LAMPS}'")


def test_books_with_a_broken_reference_stay_as_they_were(tmp_path: Path) -> None:
    database = Database(landed.sqlite(tmp_path / "e.db"))
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("UPDATE texts SET order_id = 'nobody'")
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(RuntimeError, match="texts"):
        schema.upgrade(database)
    assert rows(database, "SELECT version_num FROM alembic_version") == [{"version_num": landed.REVISION}]
    assert len(rows(database, "SELECT * FROM deadlines")) == len(landed.rows()["deadlines"])
    database.close()


def test_migrations_know_nothing_of_the_program() -> None:
    """They stay as they are when it changes."""
    versions = sorted((schema.MIGRATIONS / "versions").glob("*.py"))
    assert len(versions) >= 7
    for version in versions:
        for node in ast.walk(ast.parse(version.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            known = {"alembic", "sqlalchemy"} | sys.stdlib_module_names
            assert {name.partition(".")[0] for name in names} <= known, version.name
