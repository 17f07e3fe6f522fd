"""The tables as they should be: brought up to date by migrations before anything runs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(work: Connection, *, to: str = "head") -> None:
    """In the transaction of `work`, which on SQLite must have the write lock already.

    Safe to call by several programs at once; the later ones find nothing to do.
    """
    if work.dialect.name == "postgresql":
        work.execute(text("SELECT pg_advisory_xact_lock(hashtext('messenger.migrations'))"))
        # Asked first: to make it needs a right on the database, also where it is there already.
        if work.execute(text("SELECT to_regnamespace('messenger')")).scalar() is None:
            work.execute(text("CREATE SCHEMA messenger"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = work
    command.upgrade(config, to)
