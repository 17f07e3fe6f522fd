"""The tables of escrow, in standard SQL types that SQLite and PostgreSQL both keep.

Instants are ISO texts in UTC with microseconds, so that they sort as they pass on either engine. Sums are
BigInteger minor units. What is append-only is guarded by triggers (see migrations).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("tier", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("badge", Integer, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("in_force_from", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("id", String, primary_key=True),
    Column("buyer", ForeignKey("accounts.id"), nullable=False),
    Column("supplier", ForeignKey("accounts.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("freight", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("mode", String, nullable=False),
    Column("tier", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("protections", String, nullable=False),
    Column("policy_version", ForeignKey("policies.version"), nullable=False),
    Column("created_at", String, nullable=False),
    Column("ship_by", String),
    Column("promised_at", String),
    Column("paid_at", String),
    Column("shipped_at", String),
    Column("delivered_at", String),
    Column("release_from", String),
    Column("version", Integer, nullable=False),
    CheckConstraint("total > 0 and freight >= 0", name="orders_sums"),
)
Index("orders_by_buyer", orders.c.buyer, orders.c.created_at)
Index("orders_by_supplier", orders.c.supplier, orders.c.created_at)

lines = Table(
    "order_lines",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    CheckConstraint("quantity > 0 and unit_price >= 0", name="lines_sums"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opened_at", String, nullable=False),
    Column("opened_by", ForeignKey("persons.id"), nullable=False),
    Column("opened_in", String, nullable=False),
    Column("respond_from", String),
    Column("changed_at", String, nullable=False),
    Column("open", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("amount > 0", name="claims_amount"),
)
# One open claim for an order, whoever races.
Index(
    "claims_one_open",
    claims.c.order_id,
    unique=True,
    sqlite_where=claims.c.open == 1,
    postgresql_where=claims.c.open == 1,
)

journals = Table(
    "journals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("claim_id", ForeignKey("claims.id")),
    Column("currency", String(3), nullable=False),
    Column("actor", String, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("at", String, nullable=False),
    # Set last: from then on the journal sums to zero and nothing of it can change (triggers, see migrations).
    Column("sealed", Integer, nullable=False, default=0),
    UniqueConstraint("kind", "source", name="journals_once"),
)

postings = Table(
    "postings",
    metadata,
    Column("journal", ForeignKey("journals.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("minor", BigInteger, nullable=False),
    CheckConstraint("minor <> 0", name="postings_something"),
)

# A cache of the postings' sums, which the audit recomputes. What is owed is a credit: never above zero.
balances = Table(
    "balances",
    metadata,
    Column("account", String, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("minor", BigInteger, nullable=False),
    CheckConstraint("account NOT LIKE '2%' OR minor <= 0", name="balances_never_cross_zero"),
)

history = Table(
    "history",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("event", String, nullable=False),
    Column("facts", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
)

# Words of people, beside the salt with which the history hashed them. Erasing a row leaves the chain whole.
texts = Table(
    "texts",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("salt", String, nullable=False),
    Column("text", Text, nullable=False),
)

quotes = Table(
    "quotes",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("person", String, nullable=False),
    Column("account", String, nullable=False),
    Column("conversation", String, nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("claim_id", ForeignKey("claims.id")),
    Column("request", Text, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("answer", Text),
    Column("shown", Text, nullable=False, server_default="{}"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", String, nullable=False),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("due_at", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("entity", String, nullable=False),
    Column("done_at", String),
)
Index("deadlines_due", deadlines.c.done_at, deadlines.c.due_at)

instructions = Table(
    "instructions",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("refers_to", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", String, nullable=False),
    Column("changed_at", String, nullable=False),
    CheckConstraint("amount > 0", name="instructions_amount"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("persons", String, nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("claim_id", ForeignKey("claims.id")),
    Column("facts", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("accepted_at", String),
)

revoked_turns = Table(
    "revoked_turns",
    metadata,
    Column("turn", String, primary_key=True),
    Column("at", String, nullable=False),
)

credits = Table(
    "credits",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("granted_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
)

# The last number given to a kind of thing, taken by an update, so that no two get the same.
counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("last", Integer, nullable=False),
)

# One row: how far the desk's clock is ahead of the machine's, in microseconds.
clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ahead", BigInteger, nullable=False),
    Column("made_at", String, nullable=False),
)
