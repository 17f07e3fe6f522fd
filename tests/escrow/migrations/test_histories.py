"""The chains hold, are numbered throughout, and end with what they had not told."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict

from sqlalchemy import text

from escrow.history import START, row_hash
from escrow.store import schema
from escrow.store.database import Database
from tests.escrow import landed
from tests.escrow.migrations import LAMPS, PANELS, Row, rows

CREDIT_TOLD = "credit.carried_on"


def test_each_chain_holds_and_ends_with_what_it_had_not_told(carried: Database) -> None:
    chains: dict[str, list[Row]] = defaultdict(list)
    for row in rows(carried, "SELECT * FROM history ORDER BY chain, n"):
        chains[row["chain"]].append(row)
    assert chains.keys() == {row["id"] for row in landed.rows()["orders"]}
    for order, chain in chains.items():
        previous = START
        for n, row in enumerate(chain):
            given = {name: row[name] for name in ("at", "actor", "event", "facts")}
            previous, before = row_hash(previous, order=order, n=n, **given), previous
            assert (row["n"], row["previous"], row["hash"]) == (n, before, previous)
        assert [row["event"] for row in chain].count("migrated") == 1
        last = [row["event"] for row in chain if row["actor"] == "program:migration"]
        assert last == [row["event"] for row in chain[-len(last) :]]
        assert last[0] == "migrated"
        assert chain[-1]["at"] == max(row["at"] for row in chain)


def test_rows_are_numbered_in_an_order_that_each_chain_allows(carried: Database) -> None:
    numbered = rows(carried, "SELECT * FROM history ORDER BY seq")
    assert [row["seq"] for row in numbered] == list(range(1, len(numbered) + 1))
    assert rows(carried, "SELECT last FROM counters WHERE name = 'history'") == [{"last": len(numbered)}]
    seen: dict[str, int] = {}
    for row in numbered:
        assert row["n"] == seen.get(row["chain"], -1) + 1
        seen[row["chain"]] = row["n"]
    landed_first = [row["at"] for row in numbered if row["actor"] != "program:migration"]
    assert landed_first == sorted(landed_first)
    assert numbered[len(landed_first)]["event"] == "migrated"


def test_a_row_that_tells_of_an_earlier_instant_keeps_its_place(left: Database) -> None:
    """A timer may have fired late, as of its own instant, after somebody's deed."""
    last = max(row["n"] for row in landed.rows()["history"] if row["order_id"] == LAMPS)
    hidden = {"order_id": LAMPS, "n": last + 1, "at": "2026-11-01T00:00:00.000000Z", "actor": "timer:desk"}
    row = hidden | {"event": "order.late", "previous": "p", "hash": "h", "facts": "{}"}
    names = ", ".join(row)
    with left.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        given = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO history ({names}) VALUES ({given})"), row)
    schema.upgrade(left)
    chain = rows(left, f"SELECT * FROM history WHERE chain = '{LAMPS}' ORDER BY seq")
    assert [row["n"] for row in chain] == list(range(len(chain)))
    migrated = chain[last + 2]
    assert (migrated["event"], migrated["at"], migrated["previous"]) == ("migrated", chain[last]["at"], "h")


def test_what_is_told_of_an_order_is_what_is_stored(carried: Database) -> None:
    told = {row["chain"]: json.loads(row["facts"]) for row in _migrated(carried)}
    things = {"rows": 0, "told": 0, "quotes": 0, "clocks": 0}
    for order, facts in told.items():
        assert facts["rows"] == _stored(carried, order)
        of = f"WHERE order_id = '{order}'"
        notices = rows(carried, f"SELECT kind, account FROM notices {of} ORDER BY id")
        assert facts["told"] == [[row["kind"], row["account"]] for row in notices]
        later = "entity LIKE 'credit:%' OR clock LIKE 'unshipped%'"
        clocks = rows(carried, f"SELECT * FROM clocks {of} AND NOT ({later})")
        flat = {
            (entity, name): told for entity, each in facts["clocks"].items() for name, told in each.items()
        }
        assert flat == {(row["entity"], row["clock"]): [row["started_at"], row["due_at"]] for row in clocks}
        quotes = rows(carried, f"SELECT * FROM quotes {of} AND answer IS NOT NULL")
        assert facts["quotes"] == {
            row["id"]: hashlib.sha256(row["shown"].encode()).hexdigest() for row in quotes
        }
        for name in things:
            things[name] += len(facts[name])
    assert things == {"rows": 13 + 7 + 9 + 1, "told": 37, "quotes": 8, "clocks": 19}


def test_a_credit_is_told_once_more_as_it_is_now_with_its_clocks(carried: Database) -> None:
    (row,) = rows(carried, f"SELECT * FROM history WHERE event = '{CREDIT_TOLD}'")
    told, id = json.loads(row["facts"]), f"credit:{PANELS}"
    (stored,) = rows(carried, "SELECT * FROM credits")
    assert row["chain"] == PANELS and stored.pop("version") == 1
    assert told["rows"] == {id: stored}
    named = {"kind": "ontime", "state": "waiting", "amount": 30769, "unspent": 0}
    assert {name: stored[name] for name in named} == named
    clocks = rows(carried, f"SELECT * FROM clocks WHERE entity = '{id}'")
    assert told["clocks"][id] == {row["clock"]: [row["started_at"], row["due_at"]] for row in clocks}


def _migrated(database: Database) -> list[Row]:
    return rows(database, "SELECT * FROM history WHERE event = 'migrated'")


def _stored(database: Database, order: str) -> Row:
    """The order and what belongs to it, by id, without what no right and no money hangs on."""
    of = f"WHERE order_id = '{order}'"
    (found,) = rows(database, f"SELECT * FROM orders WHERE id = '{order}'")
    lines = rows(database, f"SELECT * FROM order_lines {of} ORDER BY n")
    found["lines"] = [[line["quantity"], line["unit_price"]] for line in lines]
    claims, instructions = (
        rows(database, f"SELECT * FROM {name} {of}") for name in ("claims", "instructions")
    )
    told = "order_id, amount, currency, granted_at, expires_at"
    credits = {f"credit:{order}": row for row in rows(database, f"SELECT {told} FROM credits {of}")}
    things = {row["id"]: row for row in (found, *claims, *instructions)} | credits
    unsaid = {"version", "backwards", "opened_in", "answered", "replaced_by"}
    # What came later than that history.
    unsaid |= {"incoterm", "place", "deposit", "balance_due", "dispatched_at"}
    unsaid |= {"badge", "extended", "not_arrived", "release_due_at", "freed_at"}
    unsaid |= {"processing_since"}
    return {id: {name: row[name] for name in row if name not in unsaid} for id, row in things.items()}


def test_notices_tell_of_the_row_in_which_they_were_taken_over(carried: Database) -> None:
    ends = {row["chain"]: row["n"] for row in _migrated(carried)}
    told = rows(carried, "SELECT order_id, n FROM notices")
    assert told and all(row["n"] == ends[row["order_id"]] for row in told)
