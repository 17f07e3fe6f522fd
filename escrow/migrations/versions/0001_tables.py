"""The tables of escrow as they were at first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

tables = sa.MetaData()
sa.Table(
    "accounts",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("role", sa.String(), nullable=False),
    sa.Column("tier", sa.String(), nullable=False),
    sa.Column("zone", sa.String(), nullable=False),
    sa.Column("locale", sa.String(), nullable=False),
    sa.Column("badge", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "balances",
    tables,
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("minor", sa.BigInteger(), nullable=False),
    sa.CheckConstraint("account NOT LIKE '2%' OR minor <= 0", name="balances_never_cross_zero"),
    sa.PrimaryKeyConstraint("account", "currency"),
)
sa.Table(
    "clock",
    tables,
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("ahead", sa.BigInteger(), nullable=False),
    sa.Column("made_at", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "counters",
    tables,
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("last", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("name"),
)
sa.Table(
    "deadlines",
    tables,
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("due_at", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("entity", sa.String(), nullable=False),
    sa.Column("done_at", sa.String(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "idempotency",
    tables,
    sa.Column("actor", sa.String(), nullable=False),
    sa.Column("key", sa.String(), nullable=False),
    sa.Column("fingerprint", sa.String(), nullable=False),
    sa.Column("status", sa.Integer(), nullable=False),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("actor", "key"),
)
sa.Table(
    "policies",
    tables,
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("in_force_from", sa.String(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("hash", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("version"),
)
sa.Table(
    "revoked_turns",
    tables,
    sa.Column("turn", sa.String(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("turn"),
)
sa.Table(
    "orders",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("buyer", sa.String(), nullable=False),
    sa.Column("supplier", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("freight", sa.BigInteger(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("mode", sa.String(), nullable=False),
    sa.Column("tier", sa.String(), nullable=False),
    sa.Column("zone", sa.String(), nullable=False),
    sa.Column("protections", sa.String(), nullable=False),
    sa.Column("policy_version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.String(), nullable=False),
    sa.Column("ship_by", sa.String(), nullable=True),
    sa.Column("promised_at", sa.String(), nullable=True),
    sa.Column("paid_at", sa.String(), nullable=True),
    sa.Column("shipped_at", sa.String(), nullable=True),
    sa.Column("delivered_at", sa.String(), nullable=True),
    sa.Column("release_from", sa.String(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.CheckConstraint("total > 0 and freight >= 0", name="orders_sums"),
    sa.ForeignKeyConstraint(["buyer"], ["accounts.id"]),
    sa.ForeignKeyConstraint(["policy_version"], ["policies.version"]),
    sa.ForeignKeyConstraint(["supplier"], ["accounts.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "persons",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("role", sa.String(), nullable=False),
    sa.ForeignKeyConstraint(["account"], ["accounts.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "claims",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("reason", sa.String(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("opened_at", sa.String(), nullable=False),
    sa.Column("opened_by", sa.String(), nullable=False),
    sa.Column("opened_in", sa.String(), nullable=False),
    sa.Column("respond_from", sa.String(), nullable=True),
    sa.Column("changed_at", sa.String(), nullable=False),
    sa.Column("open", sa.Integer(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.CheckConstraint("amount > 0", name="claims_amount"),
    sa.ForeignKeyConstraint(["opened_by"], ["persons.id"]),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "credits",
    tables,
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("granted_at", sa.String(), nullable=False),
    sa.Column("expires_at", sa.String(), nullable=False),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("order_id"),
)
sa.Table(
    "history",
    tables,
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.Column("actor", sa.String(), nullable=False),
    sa.Column("event", sa.String(), nullable=False),
    sa.Column("facts", sa.Text(), nullable=False),
    sa.Column("previous", sa.String(), nullable=False),
    sa.Column("hash", sa.String(), nullable=False),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("order_id", "n"),
)
sa.Table(
    "instructions",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("refers_to", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.Column("changed_at", sa.String(), nullable=False),
    sa.CheckConstraint("amount > 0", name="instructions_amount"),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "order_lines",
    tables,
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("title", sa.String(), nullable=False),
    sa.Column("quantity", sa.Integer(), nullable=False),
    sa.Column("unit_price", sa.BigInteger(), nullable=False),
    sa.CheckConstraint("quantity > 0 and unit_price >= 0", name="lines_sums"),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("order_id", "n"),
)
sa.Table(
    "texts",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("salt", sa.String(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "journals",
    tables,
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("source", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("claim_id", sa.String(), nullable=True),
    sa.Column("currency", sa.String(length=3), nullable=False),
    sa.Column("actor", sa.String(), nullable=False),
    sa.Column("policy_version", sa.Integer(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.Column("sealed", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["claim_id"], ["claims.id"]),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("kind", "source", name="journals_once"),
)
sa.Table(
    "notices",
    tables,
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("persons", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("claim_id", sa.String(), nullable=True),
    sa.Column("facts", sa.Text(), nullable=False),
    sa.Column("at", sa.String(), nullable=False),
    sa.Column("accepted_at", sa.String(), nullable=True),
    sa.ForeignKeyConstraint(["account"], ["accounts.id"]),
    sa.ForeignKeyConstraint(["claim_id"], ["claims.id"]),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "quotes",
    tables,
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("person", sa.String(), nullable=False),
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("conversation", sa.String(), nullable=False),
    sa.Column("order_id", sa.String(), nullable=False),
    sa.Column("claim_id", sa.String(), nullable=True),
    sa.Column("request", sa.Text(), nullable=False),
    sa.Column("expires_at", sa.String(), nullable=False),
    sa.Column("answer", sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(["claim_id"], ["claims.id"]),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "postings",
    tables,
    sa.Column("journal", sa.Integer(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("account", sa.String(), nullable=False),
    sa.Column("minor", sa.BigInteger(), nullable=False),
    sa.CheckConstraint("minor <> 0", name="postings_something"),
    sa.ForeignKeyConstraint(["journal"], ["journals.id"]),
    sa.PrimaryKeyConstraint("journal", "n"),
)


def upgrade() -> None:
    tables.create_all(op.get_bind())
    op.create_index("deadlines_due", "deadlines", ["done_at", "due_at"], unique=False)
    op.create_index("orders_by_buyer", "orders", ["buyer", "created_at"], unique=False)
    op.create_index("orders_by_supplier", "orders", ["supplier", "created_at"], unique=False)
    op.create_index(op.f("ix_persons_account"), "persons", ["account"], unique=False)
    op.create_index(
        "claims_one_open",
        "claims",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open = 1"),
    )
    op.create_index(op.f("ix_claims_order_id"), "claims", ["order_id"], unique=False)
    op.create_index(op.f("ix_instructions_order_id"), "instructions", ["order_id"], unique=False)
    op.create_index(op.f("ix_journals_order_id"), "journals", ["order_id"], unique=False)
    op.create_index(op.f("ix_postings_account"), "postings", ["account"], unique=False)
    op.execute("INSERT INTO counters (name, last) VALUES ('claims', 1000)")
