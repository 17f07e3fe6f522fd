"""Quotes as rows: what was asked, what was shown, who must sign and has, and the answer once it was done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, insert, or_, select, update

from escrow.store.faults import Conflict
from escrow.store.instants import sure
from escrow.tables import quote_signatures as signatures
from escrow.tables import quotes

PAGE = 50
ID = quotes.c.id == bindparam("id")
OWN = select(quotes).where(ID, quotes.c.person == bindparam("person"))
BY_ROLE = exists().where(
    signatures.c.quote == quotes.c.id, signatures.c.n > 1, signatures.c.role == bindparam("role")
)
THEIRS = select(quotes).where(ID, or_(quotes.c.person == bindparam("person"), BY_ROLE))
LOCKED = THEIRS.with_for_update(of=quotes)
SIGNATURES = (
    select(signatures)
    .where(signatures.c.quote.in_(bindparam("ids", expanding=True)))
    .order_by(signatures.c.quote, signatures.c.n)
)
earlier = signatures.alias()
BEFORE = exists().where(
    earlier.c.quote == quotes.c.id, earlier.c.n == signatures.c.n - 1, earlier.c.person.is_not(None)
)
THEIR_OWN = exists().where(earlier.c.quote == quotes.c.id, earlier.c.person == bindparam("person"))
WAITING = (
    select(quotes)
    .join(signatures, signatures.c.quote == quotes.c.id)
    .where(signatures.c.role == bindparam("role"), signatures.c.person.is_(None), BEFORE, ~THEIR_OWN)
    .where(quotes.c.answer.is_(None), quotes.c.expires_at > bindparam("now"))
    .order_by(quotes.c.expires_at, quotes.c.id)
    .limit(PAGE + 1)
)
SEEN = select(quotes.c.expires_at).where(quotes.c.id == bindparam("after")).scalar_subquery()
AFTER = WAITING.where(
    or_(quotes.c.expires_at > SEEN, and_(quotes.c.expires_at == SEEN, quotes.c.id > bindparam("after")))
)
SIGN = (
    update(signatures)
    .where(
        signatures.c.quote == bindparam("id"),
        signatures.c.n == bindparam("nth"),
        signatures.c.person.is_(None),
    )
    .values(person=bindparam("who"), at=bindparam("when"))
)
KEEP = update(quotes).where(quotes.c.id == bindparam("quote")).values(expires_at=bindparam("until"))
ANSWERED = (
    update(quotes)
    .where(quotes.c.id == bindparam("quote"), quotes.c.answer.is_(None))
    .values(answer=bindparam("told"))
)
Kept = Row[Any]
Signatures = Sequence[Row[Any]]
INSERT, NEEDS = insert(quotes), insert(signatures)


class Quotes:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._theirs = LOCKED if connection.dialect.name == "postgresql" else THEIRS

    def own(self, id: str, person: str) -> Row[Any] | None:
        return self._run(OWN, {"id": id, "person": person}).first()

    def get(self, id: str, person: str, role: str) -> Row[Any] | None:
        """Their own, or one that somebody of their role is to sign after others; locked."""
        return self._run(self._theirs, {"id": id, "person": person, "role": role}).first()

    def signatures(self, ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
        """By quote, in order; none of one that needs its own person's yes alone."""
        found: dict[str, list[Row[Any]]] = {id: [] for id in ids}
        for row in self._run(SIGNATURES, {"ids": list(found)}):
            found[row.quote].append(row)
        return found

    def waiting(
        self, role: str, person: str, now: datetime, after: str | None
    ) -> tuple[list[Row[Any]], str | None]:
        """A page of those whose next signature is the role's, but no other of theirs was the person's."""
        given = {"role": role, "person": person, "now": sure(now)}
        rows = self._run(AFTER, given | {"after": after}) if after else self._run(WAITING, given)
        found = list(rows)
        return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None

    def add(self, row: Mapping[str, Any], signers: Sequence[str]) -> None:
        self._run(INSERT, dict(row))
        if len(signers) > 1:
            needs = [{"quote": row["id"], "n": n, "role": role} for n, role in enumerate(signers, start=1)]
            self._run(NEEDS, needs)

    def sign(self, id: str, n: int, person: str, at: datetime) -> None:
        if self._run(SIGN, {"id": id, "nth": n, "who": person, "when": sure(at)}).rowcount != 1:
            raise Conflict

    def keep(self, id: str, until: datetime) -> None:
        self._run(KEEP, {"quote": id, "until": sure(until)})

    def answer(self, id: str, answer: Mapping[str, Any]) -> None:
        if self._run(ANSWERED, {"quote": id, "told": json.dumps(answer)}).rowcount != 1:
            raise Conflict
