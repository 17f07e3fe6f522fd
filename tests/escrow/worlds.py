"""Databases for tests: empty ones, the demo world at an instant of your choice, a market of real books."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from sqlalchemy import Row, select

from contract.codes import CreditState, OrderState
from escrow import demo, engine, funds, intake, outbox, policies
from escrow.engine import SYSTEM
from escrow.machines.credit import CreditEvent
from escrow.money import Money
from escrow.orders import Line, Order
from escrow.refusals import not_found
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.parties import Account
from escrow.store.work import Work
from escrow.tables import history
from tests.escrow.copies import made_once

MADE = datetime(2026, 11, 24, 9, tzinfo=UTC)
TOTAL = Money(100_00, "USD")
MOMENT = timedelta(seconds=1)


def empty(url: str) -> Database:
    return made_once("empty", url, schema.upgrade)


def demo_world(url: str, now: datetime = MADE) -> Database:
    """As `python -m escrow.demo` makes it, but at `now`."""

    def make(database: Database) -> None:
        schema.upgrade(database)
        told: dict[str, Any] = yaml.safe_load(demo.WORLD.read_text("utf-8"))
        database.write(lambda work: demo.make(work, told, now))

    if now == MADE:
        return made_once("demo", url, make)
    database = empty(url)
    make(database)
    return database


def market(url: str) -> Database:
    """A buyer, a supplier and the platform's own money; real books, so nothing is paid out by itself."""

    def make(work: Work) -> None:
        policies.publish_shipped(work)
        for id, side in (("adeyemi-trading", "buyer"), ("shenzhen-lumen", "supplier")):
            work.parties.add_account(Account(id, id, side, "standard", "Africa/Lagos", "en", True))
        work.parties.add_person("alice", account="adeyemi-trading", name="Alice", role="buyer")
        work.parties.add_person("lumen", account="shenzhen-lumen", name="Lumen", role="supplier")
        funds.put_in(work, Money(5_000_00, "USD"), actor=SYSTEM, at=MADE)

    def make_all(database: Database) -> None:
        schema.upgrade(database)
        database.write(make)

    return made_once("market", url, make_all)


def order_over_total(work: Work, id: str, made: datetime) -> Order:
    """As the marketplace would tell of it; not yet told."""
    return Order(
        id=id,
        state=OrderState.AWAITING_PAYMENT,
        buyer="adeyemi-trading",
        supplier="shenzhen-lumen",
        lines=(Line("Lamps", 10, Money(9_00, "USD")),),
        freight=Money(10_00, "USD"),
        mode="air",
        tier="standard",
        zone="Africa/Lagos",
        policy_version=policies.policy_at(work, made).version,
        created_at=made,
        protections=("trade_assurance", "ontime_guarantee"),
        ship_by=made + timedelta(days=5),
        promised_at=made + timedelta(days=10),
        version=1,
    )


def delivered(work: Work, id: str, at: datetime) -> str:
    """An order over TOTAL that was paid and shipped just before, and whose buyer knows of the delivery."""
    made = at - 3 * MOMENT
    intake.make(work, order_over_total(work, id, made), at=made)
    intake.pay(work, id, TOTAL, payment=f"PSP-{id}", at=made + MOMENT)
    intake.ship(work, id, at=made + 2 * MOMENT)
    intake.deliver(work, id, at=at)
    outbox.accept_all(work)
    return id


def late(work: Work, id: str, at: datetime) -> str:
    """An order over TOTAL that is on its way, and from the day before `at` on is late."""
    made = at - timedelta(days=12)
    intake.make(work, order_over_total(work, id, made), at=made)
    intake.pay(work, id, TOTAL, payment=f"PSP-{id}", at=made + MOMENT)
    intake.ship(work, id, at=made + 2 * MOMENT)
    return id


def ask_for_credit(work: Work, id: str, at: datetime) -> CreditState:
    """As its buyer's yes does; the state in which the credit is then. Raises Refusal."""
    order, credit = work.orders.lock(id), work.credits.ontime_of(id)
    if credit is None:
        raise not_found()
    return engine.apply(work, credit, CreditEvent.ASK, order, actor="buyer:alice", at=at).state


def events(database: Database) -> list[Row[Any]]:
    """All rows of all histories, as they were committed."""
    return database.read(lambda work: list(work.connection.execute(select(history).order_by(history.c.seq))))


class Copies:
    """Databases that each begin as one that was made once: a copied file, or a copied template."""

    def __init__(self, make: Callable[[str], Database], folder: Path, server: Any = None) -> None:
        self._folder, self._server = folder, server
        self._first = f"assure_{uuid4().hex[:12]}"
        if server is not None:
            server.psql(f"CREATE DATABASE {self._first};")
        make(self._url(self._first)).close()

    def _url(self, name: str) -> str:
        if self._server is None:
            return f"sqlite:///{self._folder}/{name}.db"
        return str(self._server.get_uri(database=name))

    def open(self) -> Database:
        name = f"assure_{uuid4().hex[:12]}"
        if self._server is None:
            shutil.copy(self._folder / f"{self._first}.db", self._folder / f"{name}.db")
        else:
            self._server.psql(f"CREATE DATABASE {name} TEMPLATE {self._first};")
            # None of these is killed in the middle of writing: that is what test_crash.py does.
            self._server.psql(f"ALTER DATABASE {name} SET synchronous_commit = off;")
        return Database(self._url(name))

    def drop(self, database: Database) -> None:
        name = str(database.engine.url.database)
        database.close()
        if self._server is None:
            for path in self._folder.glob(f"{Path(name).name}*"):
                path.unlink()
        else:
            self._server.psql(f"DROP DATABASE {name};")
