"""A credit has a state, and there may be several of an order; those that were granted can be spent or wait.

Each is told once more in its order's history, now with its state and the clock that ends it: so the audit
holds it against that from now on.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Row = dict[str, Any]
ACTOR, EVENT = "program:migration", "credit.carried_on"
TOLD = ("id", "order_id", "kind", "state", "amount", "unspent", "currency", "at", "granted_at", "expires_at")
CREDITS = sa.table("credits", *map(sa.column, (*TOLD, "version")))
HISTORY = sa.table(
    "history", *map(sa.column, ("chain", "n", "seq", "at", "actor", "event", "previous", "hash", "facts"))
)
CLOCKS = sa.table(
    "clocks",
    *map(sa.column, ("entity", "clock", "order_id", "buyer", "supplier", "started_at", "due_at", "try_at")),
)
PARTIES = ("order_id", "buyer", "supplier")
COUNTERS = sa.table("counters", sa.column("name"), sa.column("last"))
BOOKED = "SELECT COUNT(*) FROM journals WHERE order_id = :order_id AND kind = 'E9'"
GRANTED = """
SELECT granted.*, orders.buyer, orders.supplier, orders.delivered_at
FROM granted JOIN orders ON orders.id = granted.order_id ORDER BY granted.order_id
"""


def upgrade() -> None:
    op.rename_table("credits", "granted")
    op.create_table(
        "credits",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("order_id", sa.String(), sa.ForeignKey("orders.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "state", "at")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("amount", "unspent")),
        sa.Column("currency", sa.String(3), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("granted_at", "expires_at")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("unspent >= 0 and unspent <= amount", name="credits_unspent"),
    )
    op.create_index(op.f("ix_credits_order_id"), "credits", ["order_id"])
    for row in op.get_bind().execute(sa.text(GRANTED)).mappings().all():
        _carry_on(dict(row))
    op.drop_table("granted")


def _carry_on(row: Row) -> None:
    """As the program tells a change: the thing as it is stored, and its clocks."""
    bind, last = op.get_bind(), _last(row["order_id"])
    booked = bind.scalar(sa.text(BOOKED), {"order_id": row["order_id"]})
    state = ("spendable" if row["delivered_at"] else "granted") if booked else "waiting"
    credit: Row = {name: row[name] for name in ("order_id", "amount", "currency", "granted_at", "expires_at")}
    credit |= {"id": f"credit:{row['order_id']}", "kind": "ontime", "state": state, "at": row["granted_at"]}
    credit |= {"unspent": row["amount"] if booked else 0}
    bind.execute(sa.insert(CREDITS), credit | {"version": 1})
    clocks = _clocks(state, credit, last["at"])
    for clock, (started, due) in clocks.items():
        runs: Row = {"entity": credit["id"], "clock": clock, "started_at": started, "due_at": due}
        runs |= {"try_at": due} | {name: row[name] for name in PARTIES}
        bind.execute(sa.insert(CLOCKS), runs)
    told = {"rows": {credit["id"]: {name: credit[name] for name in TOLD}}}
    _tell(last, told | {"clocks": {credit["id"]: clocks}})


def _clocks(state: str, credit: Row, now: str) -> dict[str, tuple[str, str]]:
    """One that was never booked, because the platform had no money of its own, is looked at each day."""
    if state == "waiting":
        return {"credit_cover": (now, _later(now, days=1))}
    ends = {"credit_expiry": credit["expires_at"]}
    if state == "spendable":
        ends["credit_reminder"] = _later(credit["expires_at"], days=-7)
    return {clock: (credit["granted_at"], due) for clock, due in ends.items()}


def _later(than: str, *, days: int) -> str:
    at = datetime.fromisoformat(than) + timedelta(days=days)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _last(chain: str) -> Row:
    """Its last row; `at` is the latest instant of all its rows."""
    of = sa.select(HISTORY).where(HISTORY.c.chain == chain).order_by(HISTORY.c.n)
    rows = op.get_bind().execute(of).mappings().all()
    return dict(rows[-1]) | {"at": max(row["at"] for row in rows)}


def _tell(last: Row, facts: Row) -> None:
    """The chain's next row, and the last of all chains so far."""
    bind, chain, n, at = op.get_bind(), last["chain"], last["n"] + 1, last["at"]
    seq = int(bind.scalar(sa.select(COUNTERS.c.last).where(COUNTERS.c.name == "history")) or 0) + 1
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    body = json.dumps([last["hash"], chain, n, at, ACTOR, EVENT, text], separators=(",", ":"))
    row: Row = {"chain": chain, "n": n, "seq": seq, "at": at, "actor": ACTOR, "event": EVENT}
    row |= {"previous": last["hash"], "hash": hashlib.sha256(body.encode()).hexdigest(), "facts": text}
    bind.execute(sa.insert(HISTORY), row)
    bind.execute(sa.update(COUNTERS).where(COUNTERS.c.name == "history").values(last=seq))
