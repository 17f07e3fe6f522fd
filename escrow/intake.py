"""What the marketplace tells of an order: it was made, paid, shipped, delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contract.codes import Role, Source
from escrow import engine, shipping, spending
from escrow.machines.order import OrderEvent
from escrow.money import Money
from escrow.orders import Order, Terms
from escrow.shipments import Shipment
from escrow.store.work import Work

MARKETPLACE = f"{Role.MARKETPLACE}:marketplace"


def make(work: Work, order: Order, *, at: datetime, actor: str = MARKETPLACE) -> Order:
    """Take over an order that both sides have confirmed and that waits for its payment."""
    return engine.begin(work, order, OrderEvent.MAKE, order, actor=actor, at=at)


def agree(work: Work, order: Order, terms: Terms, *, at: datetime, actor: str = MARKETPLACE) -> Order:
    """Both sides have agreed anew, before it was paid; `order` is locked."""
    return engine.apply(work, order, OrderEvent.AGREE, order, actor=actor, at=at, agreed=terms)


def pay(
    work: Work,
    id: str,
    amount: Money,
    *,
    payment: str,
    at: datetime,
    payer: str | None = None,
    credit: Money | None = None,
    happened: datetime | None = None,
    actor: str = MARKETPLACE,
) -> Order:
    """A payment has come, whole or a part: what does not fit goes back by rule. Raises Refusal for another
    currency, for nothing, and for one that was told before.

    `payer` is who paid it, where it was not the buyer.
    """
    order = work.orders.lock(id)
    buyer = work.parties.account(order.buyer)
    told: dict[str, Any] = {"amount": amount, "payment": payment, "tier": buyer.tier, "zone": buyer.zone}
    told |= {"badge": work.parties.account(order.supplier).badge}
    told |= ({"payer": payer} if payer else {}) | _when(happened)
    if not credit:
        return engine.apply(work, order, OrderEvent.PAY, order, actor=actor, at=at, **told)
    engine.foresee(work, order, OrderEvent.PAY, order, at=at, credit=credit, **told)
    parts = spending.choose(work, order.buyer, credit, at)
    paid = engine.apply(work, order, OrderEvent.PAY, order, actor=actor, at=at, credit=credit, **told)
    spending.spend(work, parts, on=id, at=at, actor=actor)
    return paid


def process(work: Work, id: str, *, at: datetime, happened: datetime, actor: str = MARKETPLACE) -> Order:
    """A payment is on its way, and nobody knows yet whether it comes."""
    order = work.orders.lock(id)
    return engine.apply(work, order, OrderEvent.PROCESS, order, actor=actor, at=at, happened=happened)


def fail_payment(work: Work, id: str, *, at: datetime, happened: datetime, actor: str = MARKETPLACE) -> Order:
    order = work.orders.lock(id)
    return engine.apply(work, order, OrderEvent.PAYMENT_FAILED, order, actor=actor, at=at, happened=happened)


def ship(
    work: Work,
    id: str,
    *,
    at: datetime,
    happened: datetime | None = None,
    left: Shipment | None = None,
    actor: str = MARKETPLACE,
) -> Order:
    """Without `left`, the carrier has taken all that had not left yet."""
    order = work.orders.lock(id)
    if left is None:
        left = Shipment(_next(work, id), id, (), Source.CARRIER, happened or at)
    return shipping.ship(work, order, left, at=at, actor=actor)


def deliver(
    work: Work,
    id: str,
    *,
    at: datetime,
    happened: datetime | None = None,
    shipment: str | None = None,
    source: Source = Source.CARRIER,
    actor: str = MARKETPLACE,
) -> Order:
    """Without `shipment`, the latest. With the last one the window for a claim begins; the silent release
    begins when the buyer's notice is accepted.
    """
    order = work.orders.lock(id)
    known = work.shipments.of(id)
    if shipment is None:
        shipment = known[-1].id if known else _next(work, id)
    happened = happened or at
    return shipping.deliver(work, order, shipment, source, happened=happened, at=at, actor=actor)


def _next(work: Work, order: str) -> str:
    return f"S-{len(work.shipments.of(order)) + 1}"


def _when(happened: datetime | None) -> dict[str, Any]:
    """Where it is told later than it was so."""
    return {"happened": happened} if happened else {}
