"""What is cut out of the history or written anew in it leaves a gap, or is found by the anchor."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from escrow.history import row_hash
from escrow.store.work import Work
from tests.escrow.audited import DRILLS, LAMPS, LATER, PAYOUT, UNPAID, Books


def take_out(connection: Connection, order: str) -> None:
    """An order that never had money, from every table in which it stands."""
    tables = ("order_lines", "claims", "instructions", "credits", "clocks", "notices", "quotes", "texts")
    for table in tables:
        connection.execute(text(f"DELETE FROM {table} WHERE order_id = '{order}'"))
    connection.execute(text(f"DELETE FROM orders WHERE id = '{order}'"))
    connection.execute(text(f"DELETE FROM history WHERE chain = '{order}'"))


def cut_tail(connection: Connection) -> None:
    """A supervisor was to see a failed payout again: the last event of its chain, and what came of it."""
    tail = f"SELECT n, event, facts FROM history WHERE chain = '{DRILLS}' ORDER BY n DESC LIMIT 2"
    last, before = connection.execute(text(tail)).all()
    assert last.event == before.event == "payout.supervisor_alarm"
    connection.execute(text(f"DELETE FROM history WHERE chain = '{DRILLS}' AND n = {last.n}"))
    started, due = json.loads(before.facts)["clocks"][PAYOUT]["instruction_alarm"]
    then = f"started_at = '{started}', due_at = '{due}', try_at = '{due}'"
    connection.execute(text(f"UPDATE clocks SET {then} WHERE entity = '{PAYOUT}' AND done_at IS NULL"))


def close_gaps(connection: Connection) -> None:
    """Number the history anew, as if nothing had ever been there."""
    rows = connection.execute(text("SELECT chain, n FROM history ORDER BY seq")).all()
    for seq, (chain, n) in enumerate(rows, start=1):
        connection.execute(text(f"UPDATE history SET seq = {seq} WHERE chain = '{chain}' AND n = {n}"))
    connection.execute(text(f"UPDATE counters SET last = {len(rows)} WHERE name = 'history'"))


CUT: dict[str, Callable[[Connection], None]] = {
    "a whole order removed": lambda connection: take_out(connection, UNPAID),
    "a chain's tail cut off": cut_tail,
}


@pytest.mark.parametrize("how", CUT)
def test_what_is_cut_cleanly_leaves_a_gap_in_the_history(how: str, books: Books) -> None:
    with books.opened() as connection:
        CUT[how](connection)
        breaches = books.breaches(connection, anchored=False)
    assert breaches and all("of the history" in breach for breach in breaches), breaches


@pytest.mark.parametrize("how", CUT)
def test_what_is_cut_without_a_gap_is_found_by_the_anchor_alone(how: str, books: Books) -> None:
    with books.opened() as connection:
        CUT[how](connection)
        close_gaps(connection)
        assert not books.breaches(connection, anchored=False)
        breaches = books.breaches(connection)
    assert breaches and all("anchor" in breach for breach in breaches)


def test_a_chain_rewritten_with_right_hashes_is_found_by_the_anchor(books: Books) -> None:
    """Hashes alone need no secret; the anchor's signature does."""
    with books.opened() as connection:
        row = connection.execute(text(f"SELECT * FROM history WHERE chain = '{UNPAID}'")).one()
        facts = json.loads(row.facts)
        facts["rows"][UNPAID]["ship_by"] = LATER
        told = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        given = {"at": row.at, "actor": row.actor, "event": row.event, "facts": told}
        hashed = row_hash(row.previous, order=UNPAID, n=row.n, **given)
        connection.execute(
            text("UPDATE history SET facts = :facts, hash = :hash WHERE chain = :chain"),
            {"facts": told, "hash": hashed, "chain": UNPAID},
        )
        connection.execute(text(f"UPDATE orders SET ship_by = '{LATER}' WHERE id = '{UNPAID}'"))
        assert not books.breaches(connection, anchored=False)
        assert any("anchor" in breach for breach in books.breaches(connection))


def test_an_erased_text_leaves_the_chain_whole_and_a_changed_one_is_found(books: Books) -> None:
    with books.opened() as connection:
        Work(connection).records.keep_text(LAMPS, "two lamps are broken")
        assert not books.breaches(connection)
        connection.execute(text("UPDATE texts SET text = 'all lamps are broken' WHERE text LIKE 'two%'"))
        assert ["a text of" in breach for breach in books.breaches(connection)] == [True]
        connection.execute(text("DELETE FROM texts"))
        assert not books.breaches(connection)
