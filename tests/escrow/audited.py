"""Books of the demo world to tamper with, each time put back as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, text

from contract import asked, codes, told
from escrow import agreements, desk, engine, executor, hearing, quotes
from escrow.anchors import Anchor
from escrow.audit import audit
from escrow.callers import Caller
from escrow.deeds import DEEDS
from escrow.machines.instruction import InstructionEvent
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.worlds import MADE

LAMPS, DRILLS, UNPAID = "TA-20931-7741", "TA-20931-7714", "TA-20951-0007"
STRIPS, FUNDED, GRINDERS = "20001234567890123", "TA-20950-3310", "TA-31200-0501"
AGREED = "TA-10000-0001"
PAYOUT = f"PAY-{DRILLS}-1"
LIGHTS = "TA-31200-0450"
LATER = "2027-09-01T00:00:00.000000Z"
RELEASE = f"WHERE entity = '{LAMPS}' AND clock = 'silent_release'"


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


def received_beside_a_claim(database: Database) -> None:
    """The rest of it is released; what the claim holds is due as soon as it does not."""
    alice = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-3")
    wanted = asked.ConfirmReceipt(STRIPS)
    quote = database.write(lambda work: quotes.open_quote(work, alice, wanted, MADE))
    database.write(partial(quotes.confirm, caller=alice, id=quote.quote_id, now=MADE))


def told_by_the_marketplace(database: Database) -> None:
    """An order that was agreed and paid in part, as programs tell it; the rest is on its way."""
    terms: dict[str, Any] = {"buyer": "adeyemi-trading", "supplier": "shenzhen-lumen", "currency": "USD"}
    terms |= {"lines": [{"title": "Lamps", "quantity": 2, "unit_price": 900}], "freight": 200, "mode": "sea"}
    terms |= {"deposit": 600, "balance_due": "2026-12-24T09:00:00Z", "incoterm": "FOB", "place": "Ningbo"}
    agreed = msgspec.convert(terms, told.Agreement)
    paid = told.Paid(id="E-1", at=MADE, payment="PSP-1", amount=asked.Sum(600, "USD"))
    coming = told.PaymentProcessing(id="E-2", at=MADE, payment="PSP-2")
    database.write(lambda work: agreements.put(work, AGREED, agreed, MADE))
    for event in (paid, coming):
        database.write(partial(hearing.hear, id=AGREED, told=event, now=MADE))


def done_by_sara(database: Database) -> None:
    """A task of the desk with all that one can have."""
    sara = Caller("sara", "desk", "supervisor", "d1", "d1-2")

    def make(work: Work) -> None:
        order = work.orders.lock(GRINDERS)
        why = codes.TaskWhy.NOTICE_NOT_ACCEPTED
        engine.raise_task(work, why, "notice-1", order, at=MADE, due=MADE)
        (task,) = work.tasks.of(GRINDERS)
        desk.take(work, sara, task.id, MADE)
        desk.done(work, sara, task.id, "She was called.", MADE)

    database.write(make)


def paid_again(database: Database) -> None:
    """A payout that came back, and another in its place."""

    def make(work: Work) -> None:
        id, returned = f"PAY-{LIGHTS}-1", codes.InstructionState.RETURNED
        executor.result(work, id, returned, actor="executor:bank", at=MADE)
        order = work.orders.lock(LIGHTS)
        (payout,) = work.instructions.of(LIGHTS)
        engine.apply(work, payout, InstructionEvent.PAY_AGAIN, order, actor="supervisor:sara", at=MADE)

    database.write(make)


def another(value: Any) -> Any:
    """A number not taken, an instant a bit earlier or later, a currency that there is, a longer word."""
    if isinstance(value, int):
        return value + 1000
    if re.fullmatch(r"[0-9-]{10}T.*Z", value):
        return value[:-2] + ("2Z" if value[-2] == "1" else "1Z")
    return {"USD": "EUR", "JPY": "USD", "KWD": "USD"}.get(value, value + "x")
