"""Triggers that keep the books: what is written stays, and a journal counts once it sums to zero.

SQLite has no deferred constraints. So on both engines a journal is sealed last: that update checks its sum,
and a sealed journal takes no more postings. The audit counts journals that were never sealed.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEPT = ("postings", "history", "policies")
SEALS = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"
    for name in ("id", "kind", "source", "order_id", "claim_id", "currency", "actor", "policy_version", "at")
)
ZERO = "(SELECT SUM(minor) FROM postings WHERE journal = OLD.id) = 0"
UNSEALED = "(SELECT sealed FROM journals WHERE id = NEW.journal) = 0"


def upgrade() -> None:
    guard = _on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite
    for table in KEPT:
        guard(table, "UPDATE", "false")
    for table in (*KEPT, "journals"):
        guard(table, "DELETE", "false")
    guard("journals", "UPDATE", f"OLD.sealed = 0 AND NEW.sealed = 1 AND {SEALS} AND {ZERO}")
    guard("postings", "INSERT", UNSEALED)


def _on_sqlite(table: str, change: str, unless: str) -> None:
    unless = unless.replace("IS NOT DISTINCT FROM", "IS")
    op.execute(
        f"CREATE TRIGGER {table}_{change.lower()} BEFORE {change} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table}: {change.lower()} refused') WHERE NOT COALESCE({unless}, false); END"
    )


def _on_postgresql(table: str, change: str, unless: str) -> None:
    name = f"{table}_{change.lower()}"
    row = "OLD" if change == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT COALESCE({unless}, false) THEN RAISE EXCEPTION '{table}: {change.lower()} refused'; END IF; "
        f"RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
