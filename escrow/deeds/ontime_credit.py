"""A buyer asks for the credit that a late order brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Code, CreditState, Role, WhatNext
from escrow import engine
from escrow.callers import Caller
from escrow.case import Case
from escrow.credits import Credit, is_guaranteed
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_buyer
from escrow.machines.credit import UNDONE, CreditEvent, is_late
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import instant, money
from escrow.views.credits import expiry_zone


def plan(work: Work, caller: Caller, wanted: asked.OntimeCredit, now: datetime, lock: bool) -> Plan:
    order = order_of_buyer(work, caller, wanted.order, lock=lock)
    credit = _credit(work, order, now)
    outcome = engine.foresee(work, credit, CreditEvent.ASK, order, at=now)
    rules, after = policy_of(work, order).ontime, outcome.after
    effect = Effect(
        amount=money(after.amount),
        new_state=after.state,
        percent=rules.percent,
        cap=money(rules.cap.money),
        valid_days=rules.credit_valid_days,
        expires_at_zone=expiry_zone(work, after, order),
    )
    preview = {"expires_at": after.expires_at} if after.expires_at else {}
    return Plan(order, effect, outcome, preview=preview)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order and plan.outcome
    credit: Credit = plan.outcome.before
    engine.apply(work, credit, CreditEvent.ASK, plan.order, actor=caller.actor, at=now, note=note)


def _credit(work: Work, order: Order, now: datetime) -> Credit:
    """Raises Refusal where the order brings none, or no more."""
    if not is_guaranteed(order):
        raise Refusal(Code.NO_GUARANTEE, what_next=WhatNext.TALK_TO_PERSON, order=order.id)
    credit = work.credits.ontime_of(order.id)
    if credit is None:
        raise Refusal(Code.NOTHING_PAID, what_next=WhatNext.NONE, order=order.id)
    if credit.granted_at or credit.state is CreditState.WAITING:
        waits = credit.state is CreditState.WAITING
        code = Code.CREDIT_ALREADY_ASKED if waits else Code.CREDIT_ALREADY_GRANTED
        facts: dict[str, Any] = {"amount": credit.amount.json(), "expires_at": instant(credit.expires_at)}
        raise Refusal(code, what_next=WhatNext.NONE, order=order.id, state=credit.state, **facts)
    if order.state in UNDONE:
        raise Refusal(Code.FULLY_REFUNDED, what_next=WhatNext.TALK_TO_PERSON, order=order.id)
    if credit.state in (CreditState.KEPT, CreditState.LAPSED):
        position = work.ledger.position(order)
        is_late(Case(order=order, policy=policy_of(work, order), position=position, at=now))
        raise Refusal(Code.FULLY_REFUNDED, what_next=WhatNext.TALK_TO_PERSON, order=order.id)
    return credit


DEED = Deed(
    kind=codes.Deed.ONTIME_CREDIT,
    roles=frozenset({Role.BUYER}),
    asked=asked.OntimeCredit,
    plan=plan,
    do=do,
)
