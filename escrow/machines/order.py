"""The order's machine, as far as it is built: paid, shipped, delivered, released, paid out, closed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from contract.codes import Code, OrderState, Otherwise, Role, Tell, What, WhatNext, Who
from escrow import effects
from escrow.case import Case
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.orders import TERMS, Terms
from escrow.refusals import Refusal
from escrow.shipments import delivered_at, dispatched_at, on_the_way, unshipped


class OrderEvent(StrEnum):
    MAKE = "make"
    AGREE = "agree"
    PAY = "pay"
    PAY_TIME_ENDED = "pay_time_ended"
    SHIP = "ship"
    SHIP_LATE = "late"
    DELIVER = "deliver"
    CONFIRM_RECEIPT = "confirm_receipt"
    SILENCE = "silence"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_RETURNED = "payout_returned"
    WINDOW_ENDED = "window_ended"


def pays_all(case: Case) -> None:
    """Raises Refusal `amount_differs` for another sum or currency than the order's."""
    if case.given["amount"] != case.order.total:
        raise Refusal(Code.AMOUNT_DIFFERS, what_next=WhatNext.PAY_TOTAL, total=case.order.total.json())


def has_claim(case: Case) -> bool:
    return case.claim is not None


def has_no_claim(case: Case) -> bool:
    return case.claim is None


def something_is_left(case: Case) -> None:
    """Raises Refusal `nothing_to_release` where a claim holds all that is still in escrow."""
    if not case.position.in_escrow:
        raise Refusal(Code.NOTHING_TO_RELEASE, what_next=WhatNext.SEE_CLAIM, order=case.order.id)


def nothing_paid(case: Case) -> bool:
    return not case.position.paid


def paid_in_full(case: Case) -> bool:
    return case.position.paid == case.order.total


def all_in_escrow(case: Case) -> bool:
    """Nothing has gone to anybody: at most a claim holds some of it."""
    return paid_in_full(case) and case.position.held == case.position.paid


def nothing_left_in_escrow(case: Case) -> bool:
    return paid_in_full(case) and not case.position.in_escrow


def as_agreed(case: Case) -> Mapping[str, Any]:
    terms: Terms = case.given["agreed"]
    return {name: getattr(terms, name) for name in TERMS}


def at_payment(case: Case) -> Mapping[str, Any]:
    """The buyer's tier and zone of this moment stay with the order."""
    return {"paid_at": case.happened, "tier": case.given["tier"], "zone": case.given["zone"]}


def has_all_arrived(case: Case) -> bool:
    return not on_the_way(case.order.lines, case.shipments)


def all_have_left(case: Case) -> None:
    """Raises Refusal `lines_unshipped`: nobody has received what has not left."""
    left = unshipped(case.order.lines, case.shipments) if case.shipments else ()
    if left:
        raise Refusal(Code.LINES_UNSHIPPED, order=case.order.id, lines=[line for line, _ in left])


def at_first_shipment(case: Case) -> Mapping[str, Any]:
    return {"shipped_at": case.happened, **at_shipment(case)}


def at_shipment(case: Case) -> Mapping[str, Any]:
    return {"dispatched_at": dispatched_at(case.order.lines, case.shipments)}


def at_last_delivery(case: Case) -> Mapping[str, Any]:
    """The window counts from the last line's delivery."""
    return {"delivered_at": delivered_at(case.shipments)}


def at_delivery(case: Case) -> Mapping[str, Any]:
    return {"delivered_at": case.happened}


S, E = OrderState, OrderEvent
MARKETPLACE, BUYER, TIMERS = by(Role.MARKETPLACE), by(Role.BUYER), by(TIMER)
BANK = by(Role.EXECUTOR, TIMER)
RELEASE = (effects.release, effects.pay_out)

# fmt: off
STEPS: tuple[Step[OrderState, OrderEvent], ...] = (
    Step(state=None, event=E.MAKE, to=S.AWAITING_PAYMENT, who=MARKETPLACE),
    Step(state=S.AWAITING_PAYMENT, event=E.AGREE, to=S.AWAITING_PAYMENT, who=MARKETPLACE, sets=as_agreed),
    Step(state=S.AWAITING_PAYMENT, event=E.PAY, to=S.FUNDED, who=MARKETPLACE, guard=pays_all, sets=at_payment,
         effects=(effects.fund,)),
    Step(state=S.AWAITING_PAYMENT, event=E.PAY_TIME_ENDED, to=S.CANCELLED, who=TIMERS,
         tell=Tell.ORDER_CANCELLED),
    Step(state=S.FUNDED, event=E.SHIP, to=S.SHIPPED, who=MARKETPLACE, sets=at_first_shipment),
    Step(state=S.SHIPPED, event=E.SHIP, to=S.SHIPPED, who=MARKETPLACE, sets=at_shipment),
    Step(state=S.FUNDED, event=E.SHIP_LATE, to=S.FUNDED, who=TIMERS, tell=Tell.ORDER_LATE),
    Step(state=S.SHIPPED, event=E.DELIVER, to=S.DELIVERED, who=MARKETPLACE, when=has_all_arrived,
         sets=at_last_delivery, tell=Tell.ORDER_DELIVERED),
    Step(state=S.SHIPPED, event=E.DELIVER, to=S.SHIPPED, who=MARKETPLACE, sets=at_shipment),
    # Who says that it is there says that it was delivered, now.
    Step(state=S.SHIPPED, event=E.CONFIRM_RECEIPT, to=S.DELIVERED, who=BUYER, when=has_claim,
         guard=all_have_left, sets=at_delivery, effects=RELEASE, tell=Tell.ORDER_DELIVERED),
    Step(state=S.SHIPPED, event=E.CONFIRM_RECEIPT, to=S.RELEASING, who=BUYER, guard=all_have_left,
         sets=at_delivery,
         effects=RELEASE, tell=Tell.ORDER_RECEIVED),
    Step(state=S.DELIVERED, event=E.CONFIRM_RECEIPT, to=S.DELIVERED, who=BUYER, when=has_claim,
         guard=something_is_left, effects=RELEASE, tell=Tell.ORDER_REST_RELEASED),
    Step(state=S.DELIVERED, event=E.CONFIRM_RECEIPT, to=S.RELEASING, who=BUYER, effects=RELEASE,
         tell=Tell.ORDER_RECEIVED),
    Step(state=S.DELIVERED, event=E.SILENCE, to=S.DELIVERED, who=TIMERS, when=has_claim, effects=RELEASE,
         tell=Tell.ORDER_REST_RELEASED, if_moved=True),
    Step(state=S.DELIVERED, event=E.SILENCE, to=S.RELEASING, who=TIMERS, effects=RELEASE,
         tell=Tell.ORDER_RELEASED_BY_SILENCE, if_moved=True),
    Step(state=S.RELEASING, event=E.PAYOUT_SETTLED, to=S.COMPLETED, who=BANK),
    Step(state=S.COMPLETED, event=E.PAYOUT_RETURNED, to=S.RELEASING, who=BANK),
    Step(state=S.COMPLETED, event=E.WINDOW_ENDED, to=S.CLOSED, who=TIMERS, when=has_no_claim,
         tell=Tell.ORDER_CLOSED),
)
STAYS: tuple[Stay[OrderState, OrderEvent], ...] = (
    Stay(state=S.AWAITING_PAYMENT, who=Who.BUYER, what=What.PAY, otherwise=Otherwise.CANCELLED,
         clock=Clock.PAY, then=E.PAY_TIME_ENDED),
    Stay(state=S.FUNDED, who=Who.SUPPLIER, what=What.SHIP, otherwise=Otherwise.CLAIM_POSSIBLE,
         clock=Clock.SHIP, then=E.SHIP_LATE),
    Stay(state=S.SHIPPED, who=Who.SUPPLIER, what=What.DELIVER, otherwise=Otherwise.CLAIM_POSSIBLE,
         clock=Clock.PROMISED),
    Stay(state=S.DELIVERED, who=Who.BUYER, what=What.CONFIRM_RECEIPT, otherwise=Otherwise.RELEASED_BY_SILENCE,
         clock=Clock.SILENT_RELEASE, then=E.SILENCE, told_to=Who.BUYER),
    # Whose clock runs meanwhile is the payout's (machines/instruction.py).
    Stay(state=S.RELEASING, who=Who.PLATFORM, what=What.PAY_OUT, otherwise=Otherwise.SUPERVISOR_ALARM),
    Stay(state=S.COMPLETED, who=Who.BUYER, what=What.CLAIM_UNTIL, otherwise=Otherwise.CLOSED,
         clock=Clock.WINDOW_END, then=E.WINDOW_ENDED),
)
# fmt: on
HOLDS = {
    S.AWAITING_PAYMENT: nothing_paid,
    S.FUNDED: all_in_escrow,
    S.SHIPPED: all_in_escrow,
    S.DELIVERED: paid_in_full,
    S.RELEASING: nothing_left_in_escrow,
    S.COMPLETED: nothing_left_in_escrow,
    S.CLOSED: nothing_left_in_escrow,
    S.CANCELLED: nothing_paid,
}
ORDER: Machine[OrderState, OrderEvent] = Machine(
    "order", STEPS, STAYS, frozenset({S.CLOSED, S.CANCELLED}), HOLDS, look=WhatNext.SEE_ORDER
)
