"""The machine of a credit: promised with an order, due when it is late, granted, and spent or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from contract.codes import (
    Code,
    CreditKind,
    CreditState,
    OrderState,
    Otherwise,
    Role,
    TaskWhy,
    Tell,
    What,
    WhatNext,
    Who,
)
from escrow import clocks, crediting
from escrow.calendar import Deadline
from escrow.case import Case, is_covered
from escrow.clocks import Clock, Matter
from escrow.credits import days, due, is_guaranteed
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.machines.order import OrderEvent
from escrow.money import Money
from escrow.orders import Order
from escrow.refusals import Refusal


class CreditEvent(StrEnum):
    PROMISE = "promise"
    PROMISED_DAY_OVER = "promised_day_over"
    ASK = "ask"
    TIME_TO_ASK_OVER = "time_to_ask_over"
    COVER_AGAIN = "cover_again"
    PROMISE_MOVED = "promise_moved"
    ORDER_CAME = "order_came"
    ORDER_UNDONE = "order_undone"
    GIVE = "give"
    GIVE_BACK = "give_back"
    SPEND = "spend"
    REMIND = "remind"
    EXPIRE = "expire"


def deadline_of(clock: Clock, case: Case) -> Deadline:
    end = clocks.ends(clock, Matter(case.order, case.policy, credit=case.credit))
    assert end is not None, "what has been promised has a day"
    return end


def came_in_time(case: Case) -> bool:
    delivered = case.order.delivered_at
    return delivered is not None and delivered < deadline_of(Clock.CREDIT_LATE, case).at


def asks_too_late(case: Case) -> bool:
    return case.at >= deadline_of(Clock.CREDIT_APPLY, case).at


def must_ask(case: Case) -> bool:
    """Of the account's tier, as it was at payment, nobody is given a credit without asking."""
    return case.order.tier not in case.policy.ontime.auto_tiers


def is_uncovered(case: Case) -> bool:
    return not is_covered(case, amount_of(case))


def is_delivered(case: Case) -> bool:
    return case.order.delivered_at is not None


def is_for_lateness(case: Case) -> bool:
    """What was given for any other reason stays, whatever becomes of the order."""
    return case.credit is not None and case.credit.kind is CreditKind.ONTIME


def leaves_some(case: Case) -> bool:
    assert case.credit is not None
    return bool(case.given["spent"] < case.credit.unspent)


def amount_of(case: Case) -> Money:
    return due(case.order, case.policy, case.position.paid, case.at)


def is_late(case: Case) -> None:
    """Raises Refusal with the instant from which it is late, or because it came before that."""
    opens = deadline_of(Clock.CREDIT_LATE, case)
    if came_in_time(case):
        raise Refusal(
            Code.DELIVERED_IN_TIME,
            what_next=WhatNext.TALK_TO_PERSON,
            order=case.order.id,
            delivered_at=case.order.delivered_at,
            promised_at=case.order.promised_at,
        )
    if case.at < opens.at:
        raise Refusal(
            Code.NOT_LATE_YET,
            what_next=WhatNext.WAIT_UNTIL,
            order=case.order.id,
            opens_at=opens.at,
            opens_zone=opens.zone,
        )
    is_in_time(case)


def is_in_time(case: Case) -> None:
    """Raises Refusal `credit_time_over` with the instant at which it was."""
    if asks_too_late(case):
        end = deadline_of(Clock.CREDIT_APPLY, case)
        raise Refusal(
            Code.CREDIT_TIME_OVER,
            what_next=WhatNext.TALK_TO_PERSON,
            order=case.order.id,
            deadline=end.at,
            deadline_zone=end.zone,
        )


def is_there_for_it(case: Case) -> None:
    """Raises Refusal `own_funds_short` with what is there."""
    assert case.credit is not None and case.own_funds is not None
    if not is_covered(case, case.credit.amount):
        raise Refusal(Code.OWN_FUNDS_SHORT, order=case.order.id, free=case.own_funds().json())


def at_grant(case: Case) -> Mapping[str, Any]:
    amount = amount_of(case)
    expires = days(case.order, case.policy, case.at).at
    return {"amount": amount, "unspent": amount, "granted_at": case.at, "expires_at": expires}


def at_spending(case: Case) -> Mapping[str, Any]:
    assert case.credit is not None
    return {"unspent": case.credit.unspent - case.given["spent"]}


S, E = CreditState, CreditEvent
BUYER, MARKETPLACE, TIMERS = by(Role.BUYER), by(Role.MARKETPLACE), by(TIMER)
WITH_PAYMENT = by(Role.MARKETPLACE, TIMER)
SUPERVISOR = by(Role.SUPERVISOR)
# Whoever ends an order or says that it has come.
WITH_THE_ORDER = by(*Role, TIMER)
# All of the order has gone back, or nothing of it was paid.
UNDONE = frozenset({OrderState.CANCELLED, OrderState.REFUNDING, OrderState.REFUNDED})


def granting(
    state: CreditState, event: CreditEvent, who: frozenset[str], guard: Callable[[Case], None] | None = None
) -> Iterator[Step[CreditState, CreditEvent]]:
    """Granted as far as own funds cover it, and to be spent at once where the order has come already."""
    to_wait = Step(
        state=state,
        event=event,
        to=S.WAITING,
        who=who,
        when=is_uncovered,
        guard=guard,
        task=TaskWhy.OWN_FUNDS_SHORT,
    )
    if state is S.WAITING:
        yield replace(to_wait, restarts=(Clock.CREDIT_COVER,))
    else:
        yield replace(to_wait, tell=Tell.CREDIT_WAITING)
    granted = replace(to_wait, to=S.GRANTED, when=None, task=None, sets=at_grant, effects=(crediting.grant,))
    yield replace(granted, to=S.SPENDABLE, when=is_delivered, tell=Tell.CREDIT_SPENDABLE)
    yield replace(granted, tell=Tell.CREDIT_GRANTED)


# fmt: off
STEPS: tuple[Step[CreditState, CreditEvent], ...] = (
    Step(state=None, event=E.PROMISE, to=S.PROMISED, who=WITH_PAYMENT),
    Step(state=S.PROMISED, event=E.ORDER_CAME, to=S.KEPT, who=WITH_THE_ORDER, when=came_in_time),
    # It was told late of: nobody has been given anything yet.
    Step(state=S.ELIGIBLE, event=E.ORDER_CAME, to=S.KEPT, who=WITH_THE_ORDER, when=came_in_time),
    *(Step(state=state, event=E.PROMISE_MOVED, to=S.PROMISED, who=WITH_THE_ORDER,
           moves=(Clock.CREDIT_LATE,) if state is S.PROMISED else ()) for state in (S.PROMISED, S.ELIGIBLE)),
    Step(state=S.PROMISED, event=E.PROMISED_DAY_OVER, to=S.LAPSED, who=TIMERS, when=asks_too_late),
    Step(state=S.PROMISED, event=E.PROMISED_DAY_OVER, to=S.ELIGIBLE, who=TIMERS, when=must_ask,
         tell=Tell.CREDIT_POSSIBLE),
    *granting(S.PROMISED, E.PROMISED_DAY_OVER, TIMERS),
    # Before its clock has fired.
    *granting(S.PROMISED, E.ASK, BUYER, is_late),
    *granting(S.ELIGIBLE, E.ASK, BUYER, is_in_time),
    Step(state=S.ELIGIBLE, event=E.TIME_TO_ASK_OVER, to=S.LAPSED, who=TIMERS),
    *granting(S.WAITING, E.COVER_AGAIN, TIMERS),
    Step(state=S.GRANTED, event=E.ORDER_CAME, to=S.SPENDABLE, who=WITH_THE_ORDER, tell=Tell.CREDIT_SPENDABLE),
    *(Step(state=state, event=E.ORDER_UNDONE, to=S.LAPSED, who=WITH_THE_ORDER)
      for state in (S.PROMISED, S.ELIGIBLE, S.WAITING)),
    *(Step(state=state, event=E.ORDER_UNDONE, to=S.REVOKED, who=WITH_THE_ORDER, when=is_for_lateness,
           effects=(crediting.revoke,), tell=Tell.CREDIT_REVOKED) for state in (S.GRANTED, S.SPENDABLE)),
    Step(state=None, event=E.GIVE, to=S.SPENDABLE, who=SUPERVISOR, guard=is_there_for_it,
         effects=(crediting.grant,), tell=Tell.CREDIT_GIVEN),
    # Its journal is the refund's (E9r), and with it all may be refunded.
    Step(state=None, event=E.GIVE_BACK, to=S.SPENDABLE, who=WITH_THE_ORDER, tell=Tell.CREDIT_BACK,
         order_hears=OrderEvent.LOOK),
    # Its journal is the paid order's (E9u), whose payment it is.
    Step(state=S.SPENDABLE, event=E.SPEND, to=S.SPENDABLE, who=MARKETPLACE, when=leaves_some,
         sets=at_spending),
    Step(state=S.SPENDABLE, event=E.SPEND, to=S.SPENT, who=MARKETPLACE, sets=at_spending),
    Step(state=S.SPENDABLE, event=E.REMIND, to=S.SPENDABLE, who=TIMERS, tell=Tell.CREDIT_ENDS_SOON),
    *(Step(state=state, event=E.EXPIRE, to=S.EXPIRED, who=TIMERS, effects=(crediting.expire,),
           tell=Tell.CREDIT_EXPIRED) for state in (S.GRANTED, S.SPENDABLE)),
)
STAYS: tuple[Stay[CreditState, CreditEvent], ...] = (
    Stay(state=S.PROMISED, who=Who.SUPPLIER, what=What.DELIVER, otherwise=Otherwise.CREDIT_POSSIBLE,
         clock=Clock.CREDIT_LATE, then=E.PROMISED_DAY_OVER),
    Stay(state=S.ELIGIBLE, who=Who.BUYER, what=What.ASK_FOR_CREDIT, otherwise=Otherwise.CREDIT_LAPSED,
         clock=Clock.CREDIT_APPLY, then=E.TIME_TO_ASK_OVER),
    Stay(state=S.WAITING, who=Who.PLATFORM, what=What.COVER_CREDIT, otherwise=Otherwise.SUPERVISOR_ALARM,
         clock=Clock.CREDIT_COVER, then=E.COVER_AGAIN),
    Stay(state=S.GRANTED, who=Who.SUPPLIER, what=What.DELIVER, otherwise=Otherwise.CREDIT_EXPIRED,
         clock=Clock.CREDIT_EXPIRY, then=E.EXPIRE),
    Stay(state=S.SPENDABLE, who=Who.BUYER, what=What.SPEND_CREDIT, otherwise=Otherwise.CREDIT_EXPIRED,
         clock=Clock.CREDIT_EXPIRY, then=E.EXPIRE),
    Stay(state=S.SPENDABLE, who=Who.BUYER, what=What.SPEND_CREDIT, otherwise=Otherwise.CREDIT_EXPIRED,
         clock=Clock.CREDIT_REMINDER, then=E.REMIND),
)
# fmt: on
OVER = frozenset({S.KEPT, S.LAPSED, S.SPENT, S.EXPIRED, S.REVOKED})
CREDIT: Machine[CreditState, CreditEvent] = Machine("credit", STEPS, STAYS, OVER)


def heard(before: Order | None, after: Order) -> CreditEvent | None:
    """What its credits hear of an order's step, whichever it was; `promise` begins the one for lateness."""
    if before is None:
        return None
    if after.paid_at and not before.paid_at and is_guaranteed(after):
        return E.PROMISE
    if after.state in UNDONE and before.state not in UNDONE:
        return E.ORDER_UNDONE
    if after.delivered_at and not before.delivered_at:
        return E.ORDER_CAME
    if after.promised_at != before.promised_at:
        return E.PROMISE_MOVED
    return None
