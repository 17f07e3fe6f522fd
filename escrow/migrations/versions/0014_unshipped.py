"""Orders that were paid and not shipped get the clocks that give the money back, and tell of it before.

A row more of the history tells of them, as the program tells of clocks that it sets.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Row = dict[str, Any]
ACTOR, EVENT = "program:migration", "clocks.added"
PAGE = 500
# No policy of the books says these yet.
DAYS, NOTICES = 30, {"unshipped_first_notice": 7, "unshipped_last_notice": 1}
REFUND = "unshipped_refund"
HISTORY = ("chain", "n", "seq", "at", "actor", "event", "previous", "hash", "facts")
CLOCK = (
    *("entity", "clock", "order_id", "buyer", "supplier", "notice"),
    *("started_at", "due_at", "try_at", "done_at"),
)
ORDERS = """
SELECT id, buyer, supplier, ship_by, paid_at, policy_version FROM orders
WHERE state = 'funded' AND id > :after ORDER BY id LIMIT :page
"""
COUNTED = "UPDATE counters SET last = last + :by WHERE name = 'history' RETURNING last"


def upgrade() -> None:
    bind = op.get_bind()
    policies = {row.version: json.loads(row.text) for row in bind.execute(sa.text("SELECT * FROM policies"))}
    after = ""
    while page := bind.execute(sa.text(ORDERS), {"after": after, "page": PAGE}).mappings().all():
        _add([dict(row) for row in page], policies)
        after = page[-1]["id"]


def _add(orders: Sequence[Row], policies: dict[int, Row]) -> None:
    """The clocks of these orders, and the row of the history of each that tells of all that run for it."""
    bind, ids = op.get_bind(), [order["id"] for order in orders]
    new = {order["id"]: list(_clocks(order, policies[order["policy_version"]])) for order in orders}
    bind.execute(sa.insert(_table("clocks", CLOCK)), [row for rows in new.values() for row in rows])
    running, ends = _running(ids), _ends(ids)
    last = bind.execute(sa.text(COUNTED), {"by": len(ids)}).scalar_one()
    told = [
        _next(id, ends[id], {"clocks": {id: running[id]}}) | {"seq": seq}
        for seq, id in enumerate(ids, last - len(ids) + 1)
    ]
    bind.execute(sa.insert(_table("history", HISTORY)), told)


def _clocks(order: Row, policy: Row) -> Iterator[Row]:
    paid = datetime.fromisoformat(order["paid_at"])
    if order["ship_by"] is None:
        end = paid + timedelta(days=policy["dispatch"]["max_total_days"])
    else:
        end = max(datetime.fromisoformat(order["ship_by"]), paid) + timedelta(days=DAYS)
    named = {"entity": order["id"], "order_id": order["id"], "notice": None, "done_at": None}
    named |= {name: order[name] for name in ("buyer", "supplier")} | {"started_at": order["paid_at"]}
    yield named | {"clock": REFUND, "due_at": _stored(end), "try_at": _stored(end)}
    for clock, days in NOTICES.items():
        at = end - timedelta(days=days)
        if at > paid:
            yield named | {"clock": clock, "due_at": _stored(at), "try_at": _stored(at)}


def _stored(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _running(ids: Sequence[str]) -> dict[str, dict[str, list[str | None]]]:
    clocks = _table("clocks", CLOCK)
    query = sa.select(clocks).where(clocks.c.entity.in_(ids), clocks.c.done_at.is_(None))
    found: dict[str, dict[str, list[str | None]]] = defaultdict(dict)
    for row in op.get_bind().execute(query.order_by(clocks.c.clock)):
        found[row.entity][row.clock] = [row.started_at, row.due_at]
    return found


def _ends(ids: Sequence[str]) -> dict[str, Row]:
    """The last row of each chain, and the latest instant that stands in it."""
    history = _table("history", HISTORY)
    query = sa.select(history).where(history.c.chain.in_(ids)).order_by(history.c.n)
    ends: dict[str, Row] = {}
    for row in op.get_bind().execute(query).mappings():
        at = max(row["at"], ends.get(row["chain"], row)["at"])
        ends[row["chain"]] = {"n": row["n"], "hash": row["hash"], "at": at}
    return ends


def _next(order: str, end: Row, facts: Row) -> Row:
    n, at, previous = end["n"] + 1, end["at"], end["hash"]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    body = json.dumps([previous, order, n, at, ACTOR, EVENT, text], separators=(",", ":"))
    hashed = hashlib.sha256(body.encode()).hexdigest()
    row = {"chain": order, "n": n, "at": at, "actor": ACTOR, "event": EVENT}
    return row | {"previous": previous, "hash": hashed, "facts": text}


def _table(name: str, columns: Sequence[str]) -> Any:
    return sa.table(name, *(sa.column(column) for column in columns))
