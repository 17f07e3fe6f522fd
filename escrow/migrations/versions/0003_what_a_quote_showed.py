"""A quote keeps what it showed, so that a yes does that or nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quotes", sa.Column("shown", sa.Text, nullable=False, server_default="{}"))
