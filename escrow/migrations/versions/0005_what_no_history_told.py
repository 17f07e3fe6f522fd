"""One row more for each order's history, with all that it had not told so far and that now must be told.

So what was there when the program changed is as safe from a hand in the database as what comes after. The row
has the shape in which the program tells a change: things as stored, clocks, notices, answered quotes.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Row = dict[str, Any]

ORDER = (
    *("id", "buyer", "supplier", "state", "mode", "tier", "zone", "policy_version", "protections"),
    *("created_at", "ship_by", "promised_at", "paid_at", "shipped_at", "delivered_at"),
    *("currency", "freight", "total"),
)
LINE = ("quantity", "unit_price")
CLAIM = ("id", "order_id", "state", "reason", "opened_at", "opened_by", "amount", "currency", "open")
INSTRUCTION = ("id", "kind", "order_id", "amount", "currency", "refers_to", "state", "at", "changed_at")
CREDIT = ("order_id", "amount", "currency", "granted_at", "expires_at")
CLOCK = ("started_at", "due_at")
NOTICE = ("kind", "account")

ACTOR, EVENT, START = "program:migration", "migrated", "0" * 64
PAGE = 500
HISTORY = ("order_id", "n", "at", "actor", "event", "previous", "hash", "facts")


def upgrade() -> None:
    after = ""
    while page := _page(after):
        op.get_bind().execute(sa.insert(_table("history", HISTORY)), _migrated(page))
        after = page[-1]["id"]


def _page(after: str) -> list[Row]:
    orders = _table("orders", ORDER)
    query = sa.select(orders).where(orders.c.id > after).order_by(orders.c.id).limit(PAGE)
    return [dict(row) for row in op.get_bind().execute(query).mappings()]


def _migrated(orders: Sequence[Row]) -> list[Row]:
    """A row of the history for each of these orders."""
    ids = [order["id"] for order in orders]
    lines = _of("order_lines", ids, *LINE, by="n")
    claims = _of("claims", ids, *CLAIM)
    instructions = _of("instructions", ids, *INSTRUCTION)
    credits = _of("credits", ids, *CREDIT, by="order_id")
    clocks = _of("clocks", ids, "entity", "clock", *CLOCK, by="entity")
    notices = _of("notices", ids, *NOTICE)
    quotes = _of("quotes", ids, "id", "shown", "answer")
    chains = _of("history", ids, "n", "at", "hash", by="n")
    rows = []
    for order in orders:
        id = order["id"]
        things = {id: order | {"lines": [[line[name] for name in LINE] for line in lines[id]]}}
        things |= {thing["id"]: thing for thing in (*claims[id], *instructions[id])}
        things |= {f"credit:{id}": credit for credit in credits[id]}
        told = [[notice[name] for name in NOTICE] for notice in notices[id]]
        facts = {"rows": things, "clocks": _by_entity(clocks[id]), "told": told, "quotes": _shown(quotes[id])}
        rows.append(_next(id, chains[id], facts, or_at=order["created_at"]))
    return rows


def _by_entity(clocks: Sequence[Row]) -> dict[str, dict[str, list[str | None]]]:
    told: dict[str, dict[str, list[str | None]]] = defaultdict(dict)
    for clock in clocks:
        told[clock["entity"]][clock["clock"]] = [clock[name] for name in CLOCK]
    return told


def _shown(quotes: Sequence[Row]) -> dict[str, str]:
    """What was shown to whoever said yes to it."""
    answered = (quote for quote in quotes if quote["answer"] is not None)
    return {quote["id"]: hashlib.sha256(quote["shown"].encode()).hexdigest() for quote in answered}


def _next(order: str, chain: Sequence[Row], facts: Row, *, or_at: str) -> Row:
    """Not before any row of its chain, whose last one may tell of an earlier instant than the one before."""
    n, previous = (chain[-1]["n"] + 1, chain[-1]["hash"]) if chain else (0, START)
    at = max((row["at"] for row in chain), default=or_at)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    body = json.dumps([previous, order, n, at, ACTOR, EVENT, text], separators=(",", ":"))
    hashed = hashlib.sha256(body.encode()).hexdigest()
    values = (order, n, at, ACTOR, EVENT, previous, hashed, text)
    return dict(zip(HISTORY, values, strict=True))


def _table(name: str, columns: Sequence[str]) -> Any:
    return sa.table(name, *(sa.column(column) for column in columns))


def _of(name: str, orders: Sequence[str], *columns: str, by: str = "id") -> dict[str, list[Row]]:
    """The rows of a table by order, in the order of `by`, with these columns."""
    table = _table(name, list(dict.fromkeys(("order_id", by, *columns))))
    query = sa.select(table).where(table.c.order_id.in_(orders)).order_by(table.c[by])
    found: dict[str, list[Row]] = defaultdict(list)
    for row in op.get_bind().execute(query).mappings():
        found[row["order_id"]].append({column: row[column] for column in columns})
    return found
