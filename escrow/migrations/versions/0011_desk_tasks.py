"""What needs a person of the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_tasks",
        sa.Column("id", sa.String(), primary_key=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("why", "entity", "role", "since", "state")
        ),
        sa.Column("order_id", sa.String(), sa.ForeignKey("orders.id"), nullable=False, index=True),
        *(
            sa.Column(name, sa.String())
            for name in ("due", "taken_by", "taken_at", "done_by", "done_at", "because")
        ),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    lasting, waiting = sa.text("state != 'ended'"), sa.text("state IN ('open', 'taken')")
    op.create_index(
        "tasks_once",
        "desk_tasks",
        ["entity", "why"],
        unique=True,
        sqlite_where=lasting,
        postgresql_where=lasting,
    )
    op.create_index(
        "tasks_waiting", "desk_tasks", ["since", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
    lying = sa.text("accepted_at IS NULL")
    op.create_index("notices_not_accepted", "notices", ["at"], sqlite_where=lying, postgresql_where=lying)
