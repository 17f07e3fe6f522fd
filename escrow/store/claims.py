"""Claims as rows; whose they are is decided by their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, insert, or_, select, update

from contract.codes import ClaimState, Reason
from escrow.claims import Claim
from escrow.machines.claim import CLAIM
from escrow.money import Money
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored
from escrow.tables import claims, counters, orders

PAGE = 50
BY_ID = select(claims).where(claims.c.id == bindparam("id"))
OF_ORDER = (
    select(claims).where(claims.c.order_id == bindparam("order")).order_by(claims.c.opened_at, claims.c.id)
)
OF_ORDERS = (
    select(claims)
    .where(claims.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(claims.c.opened_at.desc(), claims.c.id)
)
EVERY = select(claims).order_by(claims.c.opened_at.desc(), claims.c.id.desc())
SEEN = select(claims.c.opened_at).where(claims.c.id == bindparam("after")).scalar_subquery()
FILTERS = {
    "order": claims.c.order_id == bindparam("order"),
    "state": claims.c.state == bindparam("state"),
    "after": or_(
        claims.c.opened_at < SEEN, and_(claims.c.opened_at == SEEN, claims.c.id < bindparam("after"))
    ),
}
NEXT = (
    update(counters)
    .where(counters.c.name == "claims")
    .values(last=counters.c.last + 1)
    .returning(counters.c.last)
)
SAVE = update(claims).where(claims.c.id == bindparam("claim"), claims.c.version == bindparam("seen"))
INSERT = insert(claims)


def _of(side: str) -> Select[Any]:
    """Of one account by the column of its role, which an index finds."""
    theirs = select(orders.c.id).where(getattr(orders.c, side) == bindparam("account"))
    return EVERY.where(claims.c.order_id.in_(theirs))


MINE = {side: _of(side) for side in ("buyer", "supplier")}


class Claims:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[Claim]] = {}

    def get(self, id: str) -> Claim:
        """Raises Refusal not_found; whose it is, its order tells."""
        row = self._run(BY_ID, {"id": id}).first()
        if row is None:
            raise not_found()
        return _claim(row)

    def of(self, order: str) -> list[Claim]:
        """Of one order, newest first."""
        if order not in self._known:
            rows = self._run(OF_ORDER, {"order": order}).all()
            self._known[order] = [_claim(row) for row in reversed(rows)]
        return self._known[order]

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[Claim]() for order in orders if order not in self._known}
        if missing:
            for row in self._run(OF_ORDERS, {"orders": list(missing)}):
                missing[row.order_id].append(_claim(row))
            self._known |= missing

    def open_of(self, order: str) -> Claim | None:
        return next((claim for claim in self.of(order) if is_open(claim)), None)

    def page(
        self, whose: tuple[str, str] | None, *, order: str | None, state: str | None, after: str | None
    ) -> tuple[list[Claim], str | None]:
        """Newest first. `whose`: an account's side and id; None: anybody's."""
        statement, given = (EVERY, {}) if whose is None else (MINE[whose[0]], {"account": whose[1]})
        for name, value in (("order", order), ("state", state), ("after", after)):
            if value is not None:
                statement, given = statement.where(FILTERS[name]), given | {name: value}
        rows = self._run(statement.limit(PAGE + 1), given).all()
        page = [_claim(row) for row in rows[:PAGE]]
        return page, page[-1].id if len(rows) > PAGE else None

    def next_id(self) -> str:
        return f"CLM-{self._run(NEXT).scalar_one()}"

    def add(self, claim: Claim) -> None:
        self.of(claim.order).insert(0, claim)
        self._run(INSERT, deciding(claim) | {"version": claim.version, "opened_in": claim.opened_in})

    def save(self, claim: Claim, *, seen: Claim) -> None:
        """Compare-and-set: raises Conflict when another write came between."""
        row = {"state": claim.state, "open": int(is_open(claim)), "version": claim.version}
        if self._run(SAVE, row | {"claim": claim.id, "seen": seen.version}).rowcount != 1:
            raise Conflict
        known = self.of(claim.order)
        known[:] = [claim if each.id == claim.id else each for each in known]


def is_open(claim: Claim) -> bool:
    return claim.state not in CLAIM.final


def deciding(claim: Claim) -> dict[str, Any]:
    """What rights and money hang on, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": claim.id, "order_id": claim.order, "state": claim.state}
    row |= {"reason": claim.reason, "opened_at": stored(claim.opened_at), "opened_by": claim.opened_by}
    row |= {"amount": claim.amount.minor, "currency": claim.amount.currency}
    return row | {"open": int(is_open(claim))}


def _claim(row: Row[Any]) -> Claim:
    opened = read(row.opened_at)
    assert opened is not None
    return Claim(
        id=row.id,
        order=row.order_id,
        state=ClaimState(row.state),
        reason=Reason(row.reason),
        amount=Money(row.amount, row.currency),
        opened_at=opened,
        opened_by=row.opened_by,
        opened_in=row.opened_in,
        version=row.version,
    )
