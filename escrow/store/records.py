"""What must be remembered: history, words, quotes, idempotency keys, revoked turns, the desk's clock."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from escrow.history import START, canonical, row_hash, text_hash
from escrow.money import Money
from escrow.store.faults import Conflict
from escrow.store.instants import read, sure
from escrow.tables import clock, credits, history, idempotency, quotes, revoked_turns, texts

LAST = (
    select(history.c.n, history.c.hash)
    .where(history.c.order_id == bindparam("order"))
    .order_by(history.c.n.desc())
    .limit(1)
)
KEPT = select(idempotency).where(
    idempotency.c.actor == bindparam("actor"), idempotency.c.key == bindparam("key")
)
QUOTE = select(quotes).where(quotes.c.id == bindparam("id"), quotes.c.person == bindparam("person"))
ANSWERED = (
    update(quotes)
    .where(quotes.c.id == bindparam("quote"), quotes.c.answer.is_(None))
    .values(answer=bindparam("told"))
)
AHEAD = select(clock.c.ahead)
MADE_AT = select(clock.c.made_at)
REVOKED = select(revoked_turns.c.turn).where(revoked_turns.c.turn == bindparam("turn"))


@dataclass(frozen=True)
class Kept:
    fingerprint: str
    status: int
    answer: str


class Records:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._postgres = connection.dialect.name == "postgresql"

    def tell(self, order: str, event: str, *, actor: str, at: datetime, facts: Mapping[str, Any]) -> None:
        """Append to the order's chain; `facts` are ids, sums, states and hashes, never words."""
        last = self._run(LAST, {"order": order}).first()
        n, previous = (last.n + 1, last.hash) if last else (0, START)
        row: dict[str, Any] = {"at": sure(at), "actor": actor, "event": event, "facts": canonical(facts)}
        chained = row_hash(previous, order=order, n=n, **row)
        self._run(insert(history), row | {"order_id": order, "n": n, "previous": previous, "hash": chained})

    def keep_text(self, order: str, words: str) -> str:
        """Store words of a person; the salted hash for the history."""
        salt = secrets.token_hex(16)
        hashed = text_hash(salt, words)
        self._run(insert(texts), {"id": hashed, "order_id": order, "salt": salt, "text": words})
        return hashed

    def kept(self, actor: str, key: str) -> Kept | None:
        row = self._run(KEPT, {"actor": actor, "key": key}).first()
        return Kept(row.fingerprint, row.status, row.answer) if row else None

    def keep(self, actor: str, key: str, kept: Kept, at: datetime) -> None:
        row = {"fingerprint": kept.fingerprint, "status": kept.status, "answer": kept.answer, "at": sure(at)}
        self._run(insert(idempotency), row | {"actor": actor, "key": key})

    def quote(self, id: str, person: str, *, lock: bool = True) -> Row[Any] | None:
        statement = QUOTE.with_for_update() if lock and self._postgres else QUOTE
        return self._run(statement, {"id": id, "person": person}).first()

    def add_quote(self, row: Mapping[str, Any]) -> None:
        self._run(insert(quotes), dict(row))

    def answer_quote(self, id: str, answer: Mapping[str, Any]) -> None:
        if self._run(ANSWERED, {"quote": id, "told": json.dumps(answer)}).rowcount != 1:
            raise Conflict

    def revoked(self, turn: str) -> bool:
        return self._run(REVOKED, {"turn": turn}).first() is not None

    def revoke(self, turn: str, at: datetime) -> None:
        if not self.revoked(turn):
            self._run(insert(revoked_turns), {"turn": turn, "at": sure(at)})

    def is_demo(self) -> bool:
        """Only a demo world has a clock that can be moved."""
        return self._run(AHEAD).first() is not None

    def now(self) -> datetime:
        """The desk's clock in whole seconds, as it is shown: the machine's, plus a demo's lead."""
        ahead = self._run(AHEAD).scalar() or 0
        return (datetime.now(UTC) + timedelta(microseconds=ahead)).replace(microsecond=0)

    def made_at(self) -> datetime | None:
        """When the demo world was made; None if this is none."""
        return read(self._run(MADE_AT).scalar())

    def start_clock(self, now: datetime) -> None:
        self._run(insert(clock), {"id": 1, "ahead": 0, "made_at": sure(now)})

    def grant_credit(self, order: str, amount: Money, *, at: datetime, expires_at: datetime) -> None:
        row = {"order_id": order, "amount": amount.minor, "currency": amount.currency}
        self._run(insert(credits), row | {"granted_at": sure(at), "expires_at": sure(expires_at)})

    def advance_to(self, instant: datetime) -> None:
        """Only ever forward."""
        ahead = int((instant - datetime.now(UTC)) / timedelta(microseconds=1))
        self._run(update(clock).where(clock.c.ahead < ahead).values(ahead=ahead))
