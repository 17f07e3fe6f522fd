"""The platform gives a buyer a credit of its own, because of an order: what two supervisors sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Code, Role, WhatNext
from escrow import engine
from escrow.callers import Caller
from escrow.credits import Credit, given
from escrow.deeds.deed import Deed, Plan
from escrow.machines.credit import CreditEvent
from escrow.money import BadMoney, Money
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import money
from escrow.views.credits import expiry_zone


def plan(work: Work, _caller: Caller, wanted: asked.Goodwill, now: datetime, lock: bool) -> Plan:
    order = work.orders.lock(wanted.order) if lock else work.orders.get(wanted.order)
    credit = _credit(work, order, _amount(order, wanted.amount), now)
    outcome = engine.foresee(work, credit, CreditEvent.GIVE, order, at=now, new=True)
    effect = Effect(
        amount=money(credit.amount),
        new_state=outcome.after.state,
        because=wanted.because,
        valid_days=policy_of(work, order).ontime.credit_valid_days,
        expires_at_zone=expiry_zone(work, credit, order),
    )
    assert credit.expires_at is not None
    return Plan(order, effect, outcome, preview={"expires_at": credit.expires_at})


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order and plan.effect.amount and plan.effect.because
    amount = Money(plan.effect.amount.minor, plan.effect.amount.currency)
    credit, order = _credit(work, plan.order, amount, now), plan.order
    told = {"because": work.records.keep_text(order.id, plan.effect.because)}
    engine.begin(work, credit, CreditEvent.GIVE, order, actor=caller.actor, at=now, note={**note, **told})


def _credit(work: Work, order: Order, amount: Money, now: datetime) -> Credit:
    credit = given(order, policy_of(work, order), amount, now)
    return credit.numbered(len(work.credits.of(order.id)) + 1)


def _amount(order: Order, told: asked.Sum) -> Money:
    """Raises Refusal where it is nothing, or not in the order's currency."""
    about: dict[str, Any] = {"order": order.id, "currency": order.currency}
    try:
        amount = Money(told.minor, told.currency)
    except BadMoney as wrong:
        raise Refusal(Code.MALFORMED, field="amount", problem=str(wrong)) from None
    if amount.currency != order.currency:
        raise Refusal(Code.WRONG_CURRENCY, what_next=WhatNext.OTHER_AMOUNT, **about)
    if amount.minor <= 0:
        raise Refusal(Code.AMOUNT_NOT_POSITIVE, what_next=WhatNext.OTHER_AMOUNT, **about)
    return amount


def two_supervisors(_caller: Caller, _plan: Plan) -> tuple[Role, ...]:
    return Role.SUPERVISOR, Role.SUPERVISOR


DEED = Deed(
    kind=codes.Deed.GOODWILL,
    roles=frozenset({Role.SUPERVISOR}),
    asked=asked.Goodwill,
    plan=plan,
    do=do,
    signers=two_supervisors,
)
