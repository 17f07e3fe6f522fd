"""Escrow as a process of its own on a socket, asked by many at once."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import aiohttp

from messenger import tokens
from ops.model import ROOT
from tests.bench.escrow.books import HEAVY, READER, person_of
from tests.desk import free_ports

READY_S, LIVES_S = 60, 3600
AT_ONCE, CLAIMS = 16, 800
READS, LOUD_S, PAUSE_S, PATIENCE_S = 100, 20.0, 0.05, 100.0
CROWD, THINKS_S = 4, 0.25
"""People of the supplier with the most orders, each looking at a page for so long before the next."""


@dataclass(frozen=True)
class Served:
    url: str
    keys: tokens.Keys

    def headers(self, account: str, role: str) -> dict[str, str]:
        person = tokens.Person(sub=person_of(account), account=account, role=role)
        turn = f"bench-{uuid4().hex[:8]}"
        token = tokens.delegated_token(person, self.keys, conversation="bench", turn=turn, lives_s=LIVES_S)
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def serving(database_url: str, home: Path) -> Iterator[Served]:
    """`python -m escrow` with real books, in a home of their own, ended by its own id."""
    tokens.ensure_keys(home)
    url = f"http://127.0.0.1:{free_ports() + 3}"
    ours = {"ASSURE_HOME": str(home), "ASSURE_ESCROW_URL": url, "ASSURE_DATABASE_URL": database_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "escrow"],
        env={**os.environ, **ours, "ASSURE_DEMO": "0"},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url, process)
        yield Served(url, tokens.load_keys(home))
    finally:
        process.kill()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        assert process.poll() is None, "escrow ended by itself"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("escrow did not come up")


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    unbounded = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=unbounded, timeout=aiohttp.ClientTimeout(None)) as session:
        yield session


def claims_per_second(served: Served, claimable: Sequence[tuple[str, str]]) -> float:
    """Durable ones: each is a quote and its yes, of as many buyers at once as a busy minute has."""
    return asyncio.run(_claims_per_second(served, list(claimable)))


async def _claims_per_second(served: Served, claimable: list[tuple[str, str]]) -> float:
    headers = {buyer: served.headers(buyer, "buyer") for _, buyer in claimable}
    warm, left = claimable[:AT_ONCE], claimable[AT_ONCE:]

    async def claim_all(session: aiohttp.ClientSession, orders: list[tuple[str, str]]) -> None:
        while orders:
            order, buyer = orders.pop()
            await _claim(session, served.url, headers[buyer], order)

    async with _session() as session:
        await asyncio.gather(*(claim_all(session, [one]) for one in warm))
        count, started = len(left), time.perf_counter()
        await asyncio.gather(*(claim_all(session, left) for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - started)


async def _claim(session: aiohttp.ClientSession, url: str, headers: dict[str, str], order: str) -> None:
    asked = {"kind": "open_claim", "order": order, "reason": "damaged", "share": "1/2"}
    quoted = await _post(session, f"{url}/v1/quotes", headers, asked)
    await _post(session, f"{url}/v1/quotes/{quoted['quote_id']}/confirm", headers, {})


async def _post(session: aiohttp.ClientSession, url: str, headers: dict[str, str], body: Any) -> Any:
    keyed = {**headers, "Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    async with session.post(url, headers=keyed, data=json.dumps(body)) as answer:
        told = await answer.json()
        assert answer.status == 200, told
        return told


def stranger(served: Served, order: str) -> tuple[float, float]:
    """Milliseconds of a buyer's read of one order: when nothing else is asked, and while the people of the
    supplier with the most orders go through their money and their lists."""
    return asyncio.run(_stranger(served, order))


async def _stranger(served: Served, order: str) -> tuple[float, float]:
    async with _session() as session:
        url, headers = f"{served.url}/v1/orders/{order}", served.headers(READER, "buyer")
        quiet = [await _read_ms(session, url, headers) for _ in range(READS)]
        crowd = [asyncio.create_task(_look_around(session, served)) for _ in range(CROWD)]
        await asyncio.sleep(THINKS_S)
        heard = list[float]()
        end = time.perf_counter() + LOUD_S
        while not heard or (time.perf_counter() < end and len(heard) < READS):
            heard.append(await _patiently(_read_ms(session, url, headers)))
            await asyncio.sleep(PAUSE_S)
        for one in crowd:
            assert not one.done(), one.exception()
            one.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return median(quiet), median(heard)


async def _patiently(read: Awaitable[float]) -> float:
    """Nobody waits longer than that for a page: it then counts as having taken so long."""
    try:
        return await asyncio.wait_for(read, PATIENCE_S)
    except TimeoutError:
        return PATIENCE_S * 1000


async def _look_around(session: aiohttp.ClientSession, served: Served) -> None:
    headers = served.headers(HEAVY, "supplier")
    while True:
        for path in ("/v1/accounts/me/money", "/v1/orders", "/v1/orders?q=lamps"):
            await _read_ms(session, f"{served.url}{path}", headers)
            await asyncio.sleep(THINKS_S)


async def _read_ms(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    async with session.get(url, headers=headers) as answer:
        body = await answer.read()
        assert answer.status == 200, body
    return (time.perf_counter() - started) * 1000
