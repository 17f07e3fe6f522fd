"""What the marketplace tells: events by their own numbers, terms of payment and place, parties' addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _text(*names: str, optional: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=optional) for name in names]


def _key(name: str, other: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(), *([sa.ForeignKey(other)] if other else []), primary_key=True)


def upgrade() -> None:
    for column in _text("incoterm", "place", "balance_due", optional=True):
        op.add_column("orders", column)
    op.add_column("orders", sa.Column("deposit", sa.BigInteger(), nullable=True))
    op.add_column("persons", sa.Column("email", sa.String(), nullable=True))
    op.create_table("destinations", _key("account", "accounts.id"), _key("id"), *_text("verified_at"))
    supplier = sa.Column("supplier", sa.String(), sa.ForeignKey("accounts.id"), nullable=False)
    op.create_table("products", _key("id"), supplier, *_text("title"))
    op.create_index(op.f("ix_products_supplier"), "products", ["supplier"])
    told = _text("event", "fingerprint", "happened_at", "heard_at", "state")
    op.create_table("events", _key("order_id", "orders.id"), _key("id"), *told)
