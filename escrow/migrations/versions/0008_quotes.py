"""A quote may need more than one person's yes: whose, and who has given it. Nor need it be about an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("quotes") as batch:
        batch.alter_column("order_id", existing_type=sa.String(), nullable=True)
    op.create_table(
        "quote_signatures",
        sa.Column("quote", sa.String(), sa.ForeignKey("quotes.id"), primary_key=True),
        sa.Column("n", sa.Integer(), primary_key=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person", sa.String()),
        sa.Column("at", sa.String()),
        sa.UniqueConstraint("quote", "person", name="signatures_once"),
    )
    missing = sa.text("person IS NULL")
    op.create_index(
        "signatures_missing", "quote_signatures", ["role"], sqlite_where=missing, postgresql_where=missing
    )
