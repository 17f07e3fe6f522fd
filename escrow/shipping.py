"""What left and what arrived: a shipment's row and its history, then the order's step, if it has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from contract.codes import Code, Source, WhatNext
from escrow import engine
from escrow.machines.order import ORDER, OrderEvent
from escrow.orders import Order
from escrow.recording import record
from escrow.refusals import Refusal
from escrow.shipments import Lines, Shipment, unshipped, whole
from escrow.store.shipments import deciding
from escrow.store.work import Work
from escrow.views.common import instant

# As the history tells it.
LEFT, CONFIRMED, ARRIVED = "shipment.left", "shipment.confirmed", "shipment.delivered"


def ship(work: Work, order: Order, left: Shipment, *, at: datetime, actor: str) -> Order:
    """`order` is locked; of `left` without lines it is all that has not left yet.

    Told again it changes nothing but whose word it is. Raises Refusal: `more_than_ordered`, `wrong_state`, or
    `event_contradicts` for other lines under the same number.
    """
    _adopt(work, order, left.id, actor=actor, at=at)
    known = _known(work, order, left.id)
    if known is not None:
        return _again(work, order, known, left, at=at, actor=actor)
    lines = _must_be_left(work, order, left.lines)
    work.shipments.add(replace(left, lines=lines))
    _tell(work, replace(left, lines=lines), LEFT, at=at, actor=actor)
    return _step(work, order, OrderEvent.SHIP, left.shipped_at, at=at, actor=actor)


def deliver(
    work: Work, order: Order, id: str, source: Source, *, happened: datetime, at: datetime, actor: str
) -> Order:
    """`order` is locked. What arrives has left: unless it was told, all that had not, now.

    The supplier's word is kept and moves nothing. Raises Refusal: `more_than_shipped`, `wrong_state`, or
    `event_contradicts` for what arrives before it left.
    """
    _adopt(work, order, id, actor=actor, at=at)
    if _known(work, order, id) is None:
        if not unshipped(order.lines, work.shipments.of(order.id)):
            raise Refusal(Code.MORE_THAN_SHIPPED, what_next=WhatNext.SEE_ORDER, shipment=id)
        order = ship(work, order, Shipment(id, order.id, (), source, happened), at=at, actor=actor)
    shipment = _known(work, order, id)
    assert shipment is not None
    if happened < shipment.shipped_at:
        raise Refusal(
            Code.EVENT_CONTRADICTS,
            what_next=WhatNext.SEE_ORDER,
            shipment=id,
            shipped_at=instant(shipment.shipped_at),
        )
    if shipment.has_arrived or (shipment.delivered_at and source is Source.SUPPLIER):
        return order
    arrived = replace(shipment, delivered_at=happened, delivered_by=source)
    work.shipments.change(arrived)
    _tell(work, arrived, ARRIVED, at=at, actor=actor)
    if order.delivered_at or source is Source.SUPPLIER:
        return order
    return _step(work, order, OrderEvent.DELIVER, happened, at=at, actor=actor)


def lines_of(told: Iterable[tuple[int, int]]) -> Lines:
    """A line that is named twice counts twice."""
    found: dict[int, int] = {}
    for line, quantity in told:
        found[line] = found.get(line, 0) + quantity
    return tuple(sorted(found.items()))


def _known(work: Work, order: Order, id: str) -> Shipment | None:
    return next((each for each in work.shipments.of(order.id) if each.id == id), None)


def _adopt(work: Work, order: Order, id: str, *, at: datetime, actor: str) -> None:
    """An order that had been shipped before shipments were told of: it is the one that is told of now."""
    if order.shipped_at and not work.shipments.of(order.id):
        arrived = Source.MARKETPLACE if order.delivered_at else None
        found = Shipment(
            id=id,
            order=order.id,
            lines=whole(order.lines),
            source=Source.MARKETPLACE,
            shipped_at=order.shipped_at,
            delivered_at=order.delivered_at,
            delivered_by=arrived,
        )
        work.shipments.add(found)
        _tell(work, found, LEFT, at=at, actor=actor)


def _must_be_left(work: Work, order: Order, wanted: Lines) -> Lines:
    left = dict(unshipped(order.lines, work.shipments.of(order.id)))
    if not left:
        raise Refusal(Code.MORE_THAN_ORDERED, what_next=WhatNext.SEE_ORDER, order=order.id)
    for line, quantity in wanted:
        if quantity > left.get(line, 0):
            raise Refusal(
                Code.MORE_THAN_ORDERED,
                what_next=WhatNext.SEE_ORDER,
                order=order.id,
                line=line,
                left=left.get(line, 0),
            )
    return wanted or tuple(left.items())


def _again(work: Work, order: Order, known: Shipment, told: Shipment, *, at: datetime, actor: str) -> Order:
    if told.lines and told.lines != known.lines:
        raise Refusal(
            Code.EVENT_CONTRADICTS,
            what_next=WhatNext.SEE_ORDER,
            shipment=known.id,
            lines=[list(each) for each in known.lines],
        )
    named = replace(known, carrier=known.carrier or told.carrier, tracking=known.tracking or told.tracking)
    if known.source is not Source.SUPPLIER or told.source is Source.SUPPLIER:
        work.shipments.change(named)
        return order
    latest = known.delivered_at or told.shipped_at
    confirmed = replace(named, source=told.source, shipped_at=min(told.shipped_at, latest))
    work.shipments.change(confirmed)
    _tell(work, confirmed, CONFIRMED, at=at, actor=actor)
    if not ORDER.ways(order.state, OrderEvent.SHIP):
        return order
    return _step(work, order, OrderEvent.SHIP, confirmed.shipped_at, at=at, actor=actor)


def _step(
    work: Work, order: Order, event: OrderEvent, happened: datetime, *, at: datetime, actor: str
) -> Order:
    return engine.apply(work, order, event, order, actor=actor, at=at, happened=happened)


def _tell(work: Work, shipment: Shipment, event: str, *, at: datetime, actor: str) -> None:
    facts: dict[str, Any] = {"rows": {shipment.named: deciding(shipment)}}
    record(work, shipment.order, event, actor=actor, at=at, facts=facts)
