"""What has left and what has arrived, line by line; and when the last of it left, on whose word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _text(*names: str, optional: bool = False, key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=optional, primary_key=key) for name in names]


def upgrade() -> None:
    op.add_column("orders", sa.Column("dispatched_at", sa.String(), nullable=True))
    # Whoever had shipped had shipped all of it.
    op.execute("UPDATE orders SET dispatched_at = shipped_at")
    order = sa.Column("order_id", sa.String(), sa.ForeignKey("orders.id"), primary_key=True)
    told = _text("carrier", "tracking", "delivered_at", "delivered_by", optional=True)
    op.create_table("shipments", order, *_text("id", key=True), *_text("source", "shipped_at"), *told)
    op.create_table(
        "shipment_lines",
        *_text("order_id", "shipment", key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id", "shipment"], ["shipments.order_id", "shipments.id"]),
        sa.CheckConstraint("quantity > 0", name="shipments_quantity"),
    )
