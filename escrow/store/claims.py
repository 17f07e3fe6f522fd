"""Claims as rows; whose they are is decided by their order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from escrow.claims import Claim, ClaimState, Reason
from escrow.money import Money
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored
from escrow.tables import claims, counters, orders

JOINED = select(claims).join(orders, orders.c.id == claims.c.order_id)
THEIRS = or_(orders.c.buyer == bindparam("account"), orders.c.supplier == bindparam("account"))
BY_ID = select(claims).where(claims.c.id == bindparam("id"))
MINE_BY_ID = JOINED.where(claims.c.id == bindparam("id"), THEIRS)
EVERY = select(claims).order_by(claims.c.opened_at.desc(), claims.c.id)
MINE = JOINED.where(THEIRS).order_by(claims.c.opened_at.desc(), claims.c.id)
OPEN = select(claims).where(claims.c.order_id == bindparam("order"), claims.c.open == 1)
NEXT = (
    update(counters)
    .where(counters.c.name == "claims")
    .values(last=counters.c.last + 1)
    .returning(counters.c.last)
)
SAVE = update(claims).where(claims.c.id == bindparam("claim"), claims.c.version == bindparam("seen"))


class Claims:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def get(self, id: str, *, account: str | None = None) -> Claim:
        """Raises Refusal not_found, also when it is not `account`'s; None reads any."""
        statement, given = (BY_ID, {}) if account is None else (MINE_BY_ID, {"account": account})
        row = self._run(statement, given | {"id": id}).first()
        if row is None:
            raise not_found()
        return _claim(row)

    def mine(self, account: str | None, order: str | None) -> list[Claim]:
        """The account's, newest first, of one order or of all; None: anybody's."""
        statement, given = (EVERY, {}) if account is None else (MINE, {"account": account})
        if order is not None:
            given = given | {"order": order}
            statement = statement.where(claims.c.order_id == bindparam("order"))
        return [_claim(row) for row in self._run(statement, given)]

    def open_of(self, order: str) -> Claim | None:
        row = self._run(OPEN, {"order": order}).first()
        return _claim(row) if row else None

    def next_id(self) -> str:
        return f"CLM-{self._run(NEXT).scalar_one()}"

    def add(self, claim: Claim, *, conversation: str) -> None:
        row = deciding(claim) | _row(claim) | {"open": 1, "opened_in": conversation}
        self._run(insert(claims), row)

    def save(self, claim: Claim, *, seen: int) -> None:
        if self._run(SAVE, _row(claim) | {"claim": claim.id, "seen": seen}).rowcount != 1:
            raise Conflict


def deciding(claim: Claim) -> dict[str, Any]:
    """What rights and money hang on, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {
        "id": claim.id,
        "order_id": claim.order,
        "state": claim.state,
        "reason": claim.reason,
    }
    row |= {"opened_at": stored(claim.opened_at), "opened_by": claim.opened_by}
    return row | {"amount": claim.amount.minor, "currency": claim.amount.currency}


def _row(claim: Claim) -> dict[str, Any]:
    instants = {"respond_from": stored(claim.respond_from), "changed_at": stored(claim.changed_at)}
    return {"state": claim.state, "version": claim.version, **instants}


def _claim(row: Row[Any]) -> Claim:
    opened, changed = read(row.opened_at), read(row.changed_at)
    assert opened and changed
    return Claim(
        id=row.id,
        order=row.order_id,
        state=ClaimState(row.state),
        reason=Reason(row.reason),
        amount=Money(row.amount, row.currency),
        opened_at=opened,
        opened_by=row.opened_by,
        respond_from=read(row.respond_from),
        changed_at=changed,
        version=row.version,
    )
