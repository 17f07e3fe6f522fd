"""The tables as they should be: brought up to date by migrations before anything runs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, make_url, text

from escrow.store.database import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def exists(url: str) -> bool:
    """Whether there are books at all; looking does not make any."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return False
    database = Database(url)
    try:
        return inspect(database.engine).has_table("journals")
    finally:
        database.close()


def upgrade(database: Database) -> None:
    """Safe to call by several programs at once; the later ones find nothing to do."""
    with database.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('escrow.migrations'))"))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
