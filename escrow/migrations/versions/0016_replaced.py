"""What did not get there is paid again: the older instruction keeps its answer and names the newer one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("answered", "replaced_by"):
        op.add_column("instructions", sa.Column(name, sa.String()))
