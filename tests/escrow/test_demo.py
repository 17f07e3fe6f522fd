"""The demo world is the one that docs/operations.md describes, and its books are as good as any."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from escrow import chart, service, settings
from escrow.app import make_app
from escrow.audit import audit
from escrow.callers import Caller
from escrow.money import Money
from escrow.requests import OrderSearch
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.tables import credits
from messenger import tokens
from tests.escrow.worlds import MADE, demo_world

OMAR = Caller("omar", "desk", "agent", "c", "t")
# state, total in minor units, currency, held, on claim, released, days since delivery
ROWS = {
    "TA-20931-7741": ("delivered", 128000, "USD", 128000, 0, 0, 12),
    "TA-20931-7714": ("releasing", 64000, "USD", 0, 0, 64000, 29),
    "TA-20931-6650": ("closed", 31050, "USD", 0, 0, 31050, 31),
    "TA-20944-1002": ("shipped", 215000, "USD", 215000, 0, 0, None),
    "TA-20950-3310": ("funded", 7520, "USD", 7520, 0, 0, None),
    "TA-20951-0007": ("awaiting_payment", 99000, "USD", 0, 0, 0, None),
    "20001234567890123": ("delivered", 420000, "USD", 420000, 0, 0, 8),
    "TA-31200-0450": ("completed", 1840000, "USD", 0, 0, 1840000, 45),
    "TA-31200-0501": ("closed", 500000, "USD", 0, 0, 500000, 61),
    "TA-31207-7777": ("completed", 480000, "JPY", 0, 0, 480000, 5),
    "TA-40015-2200": ("delivered", 330000, "USD", 330000, 110000, 0, 10),
    "TA-40015-2311": ("delivered", 1250500, "KWD", 1250500, 0, 0, 2),
    "TA-55801-0032": ("delivered", 770000, "USD", 770000, 0, 0, 3),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("demo")
    on_sqlite = request.param == "sqlite"
    database = demo_world(f"sqlite:///{folder}/e.db" if on_sqlite else request.getfixturevalue("pg_url"))
    yield database
    database.close()


def order(world: Database, id: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(world.read(lambda work: service.order(work, OMAR, id, MADE)))
    return told


@pytest.mark.parametrize("id", ROWS)
def test_each_order_stands_where_its_row_says(world: Database, id: str) -> None:
    state, total, currency, held, on_claim, released, delivered = ROWS[id]
    told = order(world, id)
    assert (told["state"], told["total"]) == (state, {"minor": total, "currency": currency})
    sums = {name: told["money"][name]["minor"] for name in ("held", "on_claim", "released")}
    assert sums == {"held": held, "on_claim": on_claim, "released": released}
    ago = MADE - timedelta(days=delivered) if delivered is not None else None
    assert told["delivered_at"] == (ago.isoformat().replace("+00:00", "Z") if ago else None)


def test_there_are_no_other_orders(world: Database) -> None:
    listed = world.read(lambda work: service.list_orders(work, OMAR, OrderSearch(), MADE))
    assert {each.id for each in listed.items} == set(ROWS)


def test_the_failed_payout_is_known_and_its_money_still_owed(world: Database) -> None:
    told = order(world, "TA-20931-7714")
    assert told["payout"] == {"state": "failed", "amount": {"minor": 64000, "currency": "USD"}}
    assert not world.read(lambda work: work.instructions.in_state("pending", None))[0]
    unpaid = world.read(lambda work: work.ledger.position(work.orders.get("TA-20931-7714")).unpaid)
    assert unpaid == Money(64000, "USD")


def test_the_claim_is_two_days_past_the_suppliers_silence_and_two_before_mediation(world: Database) -> None:
    claim = msgspec.to_builtins(world.read(lambda work: service.claim(work, OMAR, "CLM-1001", MADE)))
    assert (claim["state"], claim["reason"]) == ("negotiating", "defective")
    assert claim["amount"] == claim["held"] == {"minor": 110000, "currency": "USD"}
    assert claim["respond_by"] == (MADE - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert claim["next"]["by"] == (MADE + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_on_time_credit_is_a_hundred_dollars_in_dinars(world: Database) -> None:
    assert world.read(lambda work: granted(work, "TA-40015-2311")) == Money(30769, "KWD")


def test_its_history_is_told_already_and_nothing_is_overdue(world: Database) -> None:
    assert not world.read(lambda work: work.notices.after(0))
    assert world.read(lambda work: work.timers.due(MADE)) is None


def test_its_books_are_right(world: Database) -> None:
    report = world.read(audit)
    assert not report.breaches
    assert report.counts["histories"] == len(ROWS) + 1  # the platform's own money


def test_the_platform_has_put_in_what_covers_the_credits(world: Database) -> None:
    for currency, minor in (("USD", 5_000_000), ("KWD", 5_000_000), ("JPY", 5_000_000)):
        assert world.read(partial(_own, currency)) == Money(minor, currency)


def _own(currency: str, work: Work) -> Money:
    return Money(work.ledger.balance(chart.OWN_FUNDS(), currency), currency)


def granted(work: Work, order: str) -> Money | None:
    row = work.connection.execute(select(credits).where(credits.c.order_id == order)).first()
    return Money(row.amount, row.currency) if row else None


def made(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "escrow.demo", *options]
    return subprocess.run(
        command, env={**os.environ, "ASSURE_DATABASE_URL": url}, capture_output=True, text=True, timeout=60
    )


def test_no_demo_world_is_made_in_real_books_nor_in_their_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/escrow.db"
    assert made(url, "--check").returncode == 0 and not (tmp_path / "escrow.db").exists()
    assert made(url).returncode == 0 and made(url, "--check").returncode == 0
    with sqlite3.connect(tmp_path / "escrow.db") as books:
        books.execute("DELETE FROM clock")
    for options in ((), ("--check",)):
        done = made(url, *options)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "real orders" in done.stderr


def test_a_demo_world_does_not_run_as_a_real_one(tmp_path: Path) -> None:
    tokens.ensure_keys(tmp_path)
    url = f"sqlite:///{tmp_path}/escrow.db"
    demo_world(url).close()
    told = settings.Settings(home=tmp_path, port=1, demo=False, database_url=url, keys={"marketplace": "k"})
    with pytest.raises(SystemExit, match="demo world"):
        make_app(told)
