"""The tables as one engine writes them: chains and journals that need no order, each row numbered.

On SQLite most of these tables are made anew and the rows copied, so references are not checked meanwhile
(`escrow.store.schema`), but all of them at the end. The guards are gone until the next revision.
"""

from __future__ import annotations

from itertools import product

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = ("postings", "history", "policies", "journals")
GUARDS = (*product(KEPT, ("update", "delete")), ("postings", "insert"))
# What PostgreSQL calls references that were given no name, for SQLite, which calls them nothing.
NAMES = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
PLAIN = sa.String().with_variant(sa.String(collation="C"), "postgresql")

# What the migration wrote was committed last; a chain's rows stay in their order, whatever their instants.
NUMBER = """
UPDATE history SET seq = numbered.seq
FROM (
    SELECT order_id, n, ROW_NUMBER() OVER (ORDER BY last, latest, order_id, n) AS seq
    FROM (
        SELECT order_id, n, CASE WHEN event = 'migrated' THEN 1 ELSE 0 END AS last,
               MAX(at) OVER (PARTITION BY order_id ORDER BY n) AS latest
        FROM history
    ) AS told
) AS numbered
WHERE numbered.order_id = history.order_id AND numbered.n = history.n
"""
TELLS_OF = "UPDATE notices SET n = (SELECT MAX(n) FROM history WHERE history.order_id = notices.order_id)"
COUNT = "INSERT INTO counters (name, last) SELECT 'history', COUNT(*) FROM history"


def upgrade() -> None:
    _drop_guards()
    op.add_column("clock", sa.Column("told_to", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("instructions_by_state", "instructions", ["state", "at", "id"])
    _change_claims()
    op.create_index("claims_by_age", "claims", ["opened_at"])
    _change_orders()
    _change_journals()
    _change_notices()
    _change_history()
    if op.get_bind().dialect.name == "sqlite":
        _check_references()


def _drop_guards() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, change in GUARDS:
        name = f"{table}_{change}"
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on_postgresql else ""))
        if on_postgresql:
            op.execute(f"DROP FUNCTION {name}()")


def _change_claims() -> None:
    op.drop_column("claims", "respond_from")
    op.drop_column("claims", "changed_at")


def _change_orders() -> None:
    op.add_column("orders", sa.Column("backwards", PLAIN, nullable=True))
    orders = sa.table("orders", sa.column("id"), sa.column("backwards"))
    bind = op.get_bind()
    if ids := bind.scalars(sa.select(orders.c.id)).all():
        one = orders.c.id == sa.bindparam("one")
        fill = sa.update(orders).where(one).values(backwards=sa.bindparam("read"))
        bind.execute(fill, [{"one": id, "read": id[::-1]} for id in ids])
    with op.batch_alter_table("orders") as batch:
        batch.drop_column("release_from")
        batch.alter_column("backwards", existing_type=PLAIN, nullable=False)
    op.create_index(op.f("ix_orders_backwards"), "orders", ["backwards"])
    op.create_index("orders_by_age", "orders", ["created_at"])


def _change_journals() -> None:
    with op.batch_alter_table("journals") as batch:
        batch.alter_column("order_id", existing_type=sa.String(), nullable=True)
        batch.alter_column("policy_version", existing_type=sa.Integer(), nullable=True)


def _change_notices() -> None:
    op.add_column("notices", sa.Column("n", sa.Integer(), nullable=True))
    op.execute(TELLS_OF)
    with op.batch_alter_table("notices") as batch:
        batch.alter_column("n", existing_type=sa.Integer(), nullable=False)
    op.create_index("notices_by_order", "notices", ["order_id", "n"])
    to_nobody = sa.text("persons = '' AND accepted_at IS NULL")
    op.create_index(
        "notices_to_nobody", "notices", ["account"], sqlite_where=to_nobody, postgresql_where=to_nobody
    )


def _change_history() -> None:
    op.add_column("history", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.execute(NUMBER)
    op.execute(COUNT)
    with op.batch_alter_table("history", naming_convention=NAMES) as batch:
        batch.drop_constraint("history_order_id_fkey", type_="foreignkey")
        batch.alter_column(
            "order_id", new_column_name="chain", existing_type=sa.String(), existing_nullable=False
        )
        batch.alter_column("seq", existing_type=sa.BigInteger(), nullable=False)
        batch.create_unique_constraint("history_seq_key", ["seq"])


def _check_references() -> None:
    """Raises RuntimeError, and nothing is migrated."""
    broken = op.get_bind().execute(sa.text("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise RuntimeError(f"these rows refer to nothing, so the books stay as they were: {tables}")
