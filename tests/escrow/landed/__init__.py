"""What the first landed version of escrow left behind: a database with a life in it, and its verdicts.

Later programs must take them over: the migrations carry the books on, `verify` finds them right, and each
verdict that was given is the same when it is judged again. `make.py` says how they were made.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, Table, delete, insert, text, update

from escrow.store.schema import MIGRATIONS

HERE = Path(__file__).parent
DATABASE, ROWS, VERDICTS = HERE / "sqlite.db.gz", HERE / "rows.json.gz", HERE / "verdicts.json"
REVISION = "0003"


def sqlite(path: Path) -> str:
    """The database as the landed program left it, unpacked at `path`; its URL."""
    path.write_bytes(gzip.decompress(DATABASE.read_bytes()))
    return f"sqlite:///{path}"


def rows() -> dict[str, list[dict[str, Any]]]:
    """The same, by table, for any engine."""
    told: dict[str, list[dict[str, Any]]] = json.loads(gzip.decompress(ROWS.read_bytes()))
    return told


def verdicts() -> list[dict[str, Any]]:
    """As the interface gave them."""
    told: list[dict[str, Any]] = json.loads(VERDICTS.read_text())
    return told


def migrate(engine: Engine, revision: str = REVISION) -> None:
    """An empty database with the tables and guards that the landed version had."""
    with engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def fill(engine: Engine) -> None:
    """Migrate an empty database to the landed revision and put the rows into it, past all its guards."""
    migrate(engine)
    with engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        tables = MetaData()
        tables.reflect(connection)
        found = rows()
        for table in tables.sorted_tables:
            if given := found.get(table.name):
                _put(connection, table, given)
        _seal(connection, tables.tables["journals"])
        if connection.dialect.name == "postgresql":
            _go_on_counting(connection, tables)


def _put(connection: Connection, table: Table, given: list[dict[str, Any]]) -> None:
    """A journal takes its postings while it is unsealed; the counters' first row came with the tables."""
    if table.name == "counters":
        connection.execute(delete(table))
    unsealed = {"sealed": 0} if table.name == "journals" else {}
    connection.execute(insert(table), [row | unsealed for row in given])


def _seal(connection: Connection, journals: Table) -> None:
    connection.execute(update(journals).values(sealed=1))


def _go_on_counting(connection: Connection, tables: MetaData) -> None:
    """PostgreSQL's own numbers begin after those that were given."""
    for name in ("journals", "deadlines", "notices"):
        last = f"(SELECT COALESCE(MAX(id), 1) FROM {tables.tables[name].name})"
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))
