"""Escrow's routes in this process: the same functions, units of work and kept answers as over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import event

from escrow.callers import Caller
from escrow.idempotency import Once, fingerprint
from escrow.routes import ROUTES, Call, Route
from escrow.store.database import Database
from escrow.store.work import Work
from tests.bench.escrow.books import person_of

AGENT = Caller("p-desk", "desk", "agent", "bench", "bench-t")
EXECUTOR = Caller("executor", "executor", "executor", "-", "-")


def buyer(account: str) -> Caller:
    return Caller(person_of(account), account, "buyer", "bench", "bench-t")


def supplier(account: str) -> Caller:
    return Caller(person_of(account), account, "supplier", "bench", "bench-t")


def route(method: str, path: str) -> Route:
    (found,) = [each for each in ROUTES if (each.method, each.path) == (method, path)]
    return found


def get(database: Database, caller: Caller, path: str, id: str = "", **query: Any) -> dict[str, Any]:
    """What a GET answers, as the bytes that would be sent say it."""
    found = route("GET", path)
    asked: Any = msgspec.convert(query, found.query, strict=False)

    def read(work: Work) -> Any:
        return found.does(work, Call(caller, {"id": id}, asked, None, work.records.now()))

    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(database.read(read)))
    return told


def post(database: Database, caller: Caller, path: str, id: str = "", **body: Any) -> dict[str, Any]:
    """What a POST answers, kept under a key of its own as over HTTP."""
    found = route("POST", path)
    raw = msgspec.json.encode(body)
    read = msgspec.json.decode(raw, type=found.body)
    once = Once(caller, uuid4().hex, fingerprint("POST", path, raw))

    def write(work: Work) -> Any:
        now = work.records.now()
        return once.run(work, lambda doing: found.does(doing, Call(caller, {"id": id}, {}, read, now)), now)

    answer = database.write(write)
    assert answer.status == 200, answer.body
    told: dict[str, Any] = msgspec.json.decode(answer.body)
    return told


def claim(database: Database, order: str, account: str) -> dict[str, Any]:
    """A buyer claims half of what they paid: a quote and its yes."""
    asked = {"kind": "open_claim", "order": order, "reason": "damaged", "share": "1/2"}
    quoted = post(database, buyer(account), "/v1/quotes", **asked)
    return post(database, buyer(account), "/v1/quotes/{id}/confirm", quoted["quote_id"])


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile, each with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        sent.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
