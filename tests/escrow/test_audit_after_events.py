"""A row that was changed by hand, and then an event that tells it again: that event writes what it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from contract.codes import InstructionKind
from escrow import engine, intake, outbox, poller, winding
from escrow.audit import audit, unmoved
from escrow.audit.told import Told
from escrow.case import Case
from escrow.history import START, canonical, row_hash
from escrow.machines.claim import ClaimEvent
from escrow.machines.every import machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.machines.order import OrderEvent
from escrow.money import Money
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.tables import claims, instructions
from tests.escrow import landed, samples
from tests.escrow.audited import FUNDED, GRINDERS, LAMPS, LATER, PAYOUT, UNPAID, Books, another
from tests.escrow.worlds import MADE, demo_world


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
    given: dict[str, Any] = {"tier": "standard", "zone": "Africa/Lagos", "badge": True, "payment": "PSP-1"}
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
    """Freight and total that fit each other, yet more was paid: nothing of the step is kept."""
    with books.opened() as connection:
        changed = f"UPDATE orders SET freight = freight - 1, total = total - 1 WHERE id = '{LAMPS}'"
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
    sets: dict[tuple[str, str | None], set[str]] = {}
    given: dict[str, Any] = {"tier": "standard", "zone": "Africa/Lagos", "amount": samples.ORDER.total}
    given |= {"badge": True, "side": "buyer"}
    given |= {"agreed": samples.ORDER.terms, "by": "sara", "because": "a hash"}
    given |= {"spent": samples.CREDIT.unspent}
    things: list[Any] = [samples.ORDER, samples.CLAIM, samples.PAYOUT, samples.TASK, samples.CREDIT]
    things.append(replace(samples.PAYOUT, kind=InstructionKind.REFUND))
    for thing in things:
        machine = machine_of(thing)
        case = Case(
            order=samples.ORDER,
            policy=samples.POLICY,
            position=samples.NOTHING,
            at=samples.AT,
            shipments=(samples.SHIPMENT,),
            given=given,
        ).about(thing)
        for step in machine.steps:
            way = sets.setdefault((f"{machine.name}.{step.event}", step.state), set())
            way.update(step.sets(case) if step.sets else ())
    assert {key: unmoved.may_set(*key) for key in sets} == sets
    assert {event for event, _ in sets} >= unmoved.SETS.keys() and sets.keys() >= unmoved.SETS_IN.keys()


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
    winding.wind_up(database)
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
