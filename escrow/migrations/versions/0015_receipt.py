"""What receipt and release hang on: the badge at payment, and who asked for more days.

Orders that are there keep the release that they were promised: as of a supplier with the badge.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("release_due_at", "freed_at"):
        op.add_column("orders", sa.Column(name, sa.String(), nullable=True))
    op.add_column("orders", sa.Column("extended", sa.String(), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("badge", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("orders", sa.Column("not_arrived", sa.Integer(), nullable=False, server_default="0"))
