"""The order's machine, as far as it is built: paid, shipped, delivered, paid out or refunded, closed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from contract.codes import Code, OrderState, Otherwise, Reason, Role, TaskWhy, Tell, What, WhatNext, Who
from escrow import clocks, effects, instalments, receipts
from escrow.case import Case
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.orders import TERMS, Terms
from escrow.refusals import Refusal
from escrow.shipments import delivered_at, dispatched_at, on_the_way, unshipped


class OrderEvent(StrEnum):
    MAKE = "make"
    AGREE = "agree"
    PROCESS = "process"
    PROCESSING_LONG = "processing_long"
    PAYMENT_FAILED = "payment_does_not_come"
    PAY = "pay"
    BALANCE_LATE = "balance_late"
    PAY_TIME_ENDED = "pay_time_ended"
    SHIP = "ship"
    SHIP_LATE = "late"
    DELIVER = "deliver"
    ASK_ARRIVAL = "ask_arrival"
    ARRIVED = "arrived"
    NOT_ARRIVED = "not_arrived"
    ARRIVAL_ALARM = "arrival_alarm"
    RECEIPT_BY_RULE = "receipt_by_rule"
    CONFIRM_RECEIPT = "confirm_receipt"
    EXTEND = "extend"
    REMIND = "remind"
    SILENCE = "silence"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_RETURNED = "payout_returned"
    WINDOW_ENDED = "window_ended"
    CANCEL = "cancel"
    SUPPLIER_CANCEL = "supplier_cancel"
    REFUND_SETTLED = "refund_settled"
    REFUND_RETURNED = "refund_returned"
    LOOK = "look"
    HOLD_ENDS_SOON = "hold_ends_soon"
    UNSHIPPED_SOON = "unshipped_soon"
    UNSHIPPED = "unshipped"


def is_quick(case: Case) -> None:
    """Raises Refusal `cancel_too_late` with the instant at which the buyer's own time to cancel ended.

    From then on the supplier can still cancel; a claim that nothing was shipped asks them to.
    """
    ends = clocks.quick_cancel(case.order, case.policy)
    if case.at >= ends:
        help = WhatNext.SEE_CLAIM if case.claim else WhatNext.OPEN_CLAIM
        raise Refusal(
            Code.CANCEL_TOO_LATE,
            what_next=help,
            order=case.order.id,
            reason=Reason.NOT_SHIPPED,
            ended_at=ends,
        )


def has_claim(case: Case) -> bool:
    return case.claim is not None


def has_claim_of_a_part(case: Case) -> bool:
    return has_claim(case) and bool(case.position.in_escrow)


def has_no_claim(case: Case) -> bool:
    return case.claim is None


def something_is_left(case: Case) -> None:
    """Raises Refusal `nothing_to_release` where a claim holds all that is still in escrow."""
    if not case.position.in_escrow:
        raise Refusal(Code.NOTHING_TO_RELEASE, what_next=WhatNext.SEE_CLAIM, order=case.order.id)


def is_paid_out(case: Case) -> bool:
    return not case.position.payable and not case.position.held


def is_refunded(case: Case) -> bool:
    """Nothing is held or the supplier's: all is the buyer's again, on its way or there."""
    position = case.position
    left = position.held or position.released or position.payable
    return bool(position.refunded) and not left


def all_refunds_are_there(case: Case) -> bool:
    return is_refunded(case) and not case.position.unrefunded


def nothing_kept(case: Case) -> bool:
    """Nothing was paid, or it was sent back."""
    return not case.position.kept and not case.position.held


def something_paid(case: Case) -> bool:
    return bool(case.position.kept) and case.position.kept <= case.order.total


def paid_in_part(case: Case) -> bool:
    return something_paid(case) and instalments.is_outstanding(case) and not case.position.released


def paid_in_full(case: Case) -> bool:
    return case.position.kept == case.order.total


def none_released(case: Case) -> bool:
    """Nothing has gone to the supplier: it is held, for a claim or not, but for what was refunded."""
    return something_paid(case) and not case.position.released and bool(case.position.held)


def all_paid_and_none_released(case: Case) -> bool:
    return paid_in_full(case) and none_released(case)


def something_is_held(case: Case) -> bool:
    return bool(case.position.held)


def nothing_left_in_escrow(case: Case) -> bool:
    return something_paid(case) and not case.position.in_escrow


def as_agreed(case: Case) -> Mapping[str, Any]:
    terms: Terms = case.given["agreed"]
    return {name: getattr(terms, name) for name in TERMS}


def has_all_arrived(case: Case) -> bool:
    return not on_the_way(case.order.lines, case.shipments)


def all_have_left(case: Case) -> None:
    """Raises Refusal `lines_unshipped`: nobody has received what has not left."""
    left = unshipped(case.order.lines, case.shipments) if case.shipments else ()
    if left:
        raise Refusal(
            Code.LINES_UNSHIPPED,
            what_next=WhatNext.SEE_ORDER,
            order=case.order.id,
            lines=[line for line, _ in left],
        )


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
MARKETPLACE, BUYER, SUPPLIER, TIMERS = by(Role.MARKETPLACE), by(Role.BUYER), by(Role.SUPPLIER), by(TIMER)
# Whoever has refunded some of it.
LOOKERS = by(Role.BUYER, Role.SUPPLIER, Role.MEDIATOR, Role.SUPERVISOR, TIMER)
# A supervisor books what the bank has done, where it said something else at first.
BANK = by(Role.EXECUTOR, Role.SUPERVISOR, TIMER)
RELEASE = (effects.release, effects.pay_out)
PAY, SENT_BACK = (effects.fund, effects.send_back_rest), (effects.fund, effects.send_back)
# Nothing is waited for from the buyer any more.
PAID_BEFORE = (
    *(S.FUNDED, S.SHIPPED, S.DELIVERED, S.RELEASING, S.COMPLETED),
    *(S.CLOSED, S.CANCELLED, S.REFUNDING, S.REFUNDED),
)
# Where a payment may still be held.
HELD_IN = (S.FUNDED, S.SHIPPED, S.DELIVERED)
# What is asked and reckoned from the day on which it is known that the last of it has left.
LEFT, DOUBTED = (Clock.RECEIPT,), (Clock.ASK_ARRIVAL, Clock.ARRIVAL_ALARM)
# What moves with more days.
RECEIVING = (Clock.ASK_ARRIVAL, Clock.RECEIPT, Clock.ARRIVAL_ALARM)
RELEASING = (Clock.SILENT_RELEASE, Clock.REMIND_FIRST, Clock.REMIND_LAST)

# fmt: off
STEPS: tuple[Step[OrderState, OrderEvent], ...] = (
    Step(state=None, event=E.MAKE, to=S.AWAITING_PAYMENT, who=MARKETPLACE),
    Step(state=S.AWAITING_PAYMENT, event=E.AGREE, to=S.AWAITING_PAYMENT, who=MARKETPLACE, sets=as_agreed),
    # Nobody's money is taken for somebody else's order.
    *(Step(state=state, event=E.PAY, to=state, who=MARKETPLACE, when=instalments.is_of_a_third_party,
           guard=instalments.goes_back, effects=SENT_BACK, tell=Tell.PAYMENT_SENT_BACK,
           task=TaskWhy.PAID_BY_THIRD_PARTY)
      for state in (S.AWAITING_PAYMENT, S.PAYMENT_PROCESSING, S.PARTLY_FUNDED, *PAID_BEFORE)),
    *(step for state in (S.AWAITING_PAYMENT, S.PAYMENT_PROCESSING) for step in (
        Step(state=state, event=E.PAY, to=S.FUNDED, who=MARKETPLACE, when=instalments.pays_the_rest,
             guard=instalments.pays_something, sets=instalments.at_payment, effects=PAY),
        Step(state=state, event=E.PAY, to=S.PARTLY_FUNDED, who=MARKETPLACE, guard=instalments.pays_something,
             sets=instalments.at_payment, effects=(effects.fund,), tell=Tell.ORDER_PARTLY_PAID),
    )),
    Step(state=S.PARTLY_FUNDED, event=E.PAY, to=S.FUNDED, who=MARKETPLACE, when=instalments.pays_the_rest,
         guard=instalments.pays_something, sets=instalments.at_last_payment, effects=PAY),
    Step(state=S.PARTLY_FUNDED, event=E.PAY, to=S.PARTLY_FUNDED, who=MARKETPLACE,
         guard=instalments.pays_something, sets=instalments.nothing_processing, effects=(effects.fund,),
         tell=Tell.ORDER_PARTLY_PAID, moves=(Clock.PROCESSING,)),
    # Who ships before the rest is there does so for what is there.
    *(Step(state=state, event=E.PAY, to=state, who=MARKETPLACE, when=instalments.is_outstanding,
           guard=instalments.pays_something, effects=PAY) for state in (S.SHIPPED, S.DELIVERED)),
    Step(state=S.AWAITING_PAYMENT, event=E.PROCESS, to=S.PAYMENT_PROCESSING, who=MARKETPLACE,
         sets=instalments.at_processing),
    Step(state=S.PARTLY_FUNDED, event=E.PROCESS, to=S.PARTLY_FUNDED, who=MARKETPLACE,
         sets=instalments.at_processing, restarts=(Clock.PROCESSING,)),
    Step(state=S.PAYMENT_PROCESSING, event=E.PAYMENT_FAILED, to=S.AWAITING_PAYMENT, who=MARKETPLACE,
         sets=instalments.nothing_processing, tell=Tell.ORDER_PAYMENT_FAILED),
    Step(state=S.PARTLY_FUNDED, event=E.PAYMENT_FAILED, to=S.PARTLY_FUNDED, who=MARKETPLACE,
         sets=instalments.nothing_processing, tell=Tell.ORDER_PAYMENT_FAILED, moves=(Clock.PROCESSING,)),
    *(Step(state=state, event=E.PROCESSING_LONG, to=state, who=TIMERS, restarts=(Clock.PROCESSING,),
           task=TaskWhy.PAYMENT_UNANSWERED) for state in (S.PAYMENT_PROCESSING, S.PARTLY_FUNDED)),
    Step(state=S.PARTLY_FUNDED, event=E.BALANCE_LATE, to=S.PARTLY_FUNDED, who=TIMERS,
         restarts=(Clock.BALANCE,), task=TaskWhy.BALANCE_NOT_PAID),
    Step(state=S.AWAITING_PAYMENT, event=E.PAY_TIME_ENDED, to=S.CANCELLED, who=TIMERS,
         tell=Tell.ORDER_CANCELLED),
    *(Step(state=state, event=E.SHIP, to=S.SHIPPED, who=MARKETPLACE, sets=at_first_shipment)
      for state in (S.FUNDED, S.PARTLY_FUNDED)),
    Step(state=S.SHIPPED, event=E.SHIP, to=S.SHIPPED, who=MARKETPLACE, sets=at_shipment,
         restarts=LEFT, moves=DOUBTED),
    Step(state=S.FUNDED, event=E.SHIP_LATE, to=S.FUNDED, who=TIMERS, tell=Tell.ORDER_LATE),
    Step(state=S.SHIPPED, event=E.DELIVER, to=S.DELIVERED, who=MARKETPLACE, when=has_all_arrived,
         sets=at_last_delivery, tell=Tell.ORDER_DELIVERED),
    Step(state=S.SHIPPED, event=E.DELIVER, to=S.SHIPPED, who=MARKETPLACE, sets=at_shipment,
         restarts=LEFT, moves=DOUBTED),
    # The buyer is asked first; then it counts as received, unless a claim says that it never came.
    Step(state=S.SHIPPED, event=E.ASK_ARRIVAL, to=S.SHIPPED, who=TIMERS,
         when=receipts.is_in_doubt, tell=Tell.ORDER_ARRIVAL_UNSURE),
    Step(state=S.SHIPPED, event=E.ASK_ARRIVAL, to=S.SHIPPED, who=TIMERS,
         when=receipts.is_not_claimed_missing, tell=Tell.ORDER_ARRIVAL_ASKED),
    Step(state=S.SHIPPED, event=E.RECEIPT_BY_RULE, to=S.SHIPPED, who=TIMERS,
         when=receipts.is_claimed_missing, restarts=(Clock.RECEIPT,)),
    Step(state=S.SHIPPED, event=E.RECEIPT_BY_RULE, to=S.DELIVERED, who=TIMERS, sets=at_delivery,
         tell=Tell.ORDER_RECEIVED_BY_RULE),
    Step(state=S.SHIPPED, event=E.NOT_ARRIVED, to=S.SHIPPED, who=BUYER, when=receipts.says_no_first,
         guard=receipts.was_asked, sets=receipts.said_no, moves=RECEIVING, tell=Tell.ORDER_NOT_ARRIVED),
    Step(state=S.SHIPPED, event=E.NOT_ARRIVED, to=S.SHIPPED, who=BUYER, guard=receipts.was_asked,
         sets=receipts.said_no, moves=(Clock.ASK_ARRIVAL, Clock.RECEIPT), restarts=(Clock.ARRIVAL_ALARM,),
         tell=Tell.ORDER_NOT_ARRIVED_AGAIN, task=TaskWhy.NOT_ARRIVED),
    # What an open claim says of it is looked into with that.
    Step(state=S.SHIPPED, event=E.ARRIVAL_ALARM, to=S.SHIPPED, who=TIMERS, when=receipts.is_claimed_missing,
         restarts=(Clock.ARRIVAL_ALARM,)),
    Step(state=S.SHIPPED, event=E.ARRIVAL_ALARM, to=S.SHIPPED, who=TIMERS, when=receipts.said_no_twice,
         restarts=(Clock.ARRIVAL_ALARM,), task=TaskWhy.NOT_ARRIVED),
    Step(state=S.SHIPPED, event=E.ARRIVAL_ALARM, to=S.SHIPPED, who=TIMERS, restarts=(Clock.ARRIVAL_ALARM,),
         task=TaskWhy.ARRIVAL_UNANSWERED),
    Step(state=S.SHIPPED, event=E.EXTEND, to=S.SHIPPED, who=by(Role.BUYER, Role.SUPPLIER),
         guard=receipts.may_have_more_days, sets=receipts.with_more_days, moves=RECEIVING,
         tell=Tell.ORDER_RECEIPT_EXTENDED),
    Step(state=S.DELIVERED, event=E.EXTEND, to=S.DELIVERED, who=BUYER, guard=receipts.may_have_more_days,
         sets=receipts.with_more_days, moves=RELEASING, tell=Tell.ORDER_RELEASE_EXTENDED),
    Step(state=S.DELIVERED, event=E.REMIND, to=S.DELIVERED, who=TIMERS, when=receipts.something_is_to_go,
         tell=Tell.ORDER_RELEASE_SOON),
    # Who says that it is there says that it was delivered, now.
    Step(state=S.SHIPPED, event=E.ARRIVED, to=S.DELIVERED, who=BUYER, guard=all_have_left,
         sets=at_delivery, tell=Tell.ORDER_DELIVERED),
    Step(state=S.SHIPPED, event=E.CONFIRM_RECEIPT, to=S.DELIVERED, who=BUYER, when=has_claim_of_a_part,
         guard=all_have_left, sets=receipts.delivered_and_due, effects=RELEASE,
         tell=Tell.ORDER_REST_RELEASED),
    Step(state=S.SHIPPED, event=E.CONFIRM_RECEIPT, to=S.DELIVERED, who=BUYER, when=has_claim,
         guard=all_have_left, sets=receipts.delivered_and_due, tell=Tell.ORDER_DELIVERED),
    Step(state=S.SHIPPED, event=E.CONFIRM_RECEIPT, to=S.RELEASING, who=BUYER, guard=all_have_left,
         sets=at_delivery,
         effects=RELEASE, tell=Tell.ORDER_RECEIVED),
    Step(state=S.DELIVERED, event=E.CONFIRM_RECEIPT, to=S.DELIVERED, who=BUYER, when=has_claim,
         guard=something_is_left, sets=receipts.due_from_now, effects=RELEASE,
         tell=Tell.ORDER_REST_RELEASED),
    Step(state=S.DELIVERED, event=E.CONFIRM_RECEIPT, to=S.RELEASING, who=BUYER, effects=RELEASE,
         tell=Tell.ORDER_RECEIVED),
    Step(state=S.DELIVERED, event=E.SILENCE, to=S.DELIVERED, who=TIMERS, when=has_claim,
         sets=receipts.due_from_now, effects=RELEASE, tell=Tell.ORDER_REST_RELEASED, if_moved=True),
    Step(state=S.DELIVERED, event=E.SILENCE, to=S.RELEASING, who=TIMERS, effects=RELEASE,
         tell=Tell.ORDER_RELEASED_BY_SILENCE, if_moved=True),
    Step(state=S.RELEASING, event=E.PAYOUT_SETTLED, to=S.REFUNDED, who=BANK, when=all_refunds_are_there),
    Step(state=S.RELEASING, event=E.PAYOUT_SETTLED, to=S.COMPLETED, who=BANK, when=is_paid_out),
    # Also what comes back long after the end is the supplier's still.
    *(Step(state=state, event=E.PAYOUT_RETURNED, to=S.RELEASING, who=BANK)
      for state in (S.COMPLETED, S.CLOSED, S.REFUNDED)),
    Step(state=S.COMPLETED, event=E.WINDOW_ENDED, to=S.CLOSED, who=TIMERS, when=has_no_claim,
         tell=Tell.ORDER_CLOSED),
    *(Step(state=S.AWAITING_PAYMENT, event=event, to=S.CANCELLED, who=who, tell=Tell.ORDER_CALLED_OFF)
      for event, who in ((E.CANCEL, BUYER), (E.SUPPLIER_CANCEL, SUPPLIER))),
    Step(state=S.FUNDED, event=E.CANCEL, to=S.REFUNDING, who=BUYER, guard=is_quick,
         effects=(effects.refund_all,), pays_claim=True, tell=Tell.ORDER_CANCELLED_BY_BUYER),
    Step(state=S.FUNDED, event=E.SUPPLIER_CANCEL, to=S.REFUNDING, who=SUPPLIER,
         effects=(effects.refund_all,), pays_claim=True, tell=Tell.ORDER_CANCELLED_BY_SUPPLIER),
    # Nobody needs to ask for what was never shipped.
    Step(state=S.FUNDED, event=E.UNSHIPPED_SOON, to=S.FUNDED, who=TIMERS, tell=Tell.ORDER_UNSHIPPED_SOON),
    Step(state=S.FUNDED, event=E.UNSHIPPED, to=S.REFUNDING, who=TIMERS, effects=(effects.refund_all,),
         pays_claim=True, tell=Tell.ORDER_UNSHIPPED),
    *(Step(state=state, event=E.REFUND_SETTLED, to=S.REFUNDED, who=BANK, when=all_refunds_are_there)
      for state in (S.REFUNDING, S.COMPLETED)),
    # What was paid by credit alone is refunded at once.
    Step(state=S.REFUNDING, event=E.LOOK, to=S.REFUNDED, who=LOOKERS, when=all_refunds_are_there),
    Step(state=S.REFUNDED, event=E.REFUND_RETURNED, to=S.REFUNDING, who=BANK),
    # Some of it was refunded: the order stays as it is unless that was the last.
    *(step for state in (S.FUNDED, S.SHIPPED, S.DELIVERED, S.RELEASING) for step in (
        Step(state=state, event=E.LOOK, to=S.REFUNDED, who=LOOKERS, when=all_refunds_are_there),
        Step(state=state, event=E.LOOK, to=S.REFUNDING, who=LOOKERS, when=is_refunded),
    )),
    Step(state=S.RELEASING, event=E.LOOK, to=S.COMPLETED, who=LOOKERS, when=is_paid_out),
    # A claim ended, and what it held was due before: whoever sees it too late has a little time all the same.
    Step(state=S.DELIVERED, event=E.LOOK, to=S.DELIVERED, who=LOOKERS, when=receipts.is_set_free,
         sets=receipts.free_from_now, restarts=(Clock.AFTER_CLAIM,), tell=Tell.ORDER_RELEASE_SOON),
    Step(state=S.COMPLETED, event=E.LOOK, to=S.CLOSED, who=LOOKERS, when=receipts.is_over,
         tell=Tell.ORDER_CLOSED),
    # What is paid when all has been paid, or when it is too late, is booked and goes back.
    *(Step(state=state, event=E.PAY, to=state, who=MARKETPLACE, guard=instalments.goes_back,
           effects=SENT_BACK, tell=Tell.PAYMENT_SENT_BACK)
      for state in PAID_BEFORE),
    # The provider may hold it only so long: somebody sees to it in time.
    *(Step(state=state, event=E.HOLD_ENDS_SOON, to=state, who=TIMERS, when=something_is_held,
           task=TaskWhy.HOLD_ENDS_SOON) for state in HELD_IN),
)
STAYS: tuple[Stay[OrderState, OrderEvent], ...] = (
    Stay(state=S.AWAITING_PAYMENT, who=Who.BUYER, what=What.PAY, otherwise=Otherwise.CANCELLED,
         clock=Clock.PAY, then=E.PAY_TIME_ENDED),
    Stay(state=S.PAYMENT_PROCESSING, who=Who.PLATFORM, what=What.PAYMENT_CLEARS,
         otherwise=Otherwise.SUPERVISOR_ALARM, clock=Clock.PROCESSING, then=E.PROCESSING_LONG),
    Stay(state=S.PARTLY_FUNDED, who=Who.BUYER, what=What.PAY_BALANCE, otherwise=Otherwise.SUPERVISOR_ALARM,
         clock=Clock.BALANCE, then=E.BALANCE_LATE),
    Stay(state=S.PARTLY_FUNDED, who=Who.PLATFORM, what=What.PAYMENT_CLEARS,
         otherwise=Otherwise.SUPERVISOR_ALARM, clock=Clock.PROCESSING, then=E.PROCESSING_LONG, beside=True),
    Stay(state=S.FUNDED, who=Who.SUPPLIER, what=What.SHIP, otherwise=Otherwise.CLAIM_POSSIBLE,
         clock=Clock.SHIP, then=E.SHIP_LATE),
    Stay(state=S.FUNDED, who=Who.SUPPLIER, what=What.SHIP_OR_REFUND, otherwise=Otherwise.REFUNDED,
         clock=Clock.UNSHIPPED_REFUND, then=E.UNSHIPPED),
    *(Stay(state=S.FUNDED, who=Who.SUPPLIER, what=What.SHIP_OR_REFUND, otherwise=Otherwise.REFUNDED,
           clock=clock, then=E.UNSHIPPED_SOON, beside=True)
      for clock in (Clock.UNSHIPPED_FIRST_NOTICE, Clock.UNSHIPPED_LAST_NOTICE)),
    Stay(state=S.SHIPPED, who=Who.SUPPLIER, what=What.DELIVER, otherwise=Otherwise.CLAIM_POSSIBLE,
         clock=Clock.PROMISED),
    Stay(state=S.SHIPPED, who=Who.BUYER, what=What.SAY_ARRIVED, otherwise=Otherwise.RECEIVED_BY_RULE,
         clock=Clock.RECEIPT, then=E.RECEIPT_BY_RULE),
    Stay(state=S.SHIPPED, who=Who.PLATFORM, what=What.LOOK_INTO, otherwise=Otherwise.SUPERVISOR_ALARM,
         clock=Clock.ARRIVAL_ALARM, then=E.ARRIVAL_ALARM),
    Stay(state=S.SHIPPED, who=Who.BUYER, what=What.SAY_ARRIVED, clock=Clock.ASK_ARRIVAL, then=E.ASK_ARRIVAL,
         beside=True),
    Stay(state=S.DELIVERED, who=Who.BUYER, what=What.CONFIRM_RECEIPT, otherwise=Otherwise.RELEASED_BY_SILENCE,
         clock=Clock.SILENT_RELEASE, then=E.SILENCE, told_to=Who.BUYER),
    Stay(state=S.DELIVERED, who=Who.BUYER, what=What.CONFIRM_RECEIPT, otherwise=Otherwise.RELEASED_BY_SILENCE,
         clock=Clock.AFTER_CLAIM, then=E.SILENCE),
    *(Stay(state=S.DELIVERED, who=Who.BUYER, what=What.CONFIRM_RECEIPT, clock=clock, then=E.REMIND,
           told_to=Who.BUYER, beside=True) for clock in (Clock.REMIND_FIRST, Clock.REMIND_LAST)),
    # Whose clock runs meanwhile is the payout's (machines/instruction.py).
    Stay(state=S.RELEASING, who=Who.PLATFORM, what=What.PAY_OUT, otherwise=Otherwise.SUPERVISOR_ALARM),
    Stay(state=S.COMPLETED, who=Who.BUYER, what=What.CLAIM_UNTIL, otherwise=Otherwise.CLOSED,
         clock=Clock.WINDOW_END, then=E.WINDOW_ENDED),
    *(Stay(state=state, who=Who.PLATFORM, what=What.LOOK_INTO, clock=Clock.HOLD_LIMIT, then=E.HOLD_ENDS_SOON,
           beside=True) for state in HELD_IN),
    # As above: the refund's clock runs.
    Stay(state=S.REFUNDING, who=Who.PLATFORM, what=What.REFUND, otherwise=Otherwise.SUPERVISOR_ALARM),
)
# fmt: on
HOLDS = {
    S.AWAITING_PAYMENT: nothing_kept,
    S.PAYMENT_PROCESSING: nothing_kept,
    S.PARTLY_FUNDED: paid_in_part,
    S.FUNDED: all_paid_and_none_released,
    S.SHIPPED: none_released,
    S.DELIVERED: something_paid,
    S.RELEASING: nothing_left_in_escrow,
    S.COMPLETED: nothing_left_in_escrow,
    S.CLOSED: nothing_left_in_escrow,
    S.CANCELLED: nothing_kept,
    S.REFUNDING: is_refunded,
    S.REFUNDED: is_refunded,
}
ORDER: Machine[OrderState, OrderEvent] = Machine(
    "order", STEPS, STAYS, frozenset({S.CLOSED, S.CANCELLED, S.REFUNDED}), HOLDS, look=WhatNext.SEE_ORDER
)
