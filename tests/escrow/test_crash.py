"""Killed in the middle of writing: what was acknowledged is there once, what was not can be asked again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.escrow.conftest import Answer, Escrow, running

pytestmark = pytest.mark.slow

CLAIMS = (
    ("alice", "TA-20931-7741"),
    ("alice", "20001234567890123"),
    ("alice", "TA-20944-1002"),
    ("alice", "TA-20931-7714"),
    ("bruno", "TA-31200-0450"),
    ("bruno", "TA-31207-7777"),
    ("chen", "TA-40015-2311"),
    ("nordholm", "TA-55801-0032"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def escrow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Escrow]:
    on_sqlite = request.param == "sqlite"
    database = f"sqlite:///{tmp_path}/escrow.db" if on_sqlite else request.getfixturevalue("fresh_pg")()
    yield from running(tmp_path, database)


def reason(order: str) -> str:
    return "not_delivered" if order == "TA-20944-1002" else "damaged"


def test_claims_confirmed_while_it_is_killed_exist_once_or_not_at_all(escrow: Escrow) -> None:
    quotes = {
        order: escrow.quote(person, order=order, reason=reason(order)).json["quote_id"]
        for person, order in CLAIMS
    }
    acknowledged: dict[str, Answer] = {}

    def confirm(person: str, order: str) -> None:
        try:
            given = escrow.ask(person, "POST", f"/v1/quotes/{quotes[order]}/confirm", key=quotes[order])
        except OSError:
            return
        acknowledged[order] = given

    threads = [threading.Thread(target=confirm, args=each) for each in CLAIMS]
    for thread in threads:
        thread.start()
    time.sleep(0.02)
    escrow.kill()
    for thread in threads:
        thread.join()
    escrow.start()
    for person, order in CLAIMS:
        again = escrow.ask(person, "POST", f"/v1/quotes/{quotes[order]}/confirm", key=quotes[order])
        assert again.status == 200
        assert order not in acknowledged or again.body == acknowledged[order].body
        assert len(escrow.ask(person, "GET", f"/v1/orders/{order}").json["claims"]) == 1
    audited = escrow.books()
    assert audited.returncode == 0, audited.stdout


def test_a_stream_of_writes_survives_being_killed_again_and_again(escrow: Escrow) -> None:
    acknowledged: dict[str, bytes] = {}
    stop = threading.Event()

    def write(writer: int) -> None:
        n = 0
        while not stop.is_set():
            key = f"w{writer}-{n}"
            try:
                given = escrow.ask("alice", "POST", "/v1/quotes", QUOTE, key=key)
            except OSError:
                time.sleep(0.02)
                continue
            if given.status == 200:
                acknowledged[key] = given.body
                n += 1

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for each in writers:
        each.start()
    for _ in range(4):
        time.sleep(0.4)
        escrow.kill()
        escrow.start()
    stop.set()
    for each in writers:
        each.join()
    assert len(acknowledged) > 50
    for key, body in acknowledged.items():
        assert escrow.ask("alice", "POST", "/v1/quotes", QUOTE, key=key).body == body
    assert escrow.books().returncode == 0


QUOTE = {"kind": "open_claim", "order": "TA-20931-7741", "reason": "damaged", "share": "1/2"}
