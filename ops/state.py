"""The three stores of a desk, thrown away together: what one remembers of a world is nonsense in another."""

from __future__ import annotations

from ops.desk import Desk

STORES = ("escrow", "messenger", "bot")


def throw_away(desk: Desk) -> None:
    """The desk must not run. Keys, models and logs stay."""
    if (desk.database or "").startswith("postgres"):
        _drop_schemas(str(desk.database))
        return
    for store in STORES:
        for file in desk.home.glob(f"{store}.db*"):
            file.unlink()


def _drop_schemas(url: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        for store in STORES:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(store)))
