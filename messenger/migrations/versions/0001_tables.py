"""The tables of the messenger as they were at first.

Messengers without migrations made these very tables, each where it was not there yet; so does this, and a
database of theirs is taken over as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

tables = sa.MetaData()
sa.Table(
    "visitors",
    tables,
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("secret_hash", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("secret_hash"),
)
sa.Table(
    "conversations",
    tables,
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("person", sa.Text(), nullable=False),
    sa.Column("account", sa.Text(), nullable=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("language", sa.Text(), nullable=False),
    sa.Column("locale", sa.Text(), nullable=False),
    sa.Column("tz", sa.Text(), nullable=False),
    sa.Column("owner", sa.Text(), nullable=False),
    sa.Column("owner_version", sa.Integer(), nullable=False),
    sa.Column("waiting_since", sa.Float(), nullable=True),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("buyer_seq", sa.Integer(), nullable=False),
    sa.Column("supplier_seq", sa.Integer(), nullable=False),
    sa.Column("said", sa.Integer(), nullable=False),
    sa.Column("read", sa.Integer(), nullable=False),
    sa.Column("active", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("conversations_by_owner", "owner", "waiting_since"),
    sa.Index("conversations_of", "person", "account", "active"),
)
sa.Table(
    "events",
    tables,
    sa.Column("conversation", sa.Text(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("buyer_seq", sa.Integer(), nullable=True),
    sa.Column("supplier_seq", sa.Integer(), nullable=True),
    sa.Column("ts", sa.Text(), nullable=False),
    sa.Column("type", sa.Text(), nullable=False),
    sa.Column("sender", sa.Text(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.Column("cid", sa.Text(), nullable=True),
    sa.Column("quote", sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(["conversation"], ["conversations.id"]),
    sa.PrimaryKeyConstraint("conversation", "n"),
    sa.UniqueConstraint("conversation", "cid"),
    sa.UniqueConstraint("conversation", "buyer_seq"),
    sa.UniqueConstraint("conversation", "supplier_seq"),
    sa.Index(
        "events_with_quotes",
        "conversation",
        "n",
        sqlite_where=sa.text("quote IS NOT NULL"),
        postgresql_where=sa.text("quote IS NOT NULL"),
    ),
)
sa.Table(
    "options",
    tables,
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("conversation", sa.Text(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("owner_version", sa.Integer(), nullable=False),
    sa.Column("press", sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(["conversation"], ["conversations.id"]),
    sa.PrimaryKeyConstraint("id"),
)
sa.Table(
    "turns",
    tables,
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("conversation", sa.Text(), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("press", sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(["conversation"], ["conversations.id"]),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("turns_of", "conversation", "n"),
)
sa.Table(
    "owners",
    tables,
    sa.Column("conversation", sa.Text(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("owner", sa.Text(), nullable=False),
    sa.Column("by", sa.Text(), nullable=False),
    sa.Column("at", sa.Text(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(["conversation"], ["conversations.id"]),
    sa.PrimaryKeyConstraint("conversation", "version"),
)
sa.Table(
    "notices",
    tables,
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("person", sa.Text(), nullable=False),
    sa.Column("conversation", sa.Text(), nullable=False),
    sa.Column("accepted", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("id", "person"),
    sa.Index(
        "notices_untold",
        "id",
        sqlite_where=sa.text("NOT accepted"),
        postgresql_where=sa.text("NOT accepted"),
    ),
)
sa.Table(
    "cursors",
    tables,
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("value", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("name"),
)


def upgrade() -> None:
    tables.create_all(op.get_bind())
