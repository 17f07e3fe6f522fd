"""A row for each clock of what waits, and for each account the sums of all its orders.

Deadlines were a kind, an id and an instant; since when they ran stood in columns of the things themselves.
The rules that were in force are repeated here: a migration stays as it is when the program changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Told = dict[str, Any]
Ends = Callable[[datetime, Any, Told], datetime]
"""When a clock ends, from its start, the row of `ROWS` and the policy."""

ORDERS = "orders t JOIN orders o ON o.id = t.id"
CLAIMS = "claims t JOIN orders o ON o.id = t.order_id"
INSTRUCTIONS = "instructions t JOIN orders o ON o.id = t.order_id"
PAID_OUT = "SELECT MAX(at) FROM history WHERE order_id = t.id AND event = 'order.payout_settled'"
COMPLETED = f"COALESCE(({PAID_OUT}), t.delivered_at)"
DELIVERY = "kind = 'order_delivered' AND order_id = t.id AND account = o.buyer"
OPENING = "kind = 'claim_opened' AND order_id = t.order_id AND claim_id = t.id AND account = o.supplier"
IN_DEMO = "EXISTS (SELECT 1 FROM clock)"

ROWS = """
SELECT t.id AS entity, o.id AS order_id, o.buyer, o.supplier, {since} AS started_at, d.due_at, d.done_at,
       (SELECT MAX(id) FROM notices WHERE {notice}) AS notice,
       o.tier, o.zone, o.policy_version, o.ship_by, o.delivered_at
FROM {things}
LEFT JOIN deadlines d ON d.id = (SELECT MAX(id) FROM deadlines WHERE kind = '{clock}' AND entity = t.id)
WHERE t.state = '{state}' AND {only}
"""


def _days(*path: str) -> Ends:
    """N × 24 hours later."""
    return lambda start, _row, policy: start + timedelta(days=_number(policy, path))


def _hours(*path: str) -> Ends:
    return lambda start, _row, policy: start + timedelta(hours=_number(policy, path))


def _number(policy: Told, path: tuple[str, ...]) -> int:
    found: Any = policy
    for name in path:
        found = found[name]
    return int(found)


def _ship_by(_start: datetime, row: Any, _policy: Told) -> datetime:
    return datetime.fromisoformat(row.ship_by)


def _window(_start: datetime, row: Any, policy: Told) -> datetime:
    """The midnight that ends the last day, in the later of the policy's and the account's zone."""
    days = policy["claim"]["window_days"][row.tier] + 1
    return max(_midnight(row.delivered_at, days, ZoneInfo(zone)) for zone in (policy["zone"], row.zone))


def _midnight(fact: str, days: int, zone: ZoneInfo) -> datetime:
    local = datetime.fromisoformat(fact).astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(local, time(), zone).astimezone(UTC)


def _business_days(start: datetime, _row: Any, policy: Told) -> datetime:
    """The same time of day, so many Mondays-to-Fridays of the desk's calendar later."""
    local, days = start.astimezone(ZoneInfo(policy["zone"])), policy["mediation"]["alarm_business_days"]
    while days:
        local += timedelta(days=1)
        days -= local.weekday() < 5
    return local.astimezone(UTC)


def _a_minute(start: datetime, _row: Any, _policy: Told) -> datetime:
    return start + timedelta(minutes=1)


class Waiting(NamedTuple):
    """In `state` of a thing this clock runs, from `since` to what `ends` says; `notice` is what starts it."""

    clock: str
    things: str
    state: str
    since: str
    ends: Ends
    notice: str = "false"
    only: str = "true"

    @property
    def rows(self) -> str:
        return ROWS.format_map(self._asdict())


ANSWERS, ESCALATES = _days("dispute", "respond_days"), _days("dispute", "auto_escalate_day")
RELEASES, ALARM = _days("release", "silent_days"), _hours("instruction", "alarm_hours")
# fmt: off
WAITING = (
    Waiting("pay", ORDERS, "awaiting_payment", "t.created_at", _days("order", "pay_days")),
    Waiting("ship", ORDERS, "funded", "t.paid_at", _ship_by, only="t.ship_by IS NOT NULL"),
    Waiting("silent_release", ORDERS, "delivered", "t.release_from", RELEASES, DELIVERY),
    Waiting("window_end", ORDERS, "completed", COMPLETED, _window),
    Waiting("auto_escalate", CLAIMS, "awaiting_supplier", "t.opened_at", ESCALATES),
    Waiting("respond", CLAIMS, "awaiting_supplier", "t.respond_from", ANSWERS, OPENING),
    Waiting("auto_escalate", CLAIMS, "negotiating", "t.opened_at", ESCALATES),
    Waiting("mediation_alarm", CLAIMS, "in_mediation", "t.changed_at", _business_days),
    *(Waiting("instruction_alarm", INSTRUCTIONS, state, "t.changed_at", ALARM)
      for state in ("pending", "unknown", "failed", "returned")),
    Waiting("settle", INSTRUCTIONS, "pending", "t.at", _a_minute, only=IN_DEMO),
)
# fmt: on

SUMS = """
INSERT INTO account_sums (account, currency, paid, held, released, refunded, charged_back)
SELECT party.account, j.currency,
       -SUM(CASE WHEN j.kind = 'E1' AND p.account LIKE '2000:%' THEN p.minor ELSE 0 END),
       -SUM(CASE WHEN p.account LIKE '2000:%' OR p.account LIKE '2010:%' THEN p.minor ELSE 0 END),
       -SUM(CASE WHEN j.kind IN ('E3', 'E4', 'E2r') AND (p.account LIKE '2100:%' OR p.account = '4000')
            THEN p.minor ELSE 0 END),
       0, 0
FROM (SELECT id, buyer AS account FROM orders UNION SELECT id, supplier AS account FROM orders) party
JOIN journals j ON j.order_id = party.id
JOIN postings p ON p.journal = j.id
GROUP BY party.account, j.currency
"""


def upgrade() -> None:
    _make_clocks()
    _make_sums()
    op.create_index("deadlines_of", "deadlines", ["entity", "kind"])
    op.create_index("notices_of", "notices", ["order_id", "kind"])
    if found := list(_clocks()):
        clocks = sa.table("clocks", *(sa.column(name) for name in found[0]))
        op.get_bind().execute(sa.insert(clocks), found)
    op.drop_index("notices_of", "notices")
    op.drop_table("deadlines")
    op.execute(SUMS)


def _make_clocks() -> None:
    running = sa.text("done_at IS NULL")
    op.create_table(
        "clocks",
        sa.Column("entity", sa.String(), primary_key=True),
        sa.Column("clock", sa.String(), primary_key=True),
        sa.Column("order_id", sa.String(), sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("buyer", sa.String(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("supplier", sa.String(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("notice", sa.Integer(), sa.ForeignKey("notices.id"), nullable=True),
        sa.Column("started_at", sa.String(), nullable=True),
        sa.Column("due_at", sa.String(), nullable=True),
        sa.Column("try_at", sa.String(), nullable=True),
        sa.Column("done_at", sa.String(), nullable=True),
    )
    op.create_index(op.f("ix_clocks_order_id"), "clocks", ["order_id"])
    op.create_index(op.f("ix_clocks_notice"), "clocks", ["notice"])
    op.create_index("clocks_due", "clocks", ["try_at"], sqlite_where=running, postgresql_where=running)
    op.create_index("clocks_of_buyer", "clocks", ["buyer", "clock", "due_at"])
    op.create_index("clocks_of_supplier", "clocks", ["supplier", "clock", "due_at"])


def _make_sums() -> None:
    op.create_table(
        "account_sums",
        sa.Column("account", sa.String(), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("paid", "held", "released", "refunded", "charged_back")
        ),
    )


def _clocks() -> Iterator[Told]:
    bind = op.get_bind()
    policies = {row.version: json.loads(row.text) for row in bind.execute(sa.text("SELECT * FROM policies"))}
    for waiting in WAITING:
        for row in bind.execute(sa.text(waiting.rows)):
            yield _clock(waiting, row, policies[row.policy_version])


def _clock(waiting: Waiting, row: Any, policy: Told) -> Told:
    """One that ended before it began ends at once; one that could not fire keeps the hour of its next try."""
    due = None
    if row.started_at:
        start = datetime.fromisoformat(row.started_at)
        end = max(start, waiting.ends(start, row, policy))
        due = end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    kept = ("entity", "order_id", "buyer", "supplier", "notice", "started_at", "done_at")
    told: Told = {name: getattr(row, name) for name in kept} | {"clock": waiting.clock, "due_at": due}
    return told | {"try_at": max(due, row.due_at or due) if due else None}
