"""The guards of the books again, and against three ways around them.

A journal could begin sealed, and so never be summed up; SQLite's REPLACE deletes without asking a guard of
deletions; PostgreSQL's TRUNCATE asks no guard of rows. Otherwise they are those of revision 0002.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = ("postings", "history", "policies", "journals")
SEALS = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"
    for name in ("id", "kind", "source", "order_id", "claim_id", "currency", "actor", "policy_version", "at")
)
ZERO = "(SELECT SUM(minor) FROM postings WHERE journal = OLD.id) = 0"
UNSEALED = "(SELECT sealed FROM journals WHERE id = NEW.journal) = 0"
# (table, change): unless that holds, it is refused.
GUARDS = {
    **{(table, "UPDATE"): "false" for table in KEPT},
    **{(table, "DELETE"): "false" for table in KEPT},
    ("journals", "UPDATE"): f"OLD.sealed = 0 AND NEW.sealed = 1 AND {SEALS} AND {ZERO}",
    ("journals", "INSERT"): "NEW.sealed = 0",
    ("postings", "INSERT"): UNSEALED,
}
# What nothing else in the table may be when a row comes.
KEYS = {
    "postings": "journal = NEW.journal AND n = NEW.n",
    "history": "(chain = NEW.chain AND n = NEW.n) OR seq = NEW.seq",
    "policies": "version = NEW.version",
    "journals": "id = NEW.id OR (kind = NEW.kind AND source = NEW.source)",
}


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for (table, change), unless in GUARDS.items():
        (_on_postgresql if on_postgresql else _on_sqlite)(f"{table}_{change.lower()}", table, change, unless)
    for table, same in KEYS.items():
        if on_postgresql:
            _on_postgresql(f"{table}_truncate", table, "TRUNCATE", "false")
        else:
            unless = f"NOT EXISTS (SELECT 1 FROM {table} WHERE {same})"
            _on_sqlite(f"{table}_replace", table, "INSERT", unless)


def _on_sqlite(name: str, table: str, change: str, unless: str) -> None:
    unless = unless.replace("IS NOT DISTINCT FROM", "IS")
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table}: {change.lower()} refused') WHERE NOT COALESCE({unless}, false); END"
    )


def _on_postgresql(name: str, table: str, change: str, unless: str) -> None:
    row = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(change, "NEW")
    each = "STATEMENT" if change == "TRUNCATE" else "ROW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT COALESCE({unless}, false) THEN RAISE EXCEPTION '{table}: {change.lower()} refused'; END IF; "
        f"RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()")
