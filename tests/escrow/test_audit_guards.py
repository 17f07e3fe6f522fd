"""Guards that were taken away, or made harmless under their own name, are named by the audit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text

from escrow.audit import audit
from escrow.store.work import Work
from tests.escrow.audited import Books


def as_made(connection: Connection) -> list[str]:
    """All triggers that there are."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return sorted(connection.scalars(text(query)))


def without(connection: Connection, guard: str) -> None:
    on = f" ON {guard.partition('_')[0]}" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER {guard}{on}"))


@contextmanager
def changed(books: Books) -> Iterator[Connection]:
    """With the guards as they are; put back at the end."""
    options = {"escrow_write": True}
    with (
        books.database.engine.connect().execution_options(**options) as connection,
        connection.begin() as all,
    ):
        yield connection
        all.rollback()


def test_each_guard_that_is_taken_away_is_named(books: Books) -> None:
    with changed(books) as connection:
        names = as_made(connection)
        assert len(names) == 14
        for name in names:
            with connection.begin_nested() as again:
                without(connection, name)
                assert audit(Work(connection)).breaches == [f"the guard {name} is missing"]
                again.rollback()


def test_a_guard_that_refuses_something_else_is_named(books: Books) -> None:
    with changed(books) as connection:
        if connection.dialect.name == "sqlite":
            without(connection, "postings_update")
            connection.execute(
                text(
                    "CREATE TRIGGER postings_update BEFORE UPDATE ON postings BEGIN "
                    "SELECT RAISE(ABORT, 'postings: update refused') WHERE NOT COALESCE(true, false); END"
                )
            )
        else:
            harmless = "CREATE OR REPLACE FUNCTION postings_update() RETURNS trigger LANGUAGE plpgsql AS"
            connection.execute(text(f"{harmless} $$ BEGIN RETURN NEW; END $$"))
        assert audit(Work(connection)).breaches == [
            "the guard postings_update does not refuse what it should"
        ]


def remake(connection: Connection, table: str, without: str) -> None:
    """SQLite has no word for dropping a constraint: the table is written down again, up to the bracket."""
    made = str(connection.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")))
    before, _, rest = made.partition(f"CONSTRAINT {without} ")
    ends = next(n for n in range(1, len(rest)) if 0 < rest[:n].count("(") == rest[:n].count(")"))
    bare = before.rstrip().removesuffix(",") + rest[ends:]
    sqlite3.connect(":memory:").execute(bare)
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA writable_schema = ON")
    driver.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (bare, table))
    driver.execute("PRAGMA writable_schema = OFF")


INDEXES = {
    "claims_one_open": ("DROP INDEX claims_one_open", ""),
    "claims_one_open, made for other rows": (
        "DROP INDEX claims_one_open",
        "CREATE UNIQUE INDEX claims_one_open ON claims (order_id) WHERE open = 2",
    ),
    "claims_one_open, made to find and not to forbid": (
        "DROP INDEX claims_one_open",
        "CREATE INDEX claims_one_open ON claims (order_id) WHERE open = 1",
    ),
}


@pytest.mark.parametrize("how", INDEXES)
def test_an_index_that_allows_only_one_is_missed(how: str, books: Books) -> None:
    with changed(books) as connection:
        for statement in filter(None, INDEXES[how]):
            connection.execute(text(statement))
        assert audit(Work(connection)).breaches == ["the guard claims_one_open is missing"]


CONSTRAINTS = ["journals_once", "signatures_once", "balances_never_cross_zero", "postings_something"]
OF_TABLE = dict(zip(CONSTRAINTS, ("journals", "quote_signatures", "balances", "postings"), strict=True))


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_that_is_taken_away_is_named(name: str, books: Books) -> None:
    with changed(books) as connection:
        if connection.dialect.name == "sqlite":
            remake(connection, OF_TABLE[name], name)
        else:
            connection.execute(text(f"ALTER TABLE {OF_TABLE[name]} DROP CONSTRAINT {name}"))
        assert audit(Work(connection)).breaches == [f"the guard {name} is missing"]
