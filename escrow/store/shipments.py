"""Shipments as rows, each with its lines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from contract.codes import Source
from escrow.shipments import Shipment
from escrow.store.instants import exact, read, stored, sure
from escrow.tables import shipment_lines, shipments

WITH_LINES = (
    select(shipments, shipment_lines.c.line, shipment_lines.c.quantity)
    .join(
        shipment_lines,
        (shipment_lines.c.order_id == shipments.c.order_id) & (shipment_lines.c.shipment == shipments.c.id),
    )
    .order_by(shipments.c.order_id, shipments.c.shipped_at, shipments.c.id, shipment_lines.c.line)
)
OF_ORDER = WITH_LINES.where(shipments.c.order_id == bindparam("order"))
OF_ORDERS = WITH_LINES.where(shipments.c.order_id.in_(bindparam("orders", expanding=True)))
INSERT, INSERT_LINES = insert(shipments), insert(shipment_lines)
CHANGE = update(shipments).where(
    shipments.c.order_id == bindparam("of_order"), shipments.c.id == bindparam("of")
)


class Shipments:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[Shipment]] = {}

    def of(self, order: str) -> list[Shipment]:
        """Of one order, as they left."""
        if order not in self._known:
            self._known[order] = list(_shipments(self._run(OF_ORDER, {"order": order})))
        return self._known[order]

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[Shipment]() for order in orders if order not in self._known}
        if missing:
            for each in _shipments(self._run(OF_ORDERS, {"orders": list(missing)})):
                missing[each.order].append(each)
            self._known |= missing

    def add(self, left: Shipment) -> None:
        self.of(left.order).append(left)
        self._run(INSERT, _row(left))
        rows = [
            {"order_id": left.order, "shipment": left.id, "line": line, "quantity": quantity}
            for line, quantity in left.lines
        ]
        self._run(INSERT_LINES, rows)

    def change(self, changed: Shipment) -> None:
        """All but its lines."""
        row = _row(changed)
        self._run(CHANGE, row | {"of_order": row.pop("order_id"), "of": row.pop("id")})
        known = self.of(changed.order)
        known[:] = [changed if each.id == changed.id else each for each in known]


def deciding(shipment: Shipment) -> dict[str, Any]:
    """What clocks and money hang on, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": shipment.id, "order_id": shipment.order, "source": shipment.source}
    row |= {"shipped_at": sure(shipment.shipped_at), "delivered_at": stored(shipment.delivered_at)}
    row |= {"delivered_by": shipment.delivered_by, "lines": [list(each) for each in shipment.lines]}
    return row


def _row(shipment: Shipment) -> dict[str, Any]:
    row = deciding(shipment) | {"carrier": shipment.carrier, "tracking": shipment.tracking}
    del row["lines"]
    return row


def _shipments(rows: Iterable[Row[Any]]) -> Iterable[Shipment]:
    for (order, id), found in groupby(rows, key=lambda row: (row.order_id, row.id)):
        of = list(found)
        yield Shipment(
            id=id,
            order=order,
            lines=tuple((row.line, row.quantity) for row in of),
            source=Source(of[0].source),
            shipped_at=exact(of[0].shipped_at),
            carrier=of[0].carrier,
            tracking=of[0].tracking,
            delivered_at=read(of[0].delivered_at),
            delivered_by=Source(of[0].delivered_by) if of[0].delivered_by else None,
        )
