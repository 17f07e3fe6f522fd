"""Of the landed books, carried on by the migrations: nothing lost, nothing changed, and the untold told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from escrow.store.database import Database
from escrow.tables import metadata

PANELS, LAMPS, STRIPS, LIGHTS = "TA-40015-2311", "TA-20931-7741", "20001234567890123", "TA-55801-0032"

Row = dict[str, Any]


def rows(database: Database, query: str) -> list[Row]:
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def change(database: Database, *statements: str) -> None:
    with database.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def everything(database: Database) -> dict[str, list[str]]:
    names = [*metadata.tables, "alembic_version"]
    return {name: sorted(map(repr, rows(database, f"SELECT * FROM {name}"))) for name in names}
