"""The tables as they should be: brought up to date by migrations before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from escrow.store.database import Database
from escrow.store.faults import Unavailable

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# How long a program waits on SQLite while another migrates the same books.
WAITS_MS = 10 * 60 * 1000


class OtherVersion(Exception):
    """A sentence: these books are not of the version that this program reads."""


def exists(url: str) -> bool:
    """Whether there are books at all; looking does not make any. Raises Unavailable."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return False
    try:
        database = Database(url)
        try:
            return inspect(database.engine).has_table("journals")
        finally:
            database.close()
    except DBAPIError as wrong:
        raise Unavailable(type(wrong).__name__) from wrong


def must_be_ours(database: Database) -> None:
    """Raises OtherVersion for books that another version of this program has left, which stay as they are."""
    migrations = ScriptDirectory(str(MIGRATIONS))
    found = database.read(lambda work: MigrationContext.configure(work.connection).get_current_revision())
    if found == migrations.get_current_head():
        return
    known = {each.revision for each in migrations.walk_revisions()}
    if found is None or found in known:
        raise OtherVersion("the books are of another version: ./assure up brings them up to date")
    raise OtherVersion("the books are of a later version: a newer program has written them")


def upgrade(database: Database) -> None:
    """Safe to call by several programs at once; the later ones find nothing to do."""
    with (
        database.engine.connect().execution_options(escrow_write=True) as connection,
        _tables_may_be_replaced(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('escrow.migrations'))"))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _tables_may_be_replaced(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making a new one, which it refuses while it checks who refers to the old one.

    That can be stopped only outside a transaction. The migration itself checks all references at its end.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    (usual,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute(f"PRAGMA busy_timeout={WAITS_MS}")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute(f"PRAGMA busy_timeout={usual}")
