"""The guards of the books, as the migrations make them: whoever takes one away can write what it refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from escrow.store.books import Books

KEPT = ("postings", "history", "policies", "journals")
SEALS = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"
    for name in ("id", "kind", "source", "order_id", "claim_id", "currency", "actor", "policy_version", "at")
)
# What each refuses unless it holds.
TRIGGERS = {
    **{f"{table}_{change}": "false" for table in KEPT for change in ("update", "delete")},
    "journals_update": (
        f"OLD.sealed = 0 AND NEW.sealed = 1 AND {SEALS} "
        "AND (SELECT SUM(minor) FROM postings WHERE journal = OLD.id) = 0"
    ),
    "journals_insert": "NEW.sealed = 0",
    "postings_insert": "(SELECT sealed FROM journals WHERE id = NEW.journal) = 0",
}
# SQLite's REPLACE asks no guard of deletions, PostgreSQL's TRUNCATE none of rows.
ONLY_ON = {
    "postgresql": {f"{table}_truncate": "false" for table in KEPT},
    "sqlite": {
        "postings_replace": "NOT EXISTS (SELECT 1 FROM postings WHERE journal = NEW.journal AND n = NEW.n)",
        "history_replace": (
            "NOT EXISTS (SELECT 1 FROM history WHERE (chain = NEW.chain AND n = NEW.n) OR seq = NEW.seq)"
        ),
        "policies_replace": "NOT EXISTS (SELECT 1 FROM policies WHERE version = NEW.version)",
        "journals_replace": (
            "NOT EXISTS (SELECT 1 FROM journals WHERE id = NEW.id"
            " OR (kind = NEW.kind AND source = NEW.source))"
        ),
    },
}


def missing(books: Books, counts: Counter[str]) -> Iterator[str]:
    """Triggers that are gone, switched off or refuse something else; keys and checks that are gone."""
    found = books.triggers()
    for name, unless in sorted((TRIGGERS | ONLY_ON[books.engine]).items()):
        counts["guards"] += 1
        refuses = unless.replace("IS NOT DISTINCT FROM", "IS") if books.engine == "sqlite" else unless
        if name not in found:
            yield f"the guard {name} is missing"
        elif f"NOT COALESCE({refuses}, false)" not in found[name]:
            yield f"the guard {name} does not refuse what it should"
    for name in books.missing_constraints():
        yield f"the guard {name} is missing"
