"""The floor of a claim: the statements of the first landed version, sent by the bare driver.

`landed_claim.json` has them for both engines, with names in the place of what varies (`record_landed` says
how it was made). All parameters are ready before the clock starts, and every row that comes back is read, so
what is measured is the driver and the database.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

STATEMENTS = Path(__file__).with_name("landed_claim.json")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
NAME = re.compile(r"<([^>]+)>")
Ready = list[tuple[str, Any]]


def statements(engine: str) -> list[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = json.loads(STATEMENTS.read_text())
    return told[engine]


class Floor:
    """Books of the landed revision under the bare driver; one claim for each of the orders given."""

    def __init__(self, url: str, claimable: Sequence[tuple[str, str]]) -> None:
        engine = make_url(url).get_backend_name()
        self._run, self._look, self.close = _sqlite(url) if engine == "sqlite" else _postgresql(url)
        claims = self._look("SELECT last FROM counters WHERE name = 'claims'")[0][0]
        journals = self._look("SELECT MAX(id) FROM journals")[0][0]
        self._ready = {}
        for i, (order, _) in enumerate(claimable):
            numbers = {"claim": f"CLM-{claims + 1 + i}", "journal": journals + 1 + i}
            names = _names(self._look, order, i) | numbers
            self._ready[order] = [(each["sql"], _filled(each["given"], names)) for each in statements(engine)]

    def claim(self, order: str) -> None:
        """In the order of `claimable`, because ids are given out in it."""
        for statement, given in self._ready[order]:
            self._run(statement, given)

    def made(self) -> int:
        return int(self._look("SELECT COUNT(*) FROM claims WHERE opened_in = 'bench'")[0][0])


def _names(look: Callable[[str], Any], order: str, i: int) -> dict[str, Any]:
    ((buyer, supplier),) = look(f"SELECT buyer, supplier FROM orders WHERE id = '{order}'")
    n = look(f"SELECT COUNT(*) FROM history WHERE order_id = '{order}'")[0][0]
    names = {"order": order, "buyer": buyer, "supplier": supplier, "n": n, "quote": f"Q-{i:016x}"}
    people = {"buyer's person": f"p-{buyer}", "supplier's person": f"p-{supplier}"}
    return names | people | {"key 0": f"key-a-{i}", "key 1": f"key-b-{i}"}


def _filled(given: Any, names: dict[str, Any]) -> Any:
    if isinstance(given, dict):
        return {name: _value(value, names) for name, value in given.items()}
    return tuple(_value(value, names) for value in given)


def _value(value: Any, names: dict[str, Any]) -> Any:
    if not isinstance(value, str):
        return value
    if value == "<journal>":
        return names["journal"]
    if value.startswith("<n+"):
        return names["n"] + int(value[3:-1])
    return NAME.sub(lambda found: str(names[found[1]]), value)


def _sqlite(url: str) -> tuple[Callable[[str, Any], None], Callable[[str], Any], Callable[[], None]]:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    cursor = connection.cursor()

    def run(statement: str, given: Any) -> None:
        cursor.execute(statement, given).fetchall()

    def look(statement: str) -> Any:
        return connection.execute(statement).fetchall()

    return run, look, connection.close


def _postgresql(url: str) -> tuple[Callable[[str, Any], None], Callable[[str], Any], Callable[[], None]]:
    connection = psycopg.connect(url, autocommit=True, options="-csearch_path=escrow")
    cursor = connection.cursor()

    def run(statement: str, given: Any) -> None:
        if cursor.execute(statement, given or None).description:
            cursor.fetchall()

    def look(statement: str) -> Any:
        return connection.execute(statement).fetchall()

    return run, look, connection.close
