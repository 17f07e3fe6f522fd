"""Payments as rows: added when the money came, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from escrow.money import Money
from escrow.payments import Payment
from escrow.store.instants import sure
from escrow.tables import payments

OF_ORDER = (
    select(payments).where(payments.c.order_id == bindparam("order")).order_by(payments.c.at, payments.c.id)
)
OF_ORDERS = (
    select(payments)
    .where(payments.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(payments.c.at, payments.c.id)
)
WHOSE = select(payments.c.order_id).where(payments.c.id == bindparam("id"))
INSERT = insert(payments)


class Payments:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[Payment]] = {}

    def of(self, order: str) -> list[Payment]:
        """Of one order, oldest first."""
        if order not in self._known:
            self._known[order] = [_payment(row) for row in self._run(OF_ORDER, {"order": order})]
        return self._known[order]

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[Payment]() for order in orders if order not in self._known}
        if missing:
            for row in self._run(OF_ORDERS, {"orders": list(missing)}):
                missing[row.order_id].append(_payment(row))
            self._known |= missing

    def order_of(self, payment: str) -> str | None:
        """For which order it came; None for one that nobody has told of."""
        found: str | None = self._run(WHOSE, {"id": payment}).scalar()
        return found

    def add(self, came: Payment) -> None:
        self.of(came.order).append(came)
        self._run(INSERT, deciding(came))


def deciding(payment: Payment) -> dict[str, Any]:
    """All of it, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": payment.id, "order_id": payment.order, "payer": payment.payer}
    row |= {"amount": payment.amount.minor, "currency": payment.amount.currency}
    return row | {"at": sure(payment.at)}


def _payment(row: Row[Any]) -> Payment:
    return Payment(
        id=row.id,
        order=row.order_id,
        amount=Money(row.amount, row.currency),
        at=datetime.fromisoformat(row.at),
        payer=row.payer,
    )
