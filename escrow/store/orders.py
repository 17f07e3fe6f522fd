"""Orders as rows. Whoever asks for a person gives the account, and it stands in the query itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from escrow.money import LARGEST, Money, exponent
from escrow.orders import Line, Order, OrderState
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored, sure
from escrow.tables import accounts, lines, orders

INSTANTS = ("created_at", "ship_by", "promised_at", "paid_at", "shipped_at", "delivered_at", "release_from")
PLAIN = ("id", "buyer", "supplier", "state", "mode", "tier", "zone", "policy_version", "version")
PAGE = 50

BY_ID = select(orders).where(orders.c.id == bindparam("id"))
MINE = BY_ID.where(or_(orders.c.buyer == bindparam("account"), orders.c.supplier == bindparam("account")))
LINES = select(lines).where(lines.c.order_id == bindparam("id")).order_by(lines.c.n)
SAVE = update(orders).where(orders.c.id == bindparam("order"), orders.c.version == bindparam("seen"))
ALL = (
    select(orders)
    .where(or_(orders.c.buyer == bindparam("account"), orders.c.supplier == bindparam("account")))
    .order_by(orders.c.created_at.desc(), orders.c.id.desc())
)
EVERY = select(orders).order_by(orders.c.created_at.desc(), orders.c.id.desc())
OTHER = select(accounts.c.id).where(
    func.lower(accounts.c.name).like(bindparam("supplier", type_=String), escape="\\")
)
WITH_TITLE = select(lines.c.order_id).where(
    func.lower(lines.c.title).like(bindparam("q", type_=String), escape="\\")
)
THEIRS = or_(orders.c.buyer == bindparam("account"), orders.c.supplier == bindparam("account"))
SEEN = select(orders.c.created_at).where(orders.c.id == bindparam("after"))
FILTERS: dict[str, ColumnElement[bool]] = {
    "q": or_(func.lower(orders.c.id).like(bindparam("q"), escape="\\"), orders.c.id.in_(WITH_TITLE)),
    "supplier": or_(orders.c.supplier.in_(OTHER), orders.c.supplier.like(bindparam("supplier"), escape="\\")),
    "amount": orders.c.total.in_(bindparam("amount", expanding=True)),
    "currency": orders.c.currency == bindparam("currency"),
    "from": orders.c.created_at >= bindparam("from"),
    "to": orders.c.created_at < bindparam("to"),
    "state": orders.c.state == bindparam("state"),
}


def _after(seen: Select[tuple[str]]) -> ColumnElement[bool]:
    at = seen.scalar_subquery()
    return or_(orders.c.created_at < at, and_(orders.c.created_at == at, orders.c.id < bindparam("after")))


OF_ANYBODY = FILTERS | {"after": _after(SEEN)}
OF_ACCOUNT = FILTERS | {"after": _after(SEEN.where(THEIRS))}


def _same(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _part(name: str, value: str) -> dict[str, Any]:
    """Anywhere in the text, with the wildcards of LIKE taken literally."""
    plain = value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {name: f"%{plain}%"}


def _totals(name: str, amount: Decimal) -> dict[str, Any]:
    """The amount in minor units, whatever number of decimals a currency has."""
    minors = [amount.scaleb(decimals) for decimals in range(5)]
    return {name: [int(minor) for minor in minors if minor == int(minor) and minor <= LARGEST]}


def _instant(name: str, value: datetime) -> dict[str, Any]:
    return {name: sure(value)}


def _comes_to(order: Order, amount: Decimal | None) -> bool:
    return amount is None or order.total.minor == amount.scaleb(exponent(order.total.currency))


PARAMS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "q": _part,
    "supplier": _part,
    "amount": _totals,
    "from": _instant,
    "to": _instant,
}


@dataclass(frozen=True)
class Found:
    orders: list[Order]
    next: str | None


class Orders:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._lock = connection.dialect.name == "postgresql"

    def get(self, id: str, *, account: str | None = None, lock: bool = False) -> Order:
        """Raises Refusal not_found, also when not `account`'s; None reads any, for agents and timers."""
        statement = BY_ID if account is None else MINE
        if lock and self._lock:
            statement = statement.with_for_update()
        row = self._run(statement, {"id": id} | ({} if account is None else {"account": account})).first()
        if row is None:
            raise not_found()
        return self._order(row)

    def all_of(self, account: str) -> list[Order]:
        return [self._order(row) for row in self._run(ALL, {"account": account})]

    def search(self, account: str | None, filters: Mapping[str, Any]) -> Found:
        """A page of what fits all filters; `q` is any part of an id or a product. None: anybody's."""
        statement, given = (EVERY, {}) if account is None else (ALL, {"account": account})
        known = OF_ANYBODY if account is None else OF_ACCOUNT
        for name, value in filters.items():
            if value is not None and name in known:
                statement, given = (
                    statement.where(known[name]),
                    given | PARAMS.get(name, _same)(name, value),
                )
        rows = self._run(statement.limit(PAGE + 1), given).all()
        page = [self._order(row) for row in rows[:PAGE]]
        fits = [order for order in page if _comes_to(order, filters.get("amount"))]
        return Found(fits, page[-1].id if len(rows) > PAGE else None)

    def add(self, order: Order) -> None:
        row = deciding(order) | _row(order) | {"freight": order.freight.minor, "mode": order.mode}
        self._run(insert(orders), row | {"protections": " ".join(order.protections)})
        for n, line in enumerate(order.lines):
            price = {"title": line.title, "quantity": line.quantity, "unit_price": line.unit_price.minor}
            self._run(insert(lines), {"order_id": order.id, "n": n, **price})

    def save(self, order: Order, *, seen: int) -> None:
        """Compare-and-set: raises Conflict when another write came between."""
        if self._run(SAVE, _row(order) | {"order": order.id, "seen": seen}).rowcount != 1:
            raise Conflict

    def _order(self, row: Row[Any]) -> Order:
        currency = row.currency
        each = self._run(LINES, {"id": row.id})
        bought = tuple(Line(line.title, line.quantity, Money(line.unit_price, currency)) for line in each)
        return Order(
            **{name: getattr(row, name) for name in PLAIN if name != "state"},
            **{name: read(getattr(row, name)) for name in INSTANTS},  # type: ignore[arg-type]
            state=OrderState(row.state),
            lines=bought,
            freight=Money(row.freight, currency),
            protections=tuple(row.protections.split()),
        )


def deciding(order: Order) -> dict[str, Any]:
    """What rights and money hang on, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {name: stored(getattr(order, name)) for name in INSTANTS if name != "release_from"}
    row |= {name: getattr(order, name) for name in PLAIN if name not in ("mode", "version")}
    return row | {"total": order.total.minor, "currency": order.freight.currency}


def _row(order: Order) -> dict[str, Any]:
    row: dict[str, Any] = {name: stored(getattr(order, name)) for name in INSTANTS}
    return row | {"state": order.state, "tier": order.tier, "zone": order.zone, "version": order.version}
