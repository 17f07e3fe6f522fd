"""The tables of escrow, in standard SQL types that SQLite and PostgreSQL both keep.

Instants are ISO texts in UTC with microseconds, so that they sort as they pass on either engine. Sums are
BigInteger minor units. What is append-only is guarded by triggers (see migrations).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from escrow import chart

metadata = sa.MetaData()
SUMS = ("paid", "held", "released", "refunded", "charged_back")
# Compared byte by byte on either engine, so that an index finds what begins with something.
PLAIN = String().with_variant(String(collation="C"), "postgresql")


def _all(kind: Any, *names: str, key: bool = False, optional: bool = False) -> list[Column[Any]]:
    """Columns of one kind, each filled in unless `optional`."""
    return [Column(name, kind, primary_key=key, nullable=optional) for name in names]


def _of(name: str, other: str, **more: Any) -> Column[Any]:
    return Column(name, ForeignKey(other), **({"nullable": False} | more))


accounts = Table(
    "accounts",
    metadata,
    *_all(String, "id", key=True),
    *_all(String, "name", "role", "tier", "zone", "locale"),
    *_all(Integer, "badge"),
)

# Where an account's money may go, as the marketplace has made sure of it.
destinations = Table(
    "destinations",
    metadata,
    _of("account", "accounts.id", primary_key=True),
    *_all(String, "id", key=True),
    *_all(String, "verified_at"),
)

persons = Table(
    "persons",
    metadata,
    *_all(String, "id", key=True),
    _of("account", "accounts.id", index=True),
    *_all(String, "name", "role"),
    *_all(String, "email", optional=True),
)

products = Table(
    "products",
    metadata,
    *_all(String, "id", key=True),
    _of("supplier", "accounts.id", index=True),
    *_all(String, "title"),
)

policies = Table(
    "policies",
    metadata,
    *_all(Integer, "version", key=True),
    *_all(String, "in_force_from", "hash"),
    *_all(Text, "text"),
)

orders = Table(
    "orders",
    metadata,
    *_all(String, "id", key=True),
    _of("buyer", "accounts.id"),
    _of("supplier", "accounts.id"),
    *_all(String, "state", "mode", "tier", "zone", "protections", "created_at"),
    *_all(String(3), "currency"),
    *_all(BigInteger, "freight", "total"),
    _of("policy_version", "policies.version"),
    *_all(String, "ship_by", "promised_at", "paid_at", "shipped_at", "delivered_at", optional=True),
    *_all(String, "incoterm", "place", "balance_due", "dispatched_at", "processing_since", optional=True),
    *_all(BigInteger, "deposit", optional=True),
    *_all(String, "release_due_at", "freed_at", optional=True),
    Column("extended", String, nullable=False, server_default=""),
    Column("badge", Integer, nullable=False, server_default="1"),
    Column("not_arrived", Integer, nullable=False, server_default="0"),
    # The id read from its end, which is what people give of it.
    Column("backwards", PLAIN, nullable=False, index=True),
    *_all(Integer, "version"),
    CheckConstraint("total > 0 and freight >= 0", name="orders_sums"),
)
Index("orders_by_buyer", orders.c.buyer, orders.c.created_at)
Index("orders_by_supplier", orders.c.supplier, orders.c.created_at)
Index("orders_by_age", orders.c.created_at)

lines = Table(
    "order_lines",
    metadata,
    _of("order_id", "orders.id", primary_key=True),
    *_all(Integer, "n", key=True),
    *_all(String, "title"),
    *_all(Integer, "quantity"),
    *_all(BigInteger, "unit_price"),
    CheckConstraint("quantity > 0 and unit_price >= 0", name="lines_sums"),
)

# What the marketplace has told of an order, by its own number of it: the same one twice is once.
events = Table(
    "events",
    metadata,
    _of("order_id", "orders.id", primary_key=True),
    *_all(String, "id", key=True),
    *_all(String, "event", "fingerprint", "happened_at", "heard_at", "state"),
)

# What has left, by the marketplace's own numbers; whose word it is, that it left and that it arrived.
shipments = Table(
    "shipments",
    metadata,
    _of("order_id", "orders.id", primary_key=True),
    *_all(String, "id", key=True),
    *_all(String, "source", "shipped_at"),
    *_all(String, "carrier", "tracking", "delivered_at", "delivered_by", optional=True),
)

shipment_lines = Table(
    "shipment_lines",
    metadata,
    *_all(String, "order_id", "shipment", key=True),
    *_all(Integer, "line", key=True),
    *_all(Integer, "quantity"),
    sa.ForeignKeyConstraint(["order_id", "shipment"], ["shipments.order_id", "shipments.id"]),
    CheckConstraint("quantity > 0", name="shipments_quantity"),
)

claims = Table(
    "claims",
    metadata,
    *_all(String, "id", key=True),
    _of("order_id", "orders.id", index=True),
    *_all(String, "state", "reason", "opened_at", "opened_in"),
    *_all(BigInteger, "amount"),
    *_all(String(3), "currency"),
    _of("opened_by", "persons.id"),
    *_all(Integer, "open", "version"),
    CheckConstraint("amount > 0", name="claims_amount"),
)
Index("claims_by_age", claims.c.opened_at)
# One open claim for an order, whoever races.
OPEN = claims.c.open == 1
Index("claims_one_open", claims.c.order_id, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)

journals = Table(
    "journals",
    metadata,
    *_all(Integer, "id", key=True),
    *_all(String, "kind", "source", "actor", "at"),
    # None: the platform's own money.
    _of("order_id", "orders.id", index=True, nullable=True),
    _of("claim_id", "claims.id", nullable=True),
    *_all(String(3), "currency"),
    *_all(Integer, "policy_version", optional=True),
    # Set last: from then on the journal sums to zero and nothing of it can change (triggers, see migrations).
    Column("sealed", Integer, nullable=False, default=0),
    sa.UniqueConstraint("kind", "source", name="journals_once"),
)

postings = Table(
    "postings",
    metadata,
    _of("journal", "journals.id", primary_key=True),
    *_all(Integer, "n", key=True),
    Column("account", String, nullable=False, index=True),
    *_all(BigInteger, "minor"),
    CheckConstraint("minor <> 0", name="postings_something"),
)

# A cache of the postings' sums, which the audit recomputes. What is owed is a credit: never above zero.
balances = Table(
    "balances",
    metadata,
    *_all(String, "account", key=True),
    *_all(String(3), "currency", key=True),
    *_all(BigInteger, "minor"),
    CheckConstraint(chart.NEVER_IN_DEBIT, name="balances_never_cross_zero"),
)

# A cache, too: what an account has paid, held and so on in all its orders, so that nobody adds up thousands.
account_sums = Table(
    "account_sums",
    metadata,
    _of("account", "accounts.id", primary_key=True),
    *_all(String(3), "currency", key=True),
    *_all(BigInteger, *SUMS),
)

# `chain` is an order's id, or `own_funds`. `seq` counts all rows of all chains as they were committed.
history = Table(
    "history",
    metadata,
    *_all(String, "chain", key=True),
    *_all(Integer, "n", key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    *_all(String, "at", "actor", "event", "previous", "hash"),
    *_all(Text, "facts"),
)

# Words of people, beside the salt with which the history hashed them. Erasing a row leaves the chain whole.
texts = Table(
    "texts",
    metadata,
    *_all(String, "id", key=True),
    _of("order_id", "orders.id"),
    *_all(String, "salt"),
    *_all(Text, "text"),
)

quotes = Table(
    "quotes",
    metadata,
    *_all(String, "id", key=True),
    *_all(String, "kind", "person", "account", "conversation", "expires_at"),
    _of("order_id", "orders.id", nullable=True),
    _of("claim_id", "claims.id", nullable=True),
    *_all(Text, "request"),
    *_all(Text, "answer", optional=True),
    Column("shown", Text, nullable=False, server_default="{}"),
)

# Of a quote that needs more than its own person's yes: whose, in order, and who has given it.
quote_signatures = Table(
    "quote_signatures",
    metadata,
    _of("quote", "quotes.id", primary_key=True),
    *_all(Integer, "n", key=True),
    *_all(String, "role"),
    *_all(String, "person", "at", optional=True),
    sa.UniqueConstraint("quote", "person", name="signatures_once"),
)
MISSING = quote_signatures.c.person.is_(None)
Index("signatures_missing", quote_signatures.c.role, sqlite_where=MISSING, postgresql_where=MISSING)

idempotency = Table(
    "idempotency",
    metadata,
    *_all(String, "actor", "key", key=True),
    *_all(String, "fingerprint", "at"),
    *_all(Integer, "status"),
    *_all(Text, "answer"),
)

# One row for each clock of a waiting order, claim or instruction. `started_at` and `due_at` are empty until
# the notice that starts it was accepted; `try_at` is `due_at`, or later where it could not fire.
clocks = Table(
    "clocks",
    metadata,
    *_all(String, "entity", "clock", key=True),
    _of("order_id", "orders.id", index=True),
    _of("buyer", "accounts.id"),
    _of("supplier", "accounts.id"),
    _of("notice", "notices.id", nullable=True, index=True),
    *_all(String, "started_at", "due_at", "try_at", "done_at", optional=True),
)
RUNNING = clocks.c.done_at.is_(None)
Index("clocks_due", clocks.c.try_at, sqlite_where=RUNNING, postgresql_where=RUNNING)
Index("clocks_of_buyer", clocks.c.buyer, clocks.c.clock, clocks.c.due_at)
Index("clocks_of_supplier", clocks.c.supplier, clocks.c.clock, clocks.c.due_at)

instructions = Table(
    "instructions",
    metadata,
    *_all(String, "id", key=True),
    *_all(String, "kind", "refers_to", "state", "at", "changed_at"),
    _of("order_id", "orders.id", index=True),
    *_all(BigInteger, "amount"),
    *_all(String(3), "currency"),
    # Of one that is replaced: what it had been answered, and which one is paid instead.
    *_all(String, "answered", "replaced_by", optional=True),
    CheckConstraint("amount > 0", name="instructions_amount"),
)
Index("instructions_by_state", instructions.c.state, instructions.c.at, instructions.c.id)

# What came in, by the reference of whoever took it in: refunds go back to these.
payments = Table(
    "payments",
    metadata,
    *_all(String, "id", key=True),
    _of("order_id", "orders.id", primary_key=True, index=True),
    *_all(BigInteger, "amount"),
    *_all(String(3), "currency"),
    *_all(String, "payer", optional=True),
    *_all(String, "at"),
    CheckConstraint("amount > 0", name="payments_amount"),
)

notices = Table(
    "notices",
    metadata,
    *_all(Integer, "id", key=True),
    *_all(String, "kind", "persons", "at"),
    _of("account", "accounts.id"),
    _of("order_id", "orders.id"),
    _of("claim_id", "claims.id", nullable=True),
    # The row of the order's history that it tells of.
    *_all(Integer, "n"),
    *_all(Text, "facts"),
    *_all(String, "accepted_at", optional=True),
)
Index("notices_by_order", notices.c.order_id, notices.c.n)
TO_NOBODY = sa.and_(notices.c.persons == "", notices.c.accepted_at.is_(None))
Index("notices_to_nobody", notices.c.account, sqlite_where=TO_NOBODY, postgresql_where=TO_NOBODY)
NOT_ACCEPTED = notices.c.accepted_at.is_(None)
Index("notices_not_accepted", notices.c.at, sqlite_where=NOT_ACCEPTED, postgresql_where=NOT_ACCEPTED)

# What needs a person of the desk; `because` is the hash of the words with which it was called done.
desk_tasks = Table(
    "desk_tasks",
    metadata,
    *_all(String, "id", key=True),
    *_all(String, "why", "entity", "role", "since", "state"),
    _of("order_id", "orders.id", index=True),
    *_all(String, "due", "taken_by", "taken_at", "done_by", "done_at", "because", optional=True),
    *_all(Integer, "version"),
)
LASTING = desk_tasks.c.state != "ended"
Index(
    "tasks_once",
    desk_tasks.c.entity,
    desk_tasks.c.why,
    unique=True,
    sqlite_where=LASTING,
    postgresql_where=LASTING,
)
WAITING = desk_tasks.c.state.in_(["open", "taken"])
Index("tasks_waiting", desk_tasks.c.since, desk_tasks.c.id, sqlite_where=WAITING, postgresql_where=WAITING)

revoked_turns = Table("revoked_turns", metadata, *_all(String, "turn", key=True), *_all(String, "at"))

# One for lateness an order, whoever races: its id is made of the order's.
credits = Table(
    "credits",
    metadata,
    *_all(String, "id", key=True),
    _of("order_id", "orders.id", index=True),
    *_all(String, "kind", "state", "at"),
    *_all(BigInteger, "amount", "unspent"),
    *_all(String(3), "currency"),
    *_all(String, "granted_at", "expires_at", optional=True),
    *_all(Integer, "version"),
    CheckConstraint("unspent >= 0 and unspent <= amount", name="credits_unspent"),
)

# The last number given to a kind of thing, taken by an update, so that no two get the same.
counters = Table("counters", metadata, *_all(String, "name", key=True), *_all(Integer, "last"))

# One row: how far the desk's clock is ahead of the machine's, in microseconds; the notices up to `told_to`
# are of the time before the world was made, and nobody waits for them any more.
clock = Table(
    "clock",
    metadata,
    *_all(Integer, "id", key=True),
    *_all(BigInteger, "ahead"),
    *_all(String, "made_at"),
    Column("told_to", Integer, nullable=False, server_default="0"),
)
