"""Whoever gets past the guards is found by the audit: each kind of tampering is a breach that names it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, desc, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from escrow.audit import audit
from escrow.tables import clocks, metadata
from tests.escrow.audited import LAMPS, LATER, PAYOUT, RELEASE, UNPAID, Books, another

# What is done to the tables, and what the audit must say of it.
TAMPERED = {
    "a posting made bigger": (
        "UPDATE postings SET minor = minor + 1 WHERE journal = 1 AND n = 0",
        "sums to 1",
    ),
    "the postings of a journal taken out": ("DELETE FROM postings WHERE journal = 2", "in 0 postings"),
    "a whole journal taken out": (
        "DELETE FROM postings WHERE journal = 5; DELETE FROM journals WHERE id = 5",
        "is told in the history and not there",
    ),
    "postings left without their journal": ("DELETE FROM journals WHERE id = 5", "names none of journals"),
    "a journal opened again": ("UPDATE journals SET sealed = 0 WHERE id = 3", "never sealed"),
    "a journal of another currency": (
        "UPDATE journals SET currency = 'KWD' WHERE id = 4",
        "currency of journal",
    ),
    "a journal of another author": (
        "UPDATE journals SET actor = 'buyer:mallory' WHERE id = 4",
        "actor of journal",
    ),
    "a journal of another day": (f"UPDATE journals SET at = '{LATER}' WHERE id = 4", "at of journal"),
    "a balance moved": ("UPDATE balances SET minor = minor - 5 WHERE account = '1010'", "balance of 1010"),
    "a balance taken out": (
        f"DELETE FROM balances WHERE account = '2000:{LAMPS}'",
        f"balance of 2000:{LAMPS} in USD is 0",
    ),
    "a payment made smaller": (
        f"UPDATE payments SET amount = amount - 1 WHERE order_id = '{LAMPS}'",
        f"payments of {LAMPS} have brought 127999",
    ),
    "a payment taken out": (
        f"DELETE FROM payments WHERE order_id = '{LAMPS}'",
        f"payment:PSP-{LAMPS} is not there",
    ),
    "what an account has paid": ("UPDATE account_sums SET paid = paid + 100", "paid of adeyemi-trading"),
    "the sums of an account taken out": (
        "DELETE FROM account_sums WHERE account = 'adeyemi-trading'",
        "no sums of adeyemi-trading",
    ),
    "an event rewritten": ("UPDATE history SET facts = '{}' WHERE event = 'order.pay'", "does not follow"),
    "an event that is no JSON": (
        "UPDATE history SET facts = '{' WHERE event = 'order.pay'",
        "cannot be read",
    ),
    "an event of somebody else": (
        "UPDATE history SET actor = 'buyer:x' WHERE event = 'order.ship'",
        "not follow",
    ),
    "an event taken out": ("DELETE FROM history WHERE event = 'order.ship'", "does not follow"),
    "the newest events taken out": (
        "DELETE FROM history WHERE event = 'claim.supplier_silent'",
        "of the history is not there",
    ),
    "a state set by hand": (f"UPDATE orders SET state = 'completed' WHERE id = '{LAMPS}'", "state of"),
    "a state that there is not": (
        f"UPDATE orders SET state = 'paid_twice' WHERE id = '{LAMPS}'",
        "cannot be read",
    ),
    "a claim's state that there is not": ("UPDATE claims SET state = 'mine'", "cannot be read"),
    "a claim set by hand": ("UPDATE claims SET state = 'in_mediation'", "state of CLM-1001"),
    "a claim made bigger": ("UPDATE claims SET amount = amount * 2", "amount of CLM-1001"),
    "a claim closed by its flag": ("UPDATE claims SET open = 0", "open of CLM-1001"),
    "a claim for another reason": ("UPDATE claims SET reason = 'damaged'", "reason of CLM-1001"),
    "a claim opened by another": ("UPDATE claims SET opened_by = 'alice'", "opened_by of CLM-1001"),
    "a claim taken out": ("DELETE FROM claims", "CLM-1001 is not there"),
    "a date moved": (f"UPDATE orders SET delivered_at = shipped_at WHERE id = '{LAMPS}'", "delivered_at of"),
    "the promised day moved": (
        f"UPDATE orders SET promised_at = '{LATER}' WHERE id = '{LAMPS}'",
        "promised_at",
    ),
    "a date that is none": (
        f"UPDATE orders SET delivered_at = 'soon' WHERE id = '{LAMPS}'",
        "cannot be read",
    ),
    "a tier set by hand": (f"UPDATE orders SET tier = 'enterprise' WHERE id = '{LAMPS}'", "tier of"),
    "another owner": (f"UPDATE orders SET buyer = 'nordholm-handel' WHERE id = '{LAMPS}'", "buyer of"),
    "another supplier": (f"UPDATE orders SET supplier = 'ningbo-tools' WHERE id = '{LAMPS}'", "supplier of"),
    "a unit price": (
        f"UPDATE order_lines SET unit_price = unit_price + 1 WHERE order_id = '{LAMPS}'",
        "do not come to its total",
    ),
    "a quantity and a price that come to the same": (
        f"UPDATE order_lines SET quantity = 20, unit_price = 6000 WHERE order_id = '{LAMPS}'",
        "lines of",
    ),
    "a line taken out": (f"DELETE FROM order_lines WHERE order_id = '{LAMPS}'", "lines of"),
    "the freight": (f"UPDATE orders SET freight = freight + 1 WHERE id = '{LAMPS}'", "freight of"),
    "the total": (f"UPDATE orders SET total = total + 1 WHERE id = '{LAMPS}'", "come to its total"),
    "the protections": (f"UPDATE orders SET protections = '' WHERE id = '{LAMPS}'", "protections of"),
    "the way of freight": (f"UPDATE orders SET mode = 'sea' WHERE id = '{LAMPS}'", "mode of"),
    "an order's policy": (f"UPDATE orders SET policy_version = 1 WHERE id = '{LAMPS}'", "policy_version of"),
    "a number that cannot be found": ("UPDATE orders SET backwards = 'x'", "cannot be found"),
    "a payout made bigger": (
        f"UPDATE instructions SET amount = amount + 1 WHERE id = '{PAYOUT}'",
        "amount of PAY",
    ),
    "a payout to another": (
        f"UPDATE instructions SET refers_to = 'mallory' WHERE id = '{PAYOUT}'",
        "pays mallory",
    ),
    "a payout settled by hand": (
        f"UPDATE instructions SET state = 'settled' WHERE id = '{PAYOUT}'",
        "have settled",
    ),
    "a payout taken out": (f"DELETE FROM instructions WHERE id = '{PAYOUT}'", f"{PAYOUT} is not there"),
    "a payout more": (
        "INSERT INTO instructions (id, kind, refers_to, state, at, changed_at, order_id, amount, currency) "
        "SELECT 'PAY-X', kind, refers_to, 'pending', at, changed_at, order_id, amount, currency "
        f"FROM instructions WHERE id = '{PAYOUT}'",
        "no history tells of PAY-X",
    ),
    "an event of the marketplace taken out": ("DELETE FROM events", "event:TA-10000-0001/E-1 is not there"),
    "an event of the marketplace that was another": (
        "UPDATE events SET fingerprint = 'x'",
        "fingerprint of event:TA-10000-0001/E-1",
    ),
    "a shipment of less": (
        "UPDATE shipment_lines SET quantity = quantity - 1",
        f"lines of shipment:{LAMPS}/S-1",
    ),
    "a shipment taken out": (
        "DELETE FROM shipment_lines; DELETE FROM shipments",
        f"shipment:{LAMPS}/S-1 is not there",
    ),
    "a delivery on another's word": (
        "UPDATE shipments SET delivered_by = 'buyer' WHERE delivered_by = 'carrier'",
        f"delivered_by of shipment:{LAMPS}/S-1",
    ),
    "a credit made bigger": ("UPDATE credits SET amount = amount + 1", "amount of credit:"),
    "a credit that never ends": (f"UPDATE credits SET expires_at = '{LATER}'", "expires_at of credit:"),
    "a credit that is spent and was not": (
        "UPDATE credits SET state = 'spent' WHERE state = 'spendable'",
        "state of credit:",
    ),
    "a credit of which more is left than was": (
        "UPDATE credits SET amount = amount * 2, unspent = unspent + 1 WHERE state = 'spendable'",
        "owes 30769 KWD, its credits say 30770",
    ),
    "a credit that nobody granted": (
        "UPDATE credits SET unspent = 1 WHERE granted_at IS NULL",
        "was not granted, yet 1",
    ),
    "a credit taken out": ("DELETE FROM credits", "credit:TA-40015-2311 is not there"),
    "a desk task taken out": (
        f"DELETE FROM desk_tasks WHERE entity = '{PAYOUT}'",
        "T-TA-20931-7714-1 is not there",
    ),
    "a desk task ended by hand": (
        f"UPDATE desk_tasks SET state = 'ended' WHERE entity = '{PAYOUT}'",
        "state of T-TA-20931-7714-1",
    ),
    "a desk task for another": ("UPDATE desk_tasks SET role = 'agent'", "role of T-TA-20931-7714-1"),
    "a desk task that nobody raised": (
        "INSERT INTO desk_tasks SELECT 'T-X', 'notice_not_accepted', entity, role, since, state, order_id,"
        " due, taken_by, taken_at, done_by, done_at, because, version FROM desk_tasks"
        f" WHERE entity = '{PAYOUT}'",
        "no history tells of T-X",
    ),
    "a clock begun later": (f"UPDATE clocks SET started_at = '{LATER}' {RELEASE}", "started_at is"),
    "a clock that ends later": (
        f"UPDATE clocks SET due_at = '{LATER}', try_at = '{LATER}' {RELEASE}",
        "due_at is",
    ),
    "a clock put off": (f"UPDATE clocks SET try_at = '{LATER}' {RELEASE}", "put off until"),
    "a clock stopped": (f"UPDATE clocks SET done_at = due_at {RELEASE}", "done_at is"),
    "a clock set going again": ("UPDATE clocks SET done_at = NULL WHERE clock = 'ship'", "done_at is None"),
    "a clock of others": (f"UPDATE clocks SET supplier = 'ningbo-tools' {RELEASE}", "kept for others"),
    "a clock taken out": (f"DELETE FROM clocks {RELEASE}", f"silent_release of {LAMPS} is not there"),
    "all clocks taken out": ("DELETE FROM clocks", f"pay of {UNPAID}: it is not there, and nobody waits"),
    "a clock of no kind": (
        f"UPDATE clocks SET clock = 'doomsday' {RELEASE}",
        "no history tells of clock doomsday",
    ),
    "a notice not accepted": ("UPDATE notices SET accepted_at = NULL", "its notice was accepted at None"),
    "a notice taken out": ("DELETE FROM notices WHERE kind = 'order_delivered'", "notice order_delivered to"),
    "a notice to another": ("UPDATE notices SET account = 'ningbo-tools'", "no history tells of the notice"),
    "a notice of no kind": ("UPDATE notices SET kind = 'you_have_won'", "of no kind that there is"),
    "an answered quote taken out": ("DELETE FROM quotes", "was answered and is not there"),
    "an answered quote that showed more": (
        "UPDATE quotes SET shown = replace(shown, '0', '1')",
        "shows something",
    ),
    "a signature of somebody else": (
        "UPDATE quote_signatures SET person = 'ivo' WHERE person = 'sara'",
        "was signed by others",
    ),
    "a signature taken out": ("DELETE FROM quote_signatures WHERE n = 2", "was signed by others"),
    "a signature that nobody gave": (
        f"INSERT INTO quote_signatures SELECT quote, 3, 'mediator', 'mei', '{LATER}' "
        "FROM quote_signatures WHERE n = 2",
        "was signed by others",
    ),
    "all signatures taken out": ("DELETE FROM quote_signatures", "was signed by others"),
    "an answer taken out": ("UPDATE quotes SET answer = NULL", "was answered and is not there"),
    "an answer that nobody gave": (
        f"UPDATE quotes SET order_id = '{LAMPS}'",
        "no history tells that quote",
    ),
    "a policy edited": (
        "UPDATE policies SET text = replace(text, '30', '31')",
        "not the text that was published",
    ),
    "a policy cut in half": ("UPDATE policies SET text = substr(text, 1, 700)", "policy 1 cannot be read"),
    "a policy taken out": ("DELETE FROM policies", "cannot be read"),
    "books that are doubled throughout": (
        "UPDATE postings SET minor = minor * 2; UPDATE balances SET minor = minor * 2;"
        " UPDATE account_sums SET paid = paid * 2, held = held * 2, released = released * 2",
        "not the one that its history tells",
    ),
    "own funds given away": (
        "UPDATE postings SET account = '1010' WHERE account = '1020';"
        " DELETE FROM balances WHERE account = '1020'",
        "credits may ask for",
    ),
    "clients' cash taken for ours": (
        "UPDATE postings SET account = '1020' WHERE account = '1010'",
        "owed to others are",
    ),
    "an order taken out": (f"DELETE FROM orders WHERE id = '{UNPAID}'", f"there is no order {UNPAID}, yet"),
    "an order's history taken out": (
        f"DELETE FROM history WHERE chain = '{UNPAID}'",
        f"{UNPAID} has no history",
    ),
    "the count of the history": (
        "UPDATE counters SET last = last + 1 WHERE name = 'history'",
        "were written",
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_the_audit_finds(how: str, books: Books) -> None:
    statements, says = TAMPERED[how]
    with books.opened() as connection:
        changed = [connection.execute(text(statement)).rowcount for statement in statements.split(";")]
        assert all(changed), "nothing was tampered with"
        breaches = books.breaches(connection)
    assert any(part in breach for breach in breaches for part in says.split("|")), breaches
    assert len(breaches) == len(set(breaches))


# Words, addresses and counters of writes: no right and no sum hangs on these.
UNCHECKED = {
    *("orders.version", "orders.place", "order_lines.title", "postings.n"),
    *("claims.opened_in", "claims.version", "desk_tasks.version"),
    *("shipments.carrier", "shipments.tracking"),
    *(
        "notices.id",
        "notices.persons",
        "notices.at",
        "notices.claim_id",
        "notices.facts",
        "notices.accepted_at",
    ),
    "credits.version",
    *("quotes.kind", "quotes.person", "quotes.account", "quotes.conversation", "quotes.expires_at"),
    *("quotes.request", "quotes.answer"),
}
# No history tells of these: the marketplace's word of accounts, the demo's clock, keys that were used.
ELSEWHERE = {"accounts", "persons", "destinations", "products"}
ELSEWHERE |= {"clock", "idempotency", "revoked_turns", "texts"}
COLUMNS = [
    column
    for table in metadata.sorted_tables
    if table.name not in ELSEWHERE
    for column in table.c
    if str(column) not in UNCHECKED
]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_any_column_that_was_changed_by_hand_is_found(column: Column[Any], books: Books) -> None:
    """One that is new is either told in the history or named above."""
    keys = list(column.table.primary_key)
    with books.opened() as connection:
        chosen = select(column.label("value"), *(key.label(f"key_{n}") for n, key in enumerate(keys)))
        if column is clocks.c.try_at:
            # What has rung is tried no more.
            chosen = chosen.where(clocks.c.done_at.is_(None))
        row = connection.execute(
            chosen.where(column.is_not(None)).order_by(*map(desc, keys)).limit(1)
        ).first()
        if row is None:
            assert column.name in ("claim_id", "payer", "freed_at")
            return
        of_row = [key == row._mapping[f"key_{n}"] for n, key in enumerate(keys)]
        changed = update(column.table).where(*of_row).values({column.name: another(row.value)})
        try:
            connection.execute(changed)
        except IntegrityError:
            return  # The table itself refuses it.
        assert books.breaches(connection)


def test_an_untouched_world_has_no_breach(books: Books) -> None:
    report = books.database.read(lambda work: audit(work, books.anchors))
    assert not report.breaches
    assert all(report.counts[name] for name in ("histories", "journals", "postings", "clocks", "notices"))
    assert report.counts["anchors"] == 1


GUARDED = [
    how for how, (sql, _) in TAMPERED.items() if sql.split()[1 + (sql[0] == "D")] in ("postings", "history")
]


@pytest.mark.parametrize("how", GUARDED)
def test_the_guards_refuse(how: str, books: Books) -> None:
    with books.database.engine.connect() as connection, pytest.raises(DBAPIError), connection.begin():
        for statement in TAMPERED[how][0].split(";"):
            connection.execute(text(statement))
