"""One database, one writer at a time, one commit for each unit of work, or a rollback."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.pool import QueuePool

from escrow.store.faults import Conflict, Contended, Unavailable
from escrow.store.work import Work

T = TypeVar("T")
TRIES = 3
AWAY = (OperationalError, InterfaceError, TimeoutError)
# Both drivers also call errors of a single statement operational: SQLite's own 1, PostgreSQL's class 54.
SQLITE_ERROR, PROGRAM_LIMIT = 1, "54"
# Two units of work in each other's way: not to be put in order, or waiting for each other.
BETWEEN = ("40001", "40P01")


class Database:
    """`url` is sqlite:///path or postgresql://…; on PostgreSQL everything lies in the schema `escrow`."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    def read(self, do: Callable[[Work], T]) -> T:
        """A consistent view; what `do` writes by mistake is rolled back. Raises Unavailable."""
        try:
            with self.engine.connect() as connection:
                _isolate(connection)
                return do(Work(connection))
        except AWAY as wrong:
            raise _judged(wrong) from wrong

    def write(self, do: Callable[[Work], T]) -> T:
        """Commits when `do` returns, rolls back when it raises: all of it or nothing.

        `do` runs anew when another write came between. Raises Unavailable.
        """
        for left in reversed(range(TRIES)):
            try:
                with self.engine.connect().execution_options(escrow_write=True) as opened, opened.begin():
                    work = Work(opened)
                    done = do(work)
                    work.flush()
                    return done
            except Conflict:
                continue
            except IntegrityError:
                if not left:
                    raise
            except AWAY as wrong:
                if _sqlstate(wrong) not in BETWEEN:
                    raise _judged(wrong) from wrong
                # Whoever was waiting for what this one held must get it first, or both meet again.
                time.sleep(random.uniform(0.01, 0.05))
        raise Contended("others write the same all the time")

    def close(self) -> None:
        self.engine.dispose()


def _judged(wrong: Exception) -> Exception:
    """Unavailable, unless a statement was to blame and the database is well."""
    original = getattr(wrong, "orig", None)
    of_statement = getattr(original, "sqlite_errorcode", None) == SQLITE_ERROR
    of_statement |= _sqlstate(wrong).startswith(PROGRAM_LIMIT)
    return wrong if of_statement else Unavailable(type(wrong).__name__)


def _sqlstate(wrong: Exception) -> str:
    """PostgreSQL's own code for what went wrong; nothing from SQLite."""
    return str(getattr(getattr(wrong, "orig", None), "sqlstate", None) or "")


def _isolate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed.set(drivername="postgresql+psycopg"))
    return _sqlite(url)


def _postgresql(url: Any) -> Engine:
    schema = {"options": "-csearch_path=escrow"}
    engine = create_engine(
        url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args=schema, hide_parameters=True
    )
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS escrow"))
    return engine


def _sqlite(url: str) -> Engine:
    waits = {"timeout": 10, "check_same_thread": False}
    engine = create_engine(url, poolclass=QueuePool, connect_args=waits, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, _record: Any) -> None:
        # The driver's own transactions would begin late and unasked; ours begin below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("escrow_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
