"""Many rows into a database at once, by the engine's own quickest way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

Rows = dict[str, list[dict[str, Any]]]
ORDER = (
    *("policies", "accounts", "persons", "orders", "order_lines", "claims", "journals", "postings"),
    *("balances", "history", "deadlines", "instructions", "counters"),
)
"""Each after those that it refers to."""
SEAL = "UPDATE journals SET sealed = 1 WHERE sealed = 0"


def write(engine: Engine, rows: Rows, *, last: bool = False) -> None:
    """One transaction; journals are sealed with their postings, as the guards ask. `last`: count and sort."""
    put = _copy if engine.dialect.name == "postgresql" else _insert_many
    unknown = set(rows) - set(ORDER)
    assert not unknown, unknown
    with engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        if rows.get("counters"):
            connection.exec_driver_sql("DELETE FROM counters")
        for table in ORDER:
            if given := rows.get(table):
                put(connection.connection.driver_connection, table, given)
        connection.exec_driver_sql(SEAL)
    if last and engine.dialect.name == "postgresql":
        _count_on(engine)


def _insert_many(driver: Any, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    places = ", ".join(f":{name}" for name in names)
    driver.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)


def _copy(driver: Any, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as into:
        for row in rows:
            into.write_row([row[name] for name in names])


def _count_on(engine: Engine) -> None:
    """The engine's own numbers go on after those that were given, and it knows how many rows there are."""
    last = "SELECT setval(pg_get_serial_sequence('journals', 'id'), (SELECT MAX(id) FROM journals))"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(last)
        connection.exec_driver_sql("ANALYZE")
