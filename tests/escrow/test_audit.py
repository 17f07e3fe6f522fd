"""Whoever gets past the guards is found by the audit: each kind of tampering is a breach that names it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Column, Connection, desc, select, text, update
from sqlalchemy.exc import DBAPIError

from contract import asked, codes
from escrow import anchors, cli, engine, intake, outbox, poller, quotes
from escrow.anchors import Anchor
from escrow.audit import __main__ as verify
from escrow.audit import audit, unmoved
from escrow.audit.told import Told
from escrow.callers import Caller
from escrow.case import Case
from escrow.deeds import DEEDS
from escrow.history import START, canonical, row_hash
from escrow.machines.claim import ClaimEvent
from escrow.machines.every import machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.machines.order import OrderEvent
from escrow.money import Money
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.tables import claims, instructions, metadata
from tests.escrow import landed, samples
from tests.escrow.worlds import MADE, demo_world

LAMPS, DRILLS, UNPAID = "TA-20931-7741", "TA-20931-7714", "TA-20951-0007"
STRIPS, FUNDED, GRINDERS = "20001234567890123", "TA-20950-3310", "TA-31200-0501"
PAYOUT = f"PAY-{DRILLS}-1"
LATER = "2027-09-01T00:00:00.000000Z"
RELEASE = f"WHERE entity = '{LAMPS}' AND clock = 'silent_release'"

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
    "an order's policy": (f"UPDATE orders SET policy_version = 2 WHERE id = '{LAMPS}'", "policy_version of"),
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
    "a credit made bigger": ("UPDATE credits SET amount = amount + 1", "amount of credit:"),
    "a credit that never ends": (f"UPDATE credits SET expires_at = '{LATER}'", "expires_at of credit:"),
    "a credit taken out": ("DELETE FROM credits", "credit:TA-40015-2311 is not there"),
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


@dataclass
class Books:
    database: Database
    anchors: list[Anchor]
    guards: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Without guards, and put back at the end."""
        with self.database.engine.connect() as connection:
            on_sqlite = connection.dialect.name == "sqlite"
            if on_sqlite:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA foreign_keys=OFF")
            with connection.begin() as transaction:
                if on_sqlite:
                    self.guards = drop_guards(connection)
                else:
                    connection.execute(text("SET LOCAL session_replication_role = replica"))
                yield connection
                transaction.rollback()
            connection.invalidate()

    def breaches(self, connection: Connection, *, anchored: bool = True) -> list[str]:
        """With the guards where they were, as whoever covers their tracks would leave them."""
        for guard in self.guards:
            connection.exec_driver_sql(guard)
        found = audit(Work(connection), self.anchors if anchored else []).breaches
        if self.guards:
            drop_guards(connection)
        return found


def drop_guards(connection: Connection) -> list[str]:
    """How to make them again; SQLite's only, for PostgreSQL can be told not to ask them."""
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in found:
        connection.execute(text(f"DROP TRIGGER {name}"))
    return [guard for _, guard in found]


def signed_by_two(database: Database) -> None:
    """A claim for which its buyer's yes was not enough."""
    alice = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-2")
    sara = Caller("sara", "desk", "supervisor", "d1", "d1-1")
    deed = replace(DEEDS[codes.Deed.OPEN_CLAIM], signers=lambda *_: (codes.Role.BUYER, codes.Role.SUPERVISOR))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DEEDS, codes.Deed.OPEN_CLAIM, deed)
        wanted = asked.OpenClaim(STRIPS, codes.Reason.DAMAGED, share="1/2")
        quote = database.write(lambda work: quotes.open_quote(work, alice, wanted, MADE))
        for who in (alice, sara):
            database.write(partial(quotes.confirm, caller=who, id=quote.quote_id, now=MADE))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    home: Path = tmp_path_factory.mktemp("audit")
    on_sqlite = request.param == "sqlite"
    url = f"sqlite:///{home}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())
    database = demo_world(url)
    signed_by_two(database)
    anchors.keep(database, home, MADE)
    yield Books(database, anchors.kept(home)[0])
    database.close()


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
    *("orders.version", "order_lines.title", "claims.opened_in", "claims.version", "postings.n"),
    *(
        "notices.id",
        "notices.persons",
        "notices.at",
        "notices.claim_id",
        "notices.facts",
        "notices.accepted_at",
    ),
    *("quotes.kind", "quotes.person", "quotes.account", "quotes.conversation", "quotes.expires_at"),
    *("quotes.request", "quotes.answer"),
}
# No history tells of these: the marketplace's word of accounts, the demo's clock, keys that were used.
ELSEWHERE = {"accounts", "persons", "clock", "idempotency", "revoked_turns", "texts"}
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
        row = connection.execute(
            chosen.where(column.is_not(None)).order_by(*map(desc, keys)).limit(1)
        ).first()
        if row is None:
            assert column.name == "claim_id"
            return
        of_row = [key == row._mapping[f"key_{n}"] for n, key in enumerate(keys)]
        connection.execute(update(column.table).where(*of_row).values({column.name: another(row.value)}))
        assert books.breaches(connection)


def another(value: Any) -> Any:
    """A number not taken, an instant a bit earlier or later, a currency that there is, a longer word."""
    if isinstance(value, int):
        return value + 1000
    if re.fullmatch(r"[0-9-]{10}T.*Z", value):
        return value[:-2] + ("2Z" if value[-2] == "1" else "1Z")
    return {"USD": "EUR", "JPY": "USD", "KWD": "USD"}.get(value, value + "x")


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


# A row that was changed by hand, and then an event that tells it again: told is not written by the engine.


def on_order(id: str, event: OrderEvent, actor: str, **given: Any) -> Callable[[Work], None]:
    def happens(work: Work) -> None:
        order = work.orders.lock(id)
        engine.apply(work, order, event, order, actor=actor, at=MADE, **given)

    return happens


def on_part(part: str, event: Any, actor: str = engine.SYSTEM) -> Callable[[Work], None]:
    """An event of an order's claim or instruction."""

    def happens(work: Work) -> None:
        table = claims if part.startswith("CLM") else instructions
        order = work.orders.lock(
            str(work.connection.scalar(select(table.c.order_id).where(table.c.id == part)))
        )
        parts: list[Any] = [*work.claims.of(order.id), *work.instructions.of(order.id)]
        (thing,) = [each for each in parts if each.id == part]
        engine.apply(work, thing, event, order, actor=actor, at=MADE)

    return happens


def paid_in(currency: str) -> Callable[[Work], None]:
    given: dict[str, Any] = {"tier": "standard", "zone": "Africa/Lagos", "payment": "PSP-1"}
    return on_order(UNPAID, OrderEvent.PAY, intake.MARKETPLACE, amount=Money(990_00, currency), **given)


RECEIVED = on_order(LAMPS, OrderEvent.CONFIRM_RECEIPT, "buyer:alice")
SHIPPED = on_order(FUNDED, OrderEvent.SHIP, intake.MARKETPLACE)
DELIVERED = on_order(FUNDED, OrderEvent.DELIVER, intake.MARKETPLACE)
ESCALATED = on_part("CLM-1001", ClaimEvent.AUTO_ESCALATE)
ALARMED = on_part(PAYOUT, InstructionEvent.OVERDUE)
SUMS_MOVED = (
    "UPDATE account_sums SET {0} = {0} - 128000 WHERE account = 'shenzhen-lumen' AND currency = 'USD';"
    "UPDATE account_sums SET {0} = {0} + 128000 WHERE account = 'ningbo-tools' AND currency = 'USD'"
)


def lamps(column: str, value: str) -> str:
    return f"UPDATE orders SET {column} = {value} WHERE id = '{LAMPS}'"


def drills(column: str, value: str) -> str:
    return f"UPDATE instructions SET {column} = {value} WHERE id = '{PAYOUT}'"


def claim_1001(column: str, value: str) -> str:
    return f"UPDATE claims SET {column} = {value} WHERE id = 'CLM-1001'"


LAUNDERED: dict[str, tuple[str, Callable[[Work], None], str]] = {
    "another supplier, with all that follows from it": (
        f"{lamps('supplier', repr('ningbo-tools'))};"
        f"UPDATE clocks SET supplier = 'ningbo-tools' WHERE order_id = '{LAMPS}';"
        f"{SUMS_MOVED.format('paid')};{SUMS_MOVED.format('held')}",
        RECEIVED,
        f"supplier of {LAMPS} became ningbo-tools",
    ),
    "another buyer": (lamps("buyer", "'nordholm-handel'"), RECEIVED, f"buyer of {LAMPS} became"),
    "a better tier": (lamps("tier", "'enterprise'"), RECEIVED, f"tier of {LAMPS} became"),
    "another zone": (lamps("zone", "'Asia/Tokyo'"), RECEIVED, f"zone of {LAMPS} became"),
    "another way of freight": (lamps("mode", "'sea'"), RECEIVED, f"mode of {LAMPS} became"),
    "no protections": (lamps("protections", "''"), RECEIVED, f"protections of {LAMPS} became"),
    "an older order": (lamps("created_at", "ship_by"), RECEIVED, f"created_at of {LAMPS} became"),
    "another day to ship by": (lamps("ship_by", f"'{LATER}'"), RECEIVED, f"ship_by of {LAMPS} became"),
    "another promise": (lamps("promised_at", f"'{LATER}'"), RECEIVED, f"promised_at of {LAMPS} became"),
    "another payment day": (lamps("paid_at", "created_at"), RECEIVED, f"paid_at of {LAMPS} became"),
    "another day of shipment": (lamps("shipped_at", "paid_at"), RECEIVED, f"shipped_at of {LAMPS} became"),
    "another delivery": (lamps("delivered_at", "shipped_at"), RECEIVED, f"delivered_at of {LAMPS} became"),
    "lines that come to the same": (
        f"UPDATE order_lines SET quantity = 20, unit_price = 6000 WHERE order_id = '{LAMPS}'",
        RECEIVED,
        f"lines of {LAMPS} became",
    ),
    "another currency": (
        f"UPDATE orders SET currency = 'EUR' WHERE id = '{UNPAID}'",
        paid_in("EUR"),
        f"currency of {UNPAID} became EUR",
    ),
    "a promise moved before it is paid": (
        f"UPDATE orders SET promised_at = '{LATER}' WHERE id = '{UNPAID}'",
        paid_in("USD"),
        f"promised_at of {UNPAID} became",
    ),
    "a payment day moved before it ships": (
        f"UPDATE orders SET paid_at = created_at WHERE id = '{FUNDED}'",
        SHIPPED,
        f"paid_at of {FUNDED} became",
    ),
    "a shipment that nobody told": (
        f"UPDATE orders SET state = 'shipped' WHERE id = '{FUNDED}'",
        DELIVERED,
        f"state of {FUNDED} was shipped before order.deliver, its history had left it funded",
    ),
    "a smaller claim": (claim_1001("amount", "amount - 1"), ESCALATED, "amount of CLM-1001 became"),
    "a claim's reason": (claim_1001("reason", "'missing'"), ESCALATED, "reason of CLM-1001 became"),
    "a claim opened by another": (
        claim_1001("opened_by", "'alice'"),
        ESCALATED,
        "opened_by of CLM-1001 became",
    ),
    "a claim opened earlier": (
        claim_1001("opened_at", "'2026-01-01T00:00:00.000000Z'"),
        ESCALATED,
        "opened_at of CLM-1001 became",
    ),
    "a claim set back": (
        claim_1001("state", "'awaiting_supplier'"),
        ESCALATED,
        "state of CLM-1001 was awaiting_supplier before claim.auto_escalate",
    ),
    "a bigger payout": (drills("amount", "amount + 1"), ALARMED, f"amount of {PAYOUT} became"),
    "a payout to another": (drills("refers_to", "'mallory'"), ALARMED, f"refers_to of {PAYOUT} became"),
    "an older payout": (drills("at", f"'{LATER}'"), ALARMED, f"at of {PAYOUT} became"),
    "a payout that failed later": (
        drills("changed_at", f"'{LATER}'"),
        ALARMED,
        f"changed_at of {PAYOUT} became",
    ),
    "a payout that came back": (
        drills("state", "'returned'"),
        ALARMED,
        f"state of {PAYOUT} was returned before payout.supervisor_alarm",
    ),
    "a payout that nobody made": (
        "INSERT INTO instructions (id, kind, refers_to, state, at, changed_at, order_id, amount, currency) "
        "SELECT 'PAY-X', kind, refers_to, 'pending', at, changed_at, order_id, amount, currency "
        f"FROM instructions WHERE id = '{PAYOUT}'",
        on_part("PAY-X", InstructionEvent.UNKNOWN, "executor:bank"),
        "state of PAY-X was pending before payout.unknown, its history had left it None",
    ),
    "a clock put off beside one that a notice starts": (
        f"UPDATE clocks SET started_at = '{LATER}', due_at = '{LATER}', try_at = '{LATER}' "
        "WHERE entity = 'CLM-1002' AND clock = 'auto_escalate'",
        outbox.accept_all,
        "clock auto_escalate of CLM-1002 is due at",
    ),
    "a clock set going again beside it": (
        f"INSERT INTO clocks (entity, clock, order_id, buyer, supplier, started_at, due_at, try_at) SELECT "
        f"entity, 'mediation_alarm', order_id, buyer, supplier, started_at, '{LATER}', '{LATER}' "
        "FROM clocks WHERE entity = 'CLM-1002' AND clock = 'auto_escalate'",
        outbox.accept_all,
        "clock mediation_alarm of CLM-1002 runs again, which no state began",
    ),
}


@pytest.mark.parametrize("how", LAUNDERED)
def test_what_was_changed_by_hand_stays_a_breach_after_the_next_event(how: str, books: Books) -> None:
    statements, happens, says = LAUNDERED[how]
    with books.opened() as connection:
        for statement in statements.split(";"):
            assert connection.execute(text(statement)).rowcount, "nothing was tampered with"
        happen(connection, happens)
        breaches = books.breaches(connection)
    assert any(says in breach for breach in breaches), breaches


def test_an_order_of_another_total_than_was_paid_takes_no_step(books: Books) -> None:
    """Freight and total that fit each other, but not the money: nothing of the step is kept."""
    with books.opened() as connection:
        changed = f"UPDATE orders SET freight = freight + 1, total = total + 1 WHERE id = '{LAMPS}'"
        assert connection.execute(text(changed)).rowcount
        with pytest.raises(engine.Unsound):
            happen(connection, RECEIVED)


HONEST = {
    "order.confirm_receipt": RECEIVED,
    "order.pay": paid_in("USD"),
    "order.ship": SHIPPED,
    "claim.auto_escalate": ESCALATED,
    "payout.supervisor_alarm": ALARMED,
    "clock.started": outbox.accept_all,
}


@pytest.mark.parametrize("event", HONEST)
def test_the_same_events_of_rows_that_nobody_touched_are_no_breach(event: str, books: Books) -> None:
    with books.opened() as connection:
        happen(connection, HONEST[event])
        heard = f"SELECT COUNT(*) FROM history WHERE event = '{event}'"
        assert connection.scalar(text(heard))
        assert not books.breaches(connection)


def happen(connection: Connection, event: Callable[[Work], None]) -> None:
    work = Work(connection)
    event(work)
    work.flush()


def test_the_audit_lets_each_event_change_what_its_step_sets() -> None:
    given = {"tier": "standard", "zone": "Africa/Lagos", "amount": samples.ORDER.total}
    sets: dict[str, set[str]] = {}
    things: list[Any] = [samples.ORDER, samples.CLAIM, samples.PAYOUT]
    for thing in things:
        machine = machine_of(thing)
        case = Case(
            order=samples.ORDER, policy=samples.POLICY, position=samples.NOTHING, at=samples.AT, given=given
        ).about(thing)
        for step in machine.steps:
            if step.sets is not None:
                sets.setdefault(f"{machine.name}.{step.event}", set()).update(step.sets(case))
    assert sets == unmoved.SETS


@pytest.mark.parametrize("column", ["supplier", "total", "tier", "policy_version", "ship_by", "delivered_at"])
def test_what_the_first_version_told_again_after_a_hand_had_changed_it_is_found(column: str) -> None:
    """As its program would have told it: the row as found, in a chain whose hashes are right."""
    rows = [row for row in landed.rows()["history"] if row["order_id"] == GRINDERS]
    assert not list(Told(GRINDERS).replay(told_anew(rows, lambda facts: None)))

    def edit(facts: dict[str, Any]) -> None:
        if facts.get("row", {}).get("state") in ("releasing", "completed", "closed"):
            facts["row"][column] = another(facts["row"][column])

    breaches = list(Told(GRINDERS).replay(told_anew(rows, edit)))
    assert [f"{column} of {GRINDERS} became" in breach for breach in breaches] == [True], breaches


def told_anew(rows: list[dict[str, Any]], edit: Callable[[dict[str, Any]], None]) -> list[Any]:
    previous, found = START, []
    for seq, row in enumerate(sorted(rows, key=lambda row: int(row["n"])), start=1):
        facts = json.loads(row["facts"])
        edit(facts)
        given = {name: row[name] for name in ("at", "actor", "event")} | {"facts": canonical(facts)}
        hashed = row_hash(previous, order=GRINDERS, n=row["n"], **given)
        found.append(SimpleNamespace(**given, n=row["n"], seq=seq, previous=previous, hash=hashed))
        previous = hashed
    return found


def first_version(url: str) -> Database:
    """Its books, taken over by this program."""
    database = Database(url)
    landed.fill(database.engine)
    schema.upgrade(database)
    return database


@pytest.mark.parametrize("made", [demo_world, first_version])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_months_in_which_nobody_touched_a_row_leave_no_breach(
    kind: str, made: Callable[[str], Database], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    on_postgresql = kind == "postgresql"
    url = request.getfixturevalue("fresh_pg")() if on_postgresql else f"sqlite:///{tmp_path}/e.db"
    database = made(str(url))
    before = database.read(audit).counts["events"]
    for _ in range(3):
        poller.advance(database, 30)
    report = database.read(audit)
    database.close()
    assert report.breaches == [] and report.counts["events"] > before


# Guards taken away, or made harmless under their own name.


def as_made(connection: Connection) -> list[str]:
    """All triggers that there are."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return sorted(connection.scalars(text(query)))


def without(connection: Connection, guard: str) -> None:
    on = f" ON {guard.partition('_')[0]}" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER {guard}{on}"))


@contextmanager
def changed(books: Books) -> Iterator[Connection]:
    """With the guards as they are; put back at the end."""
    options = {"escrow_write": True}
    with (
        books.database.engine.connect().execution_options(**options) as connection,
        connection.begin() as all,
    ):
        yield connection
        all.rollback()


def test_each_guard_that_is_taken_away_is_named(books: Books) -> None:
    with changed(books) as connection:
        names = as_made(connection)
        assert len(names) == 14
        for name in names:
            with connection.begin_nested() as again:
                without(connection, name)
                assert audit(Work(connection)).breaches == [f"the guard {name} is missing"]
                again.rollback()


def test_a_guard_that_refuses_something_else_is_named(books: Books) -> None:
    with changed(books) as connection:
        if connection.dialect.name == "sqlite":
            without(connection, "postings_update")
            connection.execute(
                text(
                    "CREATE TRIGGER postings_update BEFORE UPDATE ON postings BEGIN "
                    "SELECT RAISE(ABORT, 'postings: update refused') WHERE NOT COALESCE(true, false); END"
                )
            )
        else:
            harmless = "CREATE OR REPLACE FUNCTION postings_update() RETURNS trigger LANGUAGE plpgsql AS"
            connection.execute(text(f"{harmless} $$ BEGIN RETURN NEW; END $$"))
        assert audit(Work(connection)).breaches == [
            "the guard postings_update does not refuse what it should"
        ]


def remake(connection: Connection, table: str, without: str) -> None:
    """SQLite has no word for dropping a constraint: the table is written down again, up to the bracket."""
    made = str(connection.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")))
    before, _, rest = made.partition(f"CONSTRAINT {without} ")
    ends = next(n for n in range(1, len(rest)) if 0 < rest[:n].count("(") == rest[:n].count(")"))
    bare = before.rstrip().removesuffix(",") + rest[ends:]
    sqlite3.connect(":memory:").execute(bare)
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA writable_schema = ON")
    driver.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (bare, table))
    driver.execute("PRAGMA writable_schema = OFF")


INDEXES = {
    "claims_one_open": ("DROP INDEX claims_one_open", ""),
    "claims_one_open, made for other rows": (
        "DROP INDEX claims_one_open",
        "CREATE UNIQUE INDEX claims_one_open ON claims (order_id) WHERE open = 2",
    ),
    "claims_one_open, made to find and not to forbid": (
        "DROP INDEX claims_one_open",
        "CREATE INDEX claims_one_open ON claims (order_id) WHERE open = 1",
    ),
}


@pytest.mark.parametrize("how", INDEXES)
def test_an_index_that_allows_only_one_is_missed(how: str, books: Books) -> None:
    with changed(books) as connection:
        for statement in filter(None, INDEXES[how]):
            connection.execute(text(statement))
        assert audit(Work(connection)).breaches == ["the guard claims_one_open is missing"]


CONSTRAINTS = ["journals_once", "signatures_once", "balances_never_cross_zero", "postings_something"]
OF_TABLE = dict(zip(CONSTRAINTS, ("journals", "quote_signatures", "balances", "postings"), strict=True))


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_that_is_taken_away_is_named(name: str, books: Books) -> None:
    with changed(books) as connection:
        if connection.dialect.name == "sqlite":
            remake(connection, OF_TABLE[name], name)
        else:
            connection.execute(text(f"ALTER TABLE {OF_TABLE[name]} DROP CONSTRAINT {name}"))
        assert audit(Work(connection)).breaches == [f"the guard {name} is missing"]


# Books that this program cannot read: a sentence, and nothing is written

AS_ASKED = {
    "verify": (verify.main, []),
    "escrow verify": (cli.main, ["verify"]),
    "escrow journal": (cli.main, ["journal", "--out", "-"]),
    "escrow own-funds": (cli.main, ["own-funds", "in", "5", "USD"]),
    "escrow anchor": (cli.main, ["anchor"]),
}


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str], tuple[int, str, str]]:
    def ended(how: str, url: str) -> tuple[int, str, str]:
        main, arguments = AS_ASKED[how]
        monkeypatch.setenv("ASSURE_DATABASE_URL", url)
        monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return ended


Ask = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """As the first version left them, and no program has taken them over."""
    on_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())
    database = Database(url)
    landed.fill(database.engine)
    yield database
    database.close()


def url_of(database: Database) -> str:
    url = database.engine.url.set(drivername=database.engine.dialect.name)
    return url.render_as_string(hide_password=False)


def revision(database: Database) -> str:
    with database.engine.connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def test_books_of_an_older_version_are_left_alone_with_a_sentence(left: Database, ask: Ask) -> None:
    for how in AS_ASKED:
        code, out, err = ask(how, url_of(left))
        assert (code, out, err.count("\n")) == (2, "", 1), (how, out, err)
        assert "of another version: ./assure up brings them up to date" in err
    assert revision(left) == landed.REVISION


def test_books_that_were_brought_up_to_date_are_read(left: Database, ask: Ask) -> None:
    schema.upgrade(left)
    for how in AS_ASKED:
        assert ask(how, url_of(left))[0] == 0, how


def test_books_of_a_later_version_are_not_told_to_be_brought_up(left: Database, ask: Ask) -> None:
    with left.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for how in AS_ASKED:
        code, out, err = ask(how, url_of(left))
        assert (code, out, err.count("\n")) == (2, "", 1) and "of a later version" in err, (how, err)


@pytest.mark.parametrize("how", AS_ASKED)
def test_books_that_cannot_be_reached_are_away(how: str, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database at all " * 9)
    for url in (f"sqlite:///{tmp_path}/no.db", "postgresql://nobody@127.0.0.1:1/none"):
        code, out, err = ask(how, url)
        assert (code, out, err.count("\n")) == (2, "", 1) and "the books are away" in err, err


def take_out(connection: Connection, order: str) -> None:
    """An order that never had money, from every table in which it stands."""
    tables = ("order_lines", "claims", "instructions", "credits", "clocks", "notices", "quotes", "texts")
    for table in tables:
        connection.execute(text(f"DELETE FROM {table} WHERE order_id = '{order}'"))
    connection.execute(text(f"DELETE FROM orders WHERE id = '{order}'"))
    connection.execute(text(f"DELETE FROM history WHERE chain = '{order}'"))


def cut_tail(connection: Connection) -> None:
    """A supervisor was to see a failed payout: the last event of its chain, and all that came of it."""
    last = f"SELECT event FROM history WHERE chain = '{DRILLS}' ORDER BY n DESC LIMIT 1"
    assert connection.scalar(text(last)) == "payout.supervisor_alarm"
    connection.execute(text("DELETE FROM history WHERE event = 'payout.supervisor_alarm'"))
    clock = f"entity = '{PAYOUT}' AND clock = 'instruction_alarm'"
    connection.execute(text(f"UPDATE clocks SET done_at = NULL WHERE {clock}"))


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
        connection.execute(text("UPDATE texts SET text = 'all lamps are broken'"))
        assert ["a text of" in breach for breach in books.breaches(connection)] == [True]
        connection.execute(text("DELETE FROM texts"))
        assert not books.breaches(connection)


# Anchors


def tell_more(database: Database) -> None:
    database.write(lambda work: work.history.tell(LAMPS, "seen", actor="agent:omar", at=MADE, facts={}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "e.db"
    demo_world(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def world(made: Path, tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{shutil.copy(made, tmp_path / 'e.db')}")
    yield database
    database.close()


def test_an_anchor_is_kept_once_a_day_and_only_for_something_new(world: Database, tmp_path: Path) -> None:
    first = anchors.keep(world, tmp_path, MADE)
    assert first is not None and first.orders == 13
    tell_more(world)
    assert anchors.keep(world, tmp_path, MADE + timedelta(hours=3)) is None
    second = anchors.keep(world, tmp_path, MADE + timedelta(days=1))
    assert second is not None and (second.since, second.previous) == (first.seq, first.hash)
    assert anchors.keep(world, tmp_path, MADE + timedelta(days=2)) is None
    kept, wrong = anchors.kept(tmp_path)
    assert kept == [first, second] and not wrong
    assert not world.read(lambda work: audit(work, kept)).breaches
    assert (tmp_path / "keys" / "anchor.pem").stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_power_cut_left_unfinished_counts_for_nothing(world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    with (tmp_path / "anchors.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-')
    tell_more(world)
    assert anchors.kept(tmp_path)[1] == []
    assert anchors.keep(world, tmp_path, MADE + timedelta(days=1)) is not None
    kept, wrong = anchors.kept(tmp_path)
    assert len(kept) == 2 and not wrong


@pytest.mark.parametrize("name", ["seq", "hash", "at", "orders", "signature"])
def test_an_anchor_that_was_changed_is_not_believed(name: str, world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    file = tmp_path / "anchors.jsonl"
    told = json.loads(file.read_text())
    told[name] = told[name] + 1 if isinstance(told[name], int) else told[name].replace("1", "2")
    file.write_text(json.dumps(told) + "\n")
    kept, wrong = anchors.kept(tmp_path)
    assert not kept and wrong == ["anchor 1 is not signed by this escrow's key"]


def test_an_anchor_taken_from_between_others_is_missed(world: Database, tmp_path: Path) -> None:
    for day in range(3):
        tell_more(world)
        assert anchors.keep(world, tmp_path, MADE + timedelta(days=day))
    file = tmp_path / "anchors.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0] + lines[2])
    assert anchors.kept(tmp_path)[1] == ["anchor 2 does not follow from the one before"]
    file.unlink()
    assert "gone" in anchors.kept(tmp_path)[1][0]


def test_books_that_end_before_the_last_anchor_get_no_new_one(world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    with sqlite3.connect(tmp_path / "e.db") as connection:
        connection.execute("DROP TRIGGER history_delete")
        connection.execute("DELETE FROM history WHERE seq > 20")
    with pytest.raises(anchors.Behind, match="20"):
        anchors.keep(world, tmp_path, MADE + timedelta(days=1))
    anchors.begin(tmp_path)
    assert anchors.kept(tmp_path) == ([], [])
