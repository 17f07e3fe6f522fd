"""A buyer opens a claim: what they ask is kept back, and the supplier's time to answer begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import ClaimState, Code, Role, WhatNext
from escrow import clocks, engine
from escrow.callers import Caller
from escrow.claims import Claim
from escrow.clocks import Matter
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_buyer
from escrow.machines.claim import ClaimEvent
from escrow.money import BadMoney, Money, share
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.verdicts import Verdict, judge
from escrow.views.common import instant, money
from escrow.views.verdicts import verdict_facts

# The claim as its quote shows it, before it has a number.
NEW = "new"


def plan(work: Work, caller: Caller, wanted: asked.OpenClaim, now: datetime, lock: bool) -> Plan:
    asked_for = _money(wanted.amount) if wanted.amount is not None else None
    order = order_of_buyer(work, caller, wanted.order, lock=lock)
    verdict = judge(verdict_facts(work, order, now, wanted.reason))
    if not verdict.eligible:
        facts: dict[str, Any] = {"deadline": instant(verdict.deadline)}
        facts |= {"deadline_zone": verdict.deadline_zone}
        raise Refusal(verdict.code, what_next=verdict.what_next, order=order.id, **facts)
    claim = _claim(order, caller, wanted, _amount(wanted, asked_for, verdict), now)
    outcome = engine.foresee(work, claim, ClaimEvent.OPEN, order, at=now, new=True)
    days = policy_of(work, order).dispute
    effect = Effect(
        amount=money(claim.amount),
        held=money(outcome.case.position.held_for(NEW)),
        reason=wanted.reason,
        payer=verdict.payer,
        new_state=outcome.after.state,
        respond_days=days.respond_days,
        escalate_from_day=days.escalate_from_day,
        auto_escalate_day=days.auto_escalate_day,
    )
    return Plan(order, effect, outcome, preview=_preview(work, order, claim))


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> str:
    assert plan.order and plan.outcome
    claim: Claim = replace(plan.outcome.after, id=work.claims.next_id(), version=0)
    engine.begin(work, claim, ClaimEvent.OPEN, plan.order, actor=caller.actor, at=now, note=note)
    return claim.id


def _claim(order: Order, caller: Caller, wanted: asked.OpenClaim, amount: Money, now: datetime) -> Claim:
    return Claim(
        id=NEW,
        order=order.id,
        state=ClaimState.AWAITING_SUPPLIER,
        reason=wanted.reason,
        amount=amount,
        opened_at=now,
        opened_by=caller.sub,
        opened_in=caller.conversation,
    )


def _amount(wanted: asked.OpenClaim, asked_for: Money | None, verdict: Verdict) -> Money:
    """Raises Refusal where it is not in the order's currency, nothing, or above the cap."""
    cap = Money(verdict.max_amount["minor"], verdict.max_amount["currency"])
    if asked_for is not None:
        amount = asked_for
    else:
        assert wanted.share is not None, "a claim is asked for with an amount or a share"
        amount = share(Money(verdict.facts.paid, cap.currency), Fraction(wanted.share))
    about: dict[str, Any]
    if amount.currency != cap.currency:
        code, about = Code.WRONG_CURRENCY, {"currency": cap.currency, "cap": cap.json()}
    elif amount.minor <= 0:
        code, about = Code.AMOUNT_NOT_POSITIVE, {"cap": cap.json()}
    elif cap < amount:
        code, about = Code.AMOUNT_ABOVE_CAP, {"cap": cap.json(), "order": wanted.order}
    else:
        return amount
    raise Refusal(code, what_next=WhatNext.OTHER_AMOUNT, **about)


def _money(told: asked.Sum) -> Money:
    """Raises Refusal `malformed` for a currency that does not exist."""
    try:
        return Money(told.minor, told.currency)
    except BadMoney as wrong:
        raise Refusal(Code.MALFORMED, field="amount", problem=str(wrong)) from None


def _preview(work: Work, order: Order, claim: Claim) -> dict[str, datetime]:
    policy = policy_of(work, order)
    mediation = clocks.auto_escalate(Matter(order, policy, claim))
    found = {"escalatable_at": clocks.escalatable(claim, policy)}
    return found | ({"auto_escalates_at": mediation.at} if mediation else {})


DEED = Deed(
    kind=codes.Deed.OPEN_CLAIM, roles=frozenset({Role.BUYER}), asked=asked.OpenClaim, plan=plan, do=do
)
