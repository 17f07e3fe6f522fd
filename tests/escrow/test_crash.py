"""Killed in the middle of writing: what was acknowledged is there once, what was not can be asked again."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import select

from escrow import engine
from escrow.store.database import Database
from escrow.store.instants import stored
from escrow.tables import clocks
from tests.escrow.conftest import Answer, Escrow, running
from tests.escrow.worlds import delivered

pytestmark = pytest.mark.slow

SILENCE = timedelta(days=15)
# The orders whose silence ends while it is killed: one every so often, as many as there is time for.
EACH_S = 0.2
SECONDS_A_KILL = 4
CLAIMERS, CLAIMS_A_KILL = 3, 60
LONG = [pytest.mark.long, pytest.mark.timeout(1200)]


@pytest.fixture(params=["sqlite", "postgresql"])
def escrow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Escrow]:
    on_sqlite = request.param == "sqlite"
    database = f"sqlite:///{tmp_path}/escrow.db" if on_sqlite else request.getfixturevalue("fresh_pg")()
    yield from running(tmp_path, database)


@dataclass
class Stream:
    """Writers that go on through every kill: whoever gets no answer asks again under the same key."""

    escrow: Escrow
    orders: Iterator[str]
    stop: threading.Event = field(default_factory=threading.Event)
    confirmed: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    answered: dict[str, bytes] = field(default_factory=dict)
    broken_off: int = 0
    wrong: list[BaseException] = field(default_factory=list)

    def until_answered(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            try:
                given = ask()
            except (OSError, HTTPException, json.JSONDecodeError):
                self.broken_off += 1
                time.sleep(0.02)
                continue
            if given.status == 503:
                continue
            return given

    def claim(self) -> None:
        """Another order each time: a quote, and its yes."""
        while not self.stop.is_set() and (order := next(self.orders, None)):
            quote = self.until_answered(partial(self.escrow.quote, order=order)).json["quote_id"]
            given = self.until_answered(partial(self.confirm, quote))
            assert given.status == 200, given.body
            self.confirmed[order] = quote, given.body

    def confirm(self, quote: str) -> Answer:
        return self.escrow.ask("alice", "POST", f"/v1/quotes/{quote}/confirm", key=quote)

    def pay_out(self) -> None:
        """The bank: whatever the silences bring has settled."""
        while not self.stop.is_set():
            listed = self.until_answered(lambda: self.escrow.ask("executor", "GET", "/v1/instructions"))
            for payout in [each["id"] for each in listed.json["items"]]:
                given = self.until_answered(partial(self.settle, payout))
                assert given.status == 200, given.body
                self.answered[payout] = given.body
            time.sleep(0.05)

    def settle(self, payout: str) -> Answer:
        path = f"/v1/instructions/{payout}/result"
        return self.escrow.ask("executor", "POST", path, {"result": "settled"}, key=payout)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.guarded, args=(self.claim,)) for _ in range(CLAIMERS)]
        threads.append(threading.Thread(target=self.guarded, args=(self.pay_out,)))
        for thread in threads:
            thread.start()
        yield
        self.stop.set()
        for thread in threads:
            thread.join()
        assert not self.wrong, self.wrong

    def guarded(self, do: Callable[[], None]) -> None:
        try:
            do()
        except BaseException as wrong:
            self.wrong.append(wrong)


def stock(database: Database, kills: int) -> tuple[list[str], dict[str, datetime]]:
    """Orders to claim on, and others with the instant at which their silence ends, from now on."""
    claimable = [f"CLAIM-{n}" for n in range(kills * CLAIMS_A_KILL)]
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    enough = int(kills * SECONDS_A_KILL / EACH_S)
    silent = {f"SILENT-{n}": begins + timedelta(seconds=int(n * EACH_S)) for n in range(enough)}
    yesterday = begins - timedelta(days=1)
    database.write(lambda work: [delivered(work, id, yesterday) for id in claimable])
    database.write(lambda work: [delivered(work, id, at - SILENCE) for id, at in silent.items()])
    # The reminders have gone out long before.
    while database.write(lambda work: engine.fire_next(work, begins - timedelta(hours=1))):
        pass
    return claimable, silent


def overdue(database: Database) -> list[str]:
    wanted = select(clocks.c.entity).where(
        clocks.c.done_at.is_(None), clocks.c.due_at <= stored(datetime.now(UTC))
    )
    return database.read(lambda work: list(work.connection.execute(wanted).scalars()))


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=LONG)])
def test_claims_and_deadlines_survive_being_killed_again_and_again(escrow: Escrow, kills: int) -> None:
    escrow.kill()
    database = Database(escrow.database)
    claimable, silent = stock(database, kills)
    escrow.start()
    stream = Stream(escrow, iter(claimable))
    with stream.flowing():
        for _ in range(kills):
            time.sleep(random.uniform(0.1, 1.5))
            escrow.kill()
            escrow.start()
    assert len(stream.confirmed) > 2 * kills and stream.broken_off
    all_over = max(silent.values())
    while datetime.now(UTC) < all_over or overdue(database):
        assert datetime.now(UTC) < all_over + timedelta(seconds=60), overdue(database)
        time.sleep(0.2)
    database.close()
    for order, (quote, body) in stream.confirmed.items():
        assert stream.confirm(quote).body == body
        assert len(escrow.ask("alice", "GET", f"/v1/orders/{order}").json["claims"]) == 1
    for payout, body in stream.answered.items():
        assert stream.settle(payout).body == body
    for order in silent:
        kinds = [
            row["kind"] for row in escrow.ask("omar", "GET", f"/v1/orders/{order}/journal").json["items"]
        ]
        assert kinds.count("E4") == 2 and kinds.count("E5") in (0, 2), kinds
    assert {f"PAY-{order}-1" for order in silent} & set(stream.answered)
    audited = escrow.books()
    assert audited.returncode == 0, audited.stdout
