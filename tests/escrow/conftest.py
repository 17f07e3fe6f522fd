"""Escrow as a server on a real socket with the demo world, on both engines; tokens as messenger signs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from escrow import anchors
from escrow.audit import audit
from escrow.store.database import Database
from messenger import demo, tokens
from tests.desk import free_ports
from tests.escrow.audited import (
    Books,
    done_by_sara,
    paid_again,
    received_beside_a_claim,
    signed_by_two,
    told_by_the_marketplace,
)
from tests.escrow.worlds import MADE, Copies, demo_world, market

ROOT = Path(__file__).resolve().parents[2]
READY_S = 30


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Escrow:
    """A running escrow; `ask("alice", "GET", "/v1/orders")`."""

    home: Path
    url: str
    database: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        ours = {"ASSURE_HOME": str(self.home), "ASSURE_ESCROW_URL": self.url, "ASSURE_DEMO": "1"}
        return {**os.environ, **ours, "ASSURE_DATABASE_URL": self.database}

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self) -> Escrow:
        process = subprocess.Popen([sys.executable, "-m", "escrow"], env=self.environment, cwd=ROOT)
        self.processes.append(process)
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=1):
                    return self
            except OSError:
                assert process.poll() is None, "escrow ended by itself"
                time.sleep(0.05)
        raise AssertionError("escrow did not come up")

    def kill(self) -> None:
        """As a power cut would."""
        process = self.processes.pop()
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
            process.wait(timeout=20)
        self.processes.clear()

    def token(self, person: str, *, conversation: str = "c1", turn: str = "", **more: Any) -> str:
        keys = tokens.load_keys(self.home)
        if person == "messenger":
            return tokens.service_token(keys)
        if person in ("marketplace", "executor"):
            return (self.home / "keys" / f"{person}.key").read_text()
        known = tokens.of_demo(demo.people()[person])
        turn = turn or f"{conversation}-{uuid4().hex[:8]}"
        return tokens.delegated_token(known, keys, conversation=conversation, turn=turn, **more)

    def ask(
        self,
        person: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        **more: Any,
    ) -> Answer:
        """`key`: "" makes one up, None sends none. `raw` instead of a body; `bearer` instead of a token."""
        raw, bearer = more.pop("raw", None), more.pop("bearer", None)
        headers = {"Content-Type": "application/json"}
        if person or bearer:
            headers["Authorization"] = f"Bearer {bearer or self.token(str(person), **more)}"
        if key is not None and method != "GET":
            headers["Idempotency-Key"] = key or uuid4().hex
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if method == "POST" and data is None:
            data = b"{}"
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as given:
                return Answer(given.status, given.read(), dict(given.headers))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.read(), dict(refused.headers))

    def quote(self, person: str = "alice", *, conversation: str = "c1", **body: Any) -> Answer:
        wanted = {"kind": "open_claim", "order": "TA-20931-7741", "reason": "damaged", "share": "1/2"}
        return self.ask(person, "POST", "/v1/quotes", wanted | body, conversation=conversation)

    def books(self) -> subprocess.CompletedProcess[str]:
        return self.run("escrow.audit")


@pytest.fixture(scope="session")
def fresh_pg(pg_server: Any) -> Any:
    """Makes an empty PostgreSQL database and gives its URL."""

    def make() -> str:
        name = f"assure_{uuid4().hex[:12]}"
        pg_server.psql(f"CREATE DATABASE {name};")
        return str(pg_server.get_uri(database=name))

    return make


def running(home: Path, database: str) -> Iterator[Escrow]:
    tokens.ensure_keys(home)
    escrow = Escrow(home, f"http://127.0.0.1:{free_ports() + 3}", database)
    made = escrow.run("escrow.demo")
    assert made.returncode == 0, made.stderr
    escrow.start()
    yield escrow
    escrow.stop()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def escrow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Escrow]:
    """One for the tests of a module; its books must be right at the end."""
    home = tmp_path_factory.mktemp("escrow")
    on_sqlite = request.param == "sqlite"
    database = f"sqlite:///{home}/escrow.db" if on_sqlite else request.getfixturevalue("fresh_pg")()
    for one in running(home, database):
        yield one
        audited = one.books()
        assert audited.returncode == 0, audited.stdout


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """The demo world, on both engines; a module may have others, or fewer."""
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    return Copies(demo_world, tmp_path_factory.mktemp("copies"), server)


@pytest.fixture
def world(copies: Copies) -> Iterator[Database]:
    """A copy for one test, without a server; its books must be right at the end."""
    database = copies.open()
    yield database
    breaches = database.read(audit).breaches
    copies.drop(database)
    assert not breaches


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    home: Path = tmp_path_factory.mktemp("audit")
    on_sqlite = request.param == "sqlite"
    url = f"sqlite:///{home}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())
    database = demo_world(url)
    signed_by_two(database)
    received_beside_a_claim(database)
    told_by_the_marketplace(database)
    done_by_sara(database)
    paid_again(database)
    anchors.keep(database, home, MADE)
    yield Books(database, anchors.kept(home)[0])
    database.close()


@pytest.fixture(scope="session")
def markets(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return Copies(market, tmp_path_factory.mktemp("market"))


@pytest.fixture
def trade(markets: Copies) -> Iterator[Database]:
    """A market's books on SQLite; at the end they are right, whatever a test has done."""
    database = markets.open()
    yield database
    assert database.read(audit).breaches == []
    markets.drop(database)
