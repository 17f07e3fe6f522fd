"""Each payment as a row of its own, so that what is refunded can go back whence it came.

What was paid until now stands in the history: each order that was paid gets a row more there, which tells its
payments as the program tells them from now on.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Row = dict[str, Any]
PAID, EVENT, ACTOR = "order.pay", "payments.told", "program:migration"
PAGE = 500
HISTORY = ("chain", "n", "seq", "at", "actor", "event", "previous", "hash", "facts")
PAYMENT = ("id", "order_id", "amount", "currency", "payer", "at")

COUNTED = "UPDATE counters SET last = last + :by WHERE name = 'history' RETURNING last"
CHAINS = (
    "SELECT DISTINCT chain FROM history WHERE event = :paid AND chain > :after ORDER BY chain LIMIT :page"
)


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("order_id", sa.String(), sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("payer", sa.String(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name="payments_amount"),
    )
    op.create_index(op.f("ix_payments_order_id"), "payments", ["order_id"])
    after = ""
    while page := _page(after):
        _take_over(page)
        after = page[-1]


def _page(after: str) -> Sequence[str]:
    given = {"paid": PAID, "after": after, "page": PAGE}
    return op.get_bind().execute(sa.text(CHAINS), given).scalars().all()


def _take_over(orders: Sequence[str]) -> None:
    """The payments of these orders, and a row of the history for each order that tells of them."""
    found, ends = _payments(orders), _ends(orders)
    bind = op.get_bind()
    last = bind.execute(sa.text(COUNTED), {"by": len(orders)}).scalar_one()
    told = []
    for seq, order in enumerate(orders, last - len(orders) + 1):
        rows = {f"payment:{payment['id']}": payment for payment in found[order]}
        told.append(_next(order, ends[order], {"rows": rows}) | {"seq": seq})
    bind.execute(sa.insert(_table("payments", PAYMENT)), [each for order in orders for each in found[order]])
    bind.execute(sa.insert(_table("history", HISTORY)), told)


def _payments(orders: Sequence[str]) -> dict[str, list[Row]]:
    history = _table("history", HISTORY)
    query = sa.select(history.c.chain, history.c.at, history.c.facts)
    query = query.where(history.c.chain.in_(orders), history.c.event == PAID).order_by(history.c.n)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in op.get_bind().execute(query):
        facts = json.loads(row.facts)
        amount = facts["amount"]
        payment = {"id": facts["payment"], "order_id": row.chain, "payer": None, "at": row.at}
        found[row.chain].append(payment | {"amount": amount["minor"], "currency": amount["currency"]})
    return found


def _ends(orders: Sequence[str]) -> dict[str, Row]:
    """The last row of each chain, and the latest instant that stands in it."""
    history = _table("history", HISTORY)
    query = sa.select(history).where(history.c.chain.in_(orders)).order_by(history.c.n)
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
