"""What is written stays, and a journal counts once it sums to zero."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.exc import DBAPIError

from escrow.history import START
from escrow.store import schema
from escrow.store.database import Database
from escrow.tables import metadata
from tests.escrow.migrations import LAMPS, change, everything, rows

JOURNAL = "INSERT INTO journals (id, kind, source, actor, at, currency, sealed) VALUES"
REFUSED = {
    "change a posting": "UPDATE postings SET minor = minor + 1",
    "delete a posting": "DELETE FROM postings",
    "add to a sealed journal": "INSERT INTO postings VALUES (1, 7, '2000:x', 5)",
    "change a history": f"UPDATE history SET facts = '{{}}' WHERE chain = '{LAMPS}'",
    "renumber the histories": "UPDATE history SET seq = seq + 1000",
    "cut a history": f"DELETE FROM history WHERE chain = '{LAMPS}' AND n > 3",
    "change a policy": "UPDATE policies SET text = '{}'",
    "delete a policy": "DELETE FROM policies",
    "delete a journal": "DELETE FROM journals",
    "date a journal back": "UPDATE journals SET at = '2026-01-01'",
    "take a journal from its order": "UPDATE journals SET order_id = NULL",
    "open a journal": "UPDATE journals SET sealed = 0",
    "begin sealed": f"{JOURNAL} (900, 'E1', 'x', 'x', 'x', 'USD', 1)",
}
ONLY_ON = {
    "sqlite": {
        "replace a posting": "REPLACE INTO postings SELECT journal, n, account, minor + 1 FROM postings",
        "replace a history": "REPLACE INTO history SELECT * FROM history",
        "replace a policy": "REPLACE INTO policies SELECT version, in_force_from, '{}', hash FROM policies",
        "replace a journal": "REPLACE INTO journals (id, kind, source, actor, at, currency, sealed) "
        "SELECT id + 900, kind, source, actor, at, currency, 0 FROM journals",
    },
    "postgresql": {
        f"truncate {name}": f"TRUNCATE {name} CASCADE" for name in ("history", "policies", "journals")
    },
}


@pytest.mark.parametrize("how", REFUSED)
def test_the_guards_refuse_to(how: str, carried: Database) -> None:
    refused(carried, REFUSED[how])


def test_the_guards_refuse_what_only_this_engine_can_do(carried: Database) -> None:
    for statement in ONLY_ON[carried.engine.dialect.name].values():
        refused(carried, statement)


def refused(database: Database, statement: str) -> None:
    before = everything(database)
    with pytest.raises(DBAPIError, match=r": (update|delete|insert|truncate) refused"):
        change(database, statement)
    assert everything(database) == before, statement


def test_a_journal_is_sealed_once_it_sums_to_zero_and_needs_no_order(left: Database) -> None:
    schema.upgrade(left)
    own = [
        "INSERT INTO postings VALUES (901, 0, '1020', 5)",
        "INSERT INTO postings VALUES (901, 1, '3000', -5)",
    ]
    seal = "UPDATE journals SET sealed = 1 WHERE id = 901"
    change(left, f"{JOURNAL} (901, 'E13', 'own_funds:0', 'x', 'x', 'USD', 0)", own[0])
    with pytest.raises(DBAPIError, match="update refused"):
        change(left, seal)
    change(left, own[1], seal)
    with pytest.raises(DBAPIError, match="insert refused"):
        change(left, "INSERT INTO postings VALUES (901, 2, '3000', 1)")


def test_a_chain_without_an_order_can_begin(left: Database) -> None:
    schema.upgrade(left)
    row = {"chain": "own_funds", "n": 0, "seq": 10_000, "at": str(datetime(2026, 12, 9)), "actor": "x"}
    row |= {"event": "x", "previous": START, "hash": "h", "facts": "{}"}
    with left.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        connection.execute(metadata.tables["history"].insert(), row)
    assert len(rows(left, "SELECT * FROM history WHERE chain = 'own_funds'")) == 1
