"""What the marketplace tells of an order: each event once, by its own number.

An event is told after it was so. Rights count from when it was so (`happened`): the claim window of goods
that came on Monday runs from Monday. But the desk acts, books and sets its clocks when it hears of it: one
that is told late would else end clocks in the past, and take from somebody what they were never told of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from contract import codes, kept
from contract.asked import Sum
from contract.codes import Code, OrderState, WhatNext
from contract.told import Delivered, Paid, PaymentFailed, PaymentProcessing, Shipped, Told
from escrow import intake, shipping
from escrow.history import canonical
from escrow.money import BadMoney, Money
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.recording import record
from escrow.refusals import Refusal
from escrow.shipments import Shipment
from escrow.store.events import Heard
from escrow.store.instants import exact, sure
from escrow.store.work import Work
from escrow.views.common import instant


def hear(work: Work, id: str, told: Told, now: datetime) -> kept.Heard:
    """The same event again changes nothing and is answered the same.

    Raises Refusal: not_found, `event_reused` for another one under its number, `event_in_future`, or what
    the order's state or the event's own facts refuse; what was refused may be told again.
    """
    order = work.orders.lock(id)
    before = work.events.heard(id, told.id)
    if before is not None:
        if before.fingerprint != _fingerprint(told):
            raise Refusal(Code.EVENT_REUSED, what_next=WhatNext.SEE_ORDER, event=told.id)
        return _answer(before)
    happened = _when(work, order, told, now)
    after = HEARD[type(told)](work, order, told, now, happened)
    heard = Heard(
        order_id=id,
        id=told.id,
        event=_name(told),
        fingerprint=_fingerprint(told),
        happened_at=sure(happened),
        heard_at=sure(now),
        state=after.state,
    )
    work.events.add(heard)
    facts = {"rows": {f"event:{id}/{told.id}": msgspec.to_builtins(heard)}}
    record(work, id, "event.heard", actor=intake.MARKETPLACE, at=now, facts=facts)
    return _answer(heard)


def _when(work: Work, order: Order, told: Told, now: datetime) -> datetime:
    """In whole seconds, as instants are shown; the marketplace's clock may be a little ahead of ours."""
    at = told.at.replace(microsecond=0)
    latest = now + timedelta(minutes=policy_of(work, order).event.leeway_minutes)
    if at > latest:
        raise Refusal(Code.EVENT_IN_FUTURE, what_next=WhatNext.WAIT_UNTIL, at=instant(at), now=instant(now))
    return min(at, now)


def _not_before(happened: datetime, *earlier: datetime | None) -> datetime:
    """Raises Refusal `event_contradicts`: an early date would take days from somebody's rights."""
    latest = max((at for at in earlier if at), default=happened)
    if happened < latest:
        raise Refusal(
            Code.EVENT_CONTRADICTS,
            what_next=WhatNext.SEE_ORDER,
            at=instant(happened),
            not_before=instant(latest),
        )
    return happened


def _paid(work: Work, order: Order, told: Paid, now: datetime, happened: datetime) -> Order:
    amount = _money(told.amount, "amount")
    other = work.payments.order_of(told.payment)
    if other not in (None, order.id):
        raise Refusal(Code.BELONGS_ELSEWHERE, payment=told.payment)
    credit = _money(told.credit, "credit") if told.credit else None
    who: dict[str, Any] = {"payment": told.payment, "payer": told.payer}
    return intake.pay(work, order.id, amount, credit=credit, at=now, happened=happened, **who)


def _processing(
    work: Work, order: Order, _told: PaymentProcessing, now: datetime, happened: datetime
) -> Order:
    return intake.process(work, order.id, at=now, happened=happened)


def _failed(work: Work, order: Order, _told: PaymentFailed, now: datetime, happened: datetime) -> Order:
    return intake.fail_payment(work, order.id, at=now, happened=happened)


def _shipped(work: Work, order: Order, told: Shipped, now: datetime, happened: datetime) -> Order:
    left = Shipment(
        id=told.shipment,
        order=order.id,
        lines=shipping.lines_of((each.line, each.quantity) for each in told.lines or ()),
        source=told.source,
        shipped_at=_not_before(happened, order.paid_at),
        carrier=told.carrier,
        tracking=told.tracking,
    )
    return intake.ship(work, order.id, at=now, left=left)


def _delivered(work: Work, order: Order, told: Delivered, now: datetime, happened: datetime) -> Order:
    left = {each.id: each.shipped_at for each in work.shipments.of(order.id)}
    happened = _not_before(happened, order.paid_at, left.get(told.shipment))
    return intake.deliver(
        work, order.id, at=now, happened=happened, shipment=told.shipment, source=told.source
    )


HEARD: dict[type, Callable[[Work, Order, Any, datetime, datetime], Order]] = {
    PaymentProcessing: _processing,
    PaymentFailed: _failed,
    Paid: _paid,
    Shipped: _shipped,
    Delivered: _delivered,
}


def _money(told: Sum, field: str) -> Money:
    """Raises Refusal `malformed` for a currency that does not exist."""
    try:
        return Money(told.minor, told.currency)
    except BadMoney as wrong:
        raise Refusal(Code.MALFORMED, field=field, problem=str(wrong)) from None


def _name(told: Told) -> str:
    return str(type(told).__struct_config__.tag)


def _fingerprint(told: Told) -> str:
    return hashlib.sha256(canonical(msgspec.to_builtins(told)).encode()).hexdigest()


def _answer(heard: Heard) -> kept.Heard:
    return kept.Heard(
        order=heard.order_id,
        id=heard.id,
        event=codes.Event(heard.event),
        at=instant(exact(heard.happened_at)),
        state=OrderState(heard.state),
    )
