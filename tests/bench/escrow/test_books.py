"""The books and the floor that `./assure bench escrow` measures with are real ones, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from escrow.audit import audit
from tests.bench.escrow import books, inside
from tests.bench.escrow.books import Size
from tests.bench.escrow.figures import QUESTIONS
from tests.bench.escrow.landed_claim import Floor, statements
from tests.bench.report import Figure

URL = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"
    server: Any = request.getfixturevalue("pg_server")

    def fresh() -> str:
        name = f"assure_{uuid4().hex[:12]}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(database=name))

    return fresh


def test_books_made_in_bulk_are_right_and_can_be_claimed_on(url: URL) -> None:
    book = books.make(url(), Size(400, heavy=120, light=20))
    inside.claim(book.database, *book.claimable[0])
    report = book.database.read(audit)
    assert report.breaches == [] and report.counts["histories"] == 400
    book.database.close()


def test_each_question_of_the_benchmark_finds_what_it_is_asked_for(url: URL) -> None:
    book = books.make(url(), Size(400, heavy=120, light=20))
    for question in QUESTIONS:
        assert len(question.ask(book)["items"]) >= question.items
    for role, account in (("supplier", books.HEAVY), ("buyer", books.READER)):
        caller = inside.supplier(account) if role == "supplier" else inside.buyer(account)
        assert inside.get(book.database, caller, "/v1/orders")["items"]
    assert len(inside.get(book.database, inside.buyer(books.READER), "/v1/orders")["items"]) == books.LIST
    book.database.close()


def test_the_landed_statements_make_claims_in_landed_books(url: URL) -> None:
    at = url()
    book = books.make(at, Size(400), present=False)
    book.database.close()
    floor = Floor(at, book.claimable[:3])
    for order, _ in book.claimable[:3]:
        floor.claim(order)
    assert floor.made() == 3
    floor.close()


def test_a_floor_has_every_statement_of_a_quote_and_its_yes() -> None:
    for engine, count in (("sqlite", 69), ("postgresql", 70)):
        sent = [each["sql"].split()[0] for each in statements(engine)]
        assert len(sent) == count and sent.count("BEGIN") == sent.count("COMMIT") == 2


def test_a_figure_over_its_limit_says_so_and_what_it_was_before() -> None:
    slow = Figure(name="a thing", value=12, unit="ms", peer=2, limit=5, before=10.8)
    assert "ratio 6.00" in slow.line and "before 10.8" in slow.line and slow.line.endswith("OVER")
    assert not Figure(name="a thing", value=9, unit="ms", peer=2, limit=5).line.endswith("OVER")
