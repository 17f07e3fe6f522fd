"""Credits as rows; whose they are is decided by their order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from contract.codes import CreditKind, CreditState, OrderState, Protection
from escrow.credits import Credit
from escrow.money import Money
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored, sure
from escrow.tables import credits, orders

BY_AGE = (credits.c.at, credits.c.id)
OF_ORDER = select(credits).where(credits.c.order_id == bindparam("order")).order_by(*BY_AGE)
OF_ORDERS = (
    select(credits)
    .where(credits.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(credits.c.order_id, *BY_AGE)
)
SAVE = update(credits).where(credits.c.id == bindparam("credit"), credits.c.version == bindparam("seen"))
INSERT = insert(credits)
SUMS_OF = (
    select(
        credits.c.currency,
        credits.c.state,
        func.sum(credits.c.unspent).label("unspent"),
        func.sum(credits.c.amount).label("amount"),
        func.min(credits.c.expires_at).label("first_ends"),
    )
    .join(orders, orders.c.id == credits.c.order_id)
    .where(orders.c.buyer == bindparam("account"))
    .group_by(credits.c.currency, credits.c.state)
    .order_by(credits.c.currency, credits.c.state)
)

KNOWN = select(credits.c.id).where(credits.c.order_id == orders.c.id, credits.c.kind == CreditKind.ONTIME)
UNPROMISED = (
    select(orders.c.id)
    .where(orders.c.protections.contains(Protection.ONTIME_GUARANTEE), orders.c.promised_at.is_not(None))
    .where(orders.c.paid_at.is_not(None), orders.c.state != OrderState.CLOSED, ~KNOWN.exists())
    .order_by(orders.c.id)
)

USABLE = (
    select(credits)
    .join(orders, orders.c.id == credits.c.order_id)
    .where(orders.c.buyer == bindparam("account"), credits.c.currency == bindparam("currency"))
    .where(credits.c.state == CreditState.SPENDABLE, credits.c.expires_at > bindparam("now"))
    .order_by(credits.c.expires_at, credits.c.id)
)


class Credits:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[Credit]] = {}

    def of(self, order: str) -> list[Credit]:
        """Of one order, oldest first."""
        if order not in self._known:
            self._known[order] = [_credit(row) for row in self._run(OF_ORDER, {"order": order})]
        return self._known[order]

    def ontime_of(self, order: str) -> Credit | None:
        """The one that a late delivery brings, if its order carries the guarantee and was paid."""
        return next((each for each in self.of(order) if each.kind is CreditKind.ONTIME), None)

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[Credit]() for order in orders if order not in self._known}
        if missing:
            for row in self._run(OF_ORDERS, {"orders": list(missing)}):
                missing[row.order_id].append(_credit(row))
            self._known |= missing

    def unpromised(self, most: int) -> list[str]:
        """Orders that carry the guarantee and were paid, and of whose credit nothing is known."""
        return list(self._run(UNPROMISED.limit(most)).scalars())

    def usable(self, account: str, currency: str, at: datetime) -> list[Credit]:
        """Of a buyer's, what can be spent then: what ends first, first."""
        given = {"account": account, "currency": currency, "now": sure(at)}
        return [_credit(row) for row in self._run(USABLE, given)]

    def sums_of(self, account: str) -> list[Row[Any]]:
        """Of a buyer's, a row for each currency and state; `first_ends` is the earliest end among them."""
        return list(self._run(SUMS_OF, {"account": account}))

    def add(self, credit: Credit) -> None:
        self.of(credit.order).append(credit)
        self._run(INSERT, deciding(credit) | {"version": credit.version})

    def save(self, credit: Credit, *, seen: Credit) -> None:
        """Compare-and-set: raises Conflict when another write came between."""
        row = deciding(credit) | {"version": credit.version}
        if self._run(SAVE, row | {"credit": credit.id, "seen": seen.version}).rowcount != 1:
            raise Conflict
        known = self.of(credit.order)
        known[:] = [credit if each.id == credit.id else each for each in known]


def deciding(credit: Credit) -> dict[str, Any]:
    """All of it, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": credit.id, "order_id": credit.order, "kind": credit.kind}
    row |= {"state": credit.state, "amount": credit.amount.minor, "unspent": credit.unspent.minor}
    row |= {"currency": credit.amount.currency}
    return row | {name: stored(getattr(credit, name)) for name in ("at", "granted_at", "expires_at")}


def _credit(row: Row[Any]) -> Credit:
    at = read(row.at)
    assert at is not None
    return Credit(
        id=row.id,
        order=row.order_id,
        kind=CreditKind(row.kind),
        state=CreditState(row.state),
        amount=Money(row.amount, row.currency),
        unspent=Money(row.unspent, row.currency),
        at=at,
        granted_at=read(row.granted_at),
        expires_at=read(row.expires_at),
        version=row.version,
    )
