"""Quote, then confirm: what would happen, shown exactly; then done by the quote's id, once."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from escrow import claims
from escrow.callers import Caller
from escrow.claims import Claim, ClaimEvent, ClaimState, Reason
from escrow.history import canonical
from escrow.ledger import Journal
from escrow.money import Money, share
from escrow.moves import change_claim, hold_journals, post, tell_both
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.refusals import Refusal, not_found
from escrow.silence import Timer
from escrow.store.claims import deciding
from escrow.store.instants import read, sure
from escrow.store.work import Work
from escrow.verdicts import Verdict, judge
from escrow.views import instant, verdict_facts

Request = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a yes would do, as it is shown: the exact effect as facts and as postings, nothing of the hour."""

    order: Order
    effect: dict[str, Any]
    journals: tuple[Journal, ...] = ()
    claim: Claim | None = None

    @property
    def shown(self) -> dict[str, Any]:
        postings = [posting.json() for journal in self.journals for posting in journal.postings]
        return {"effect": self.effect, "postings": postings}


def open_quote(work: Work, caller: Caller, kind: str, asked: Request, now: datetime) -> dict[str, Any]:
    """`asked` is the validated body. Raises Refusal; a quote changes nothing but the list of quotes."""
    caller.must_be("buyer")
    plan = PLAN[kind](work, caller, asked, now)
    id, claim = f"Q-{secrets.token_hex(8)}", plan.claim.id if plan.claim else None
    expires = now + timedelta(minutes=policy_of(work, plan.order).quote.minutes)
    row: dict[str, Any] = {"id": id, "kind": kind, "person": caller.sub, "account": caller.account}
    row |= {"conversation": caller.conversation, "order_id": plan.order.id, "claim_id": claim}
    row |= {"request": json.dumps(asked), "shown": canonical(plan.shown)}
    work.records.add_quote(row | {"expires_at": sure(expires), "answer": None})
    told = {"quote_id": id, "kind": kind, "order": plan.order.id} | ({"claim": claim} if claim else {})
    return told | plan.shown | {"expires_at": instant(expires)}


def confirm(work: Work, caller: Caller, id: str, now: datetime) -> dict[str, Any]:
    """Done once, and only what was shown; a second confirm gets the first one's answer.

    Raises Refusal and changes nothing. One that another token would not get is not kept under the key.
    """
    row = work.records.quote(id, caller.sub)
    if row is None or (row.account, row.conversation) != (caller.account, caller.conversation):
        raise not_found(fleeting=True)
    if row.answer is not None:
        answer: dict[str, Any] = json.loads(row.answer)
        return answer
    expires = read(row.expires_at)
    assert expires is not None
    if now >= expires:
        raise Refusal("quote_expired", what_next="quote_again", expired_at=instant(expires))
    if caller.shown is not None and id not in caller.shown:
        raise Refusal("quote_not_shown", what_next="look_first", fleeting=True)
    plan = PLAN[row.kind](work, caller, json.loads(row.request), now, lock=True)
    if canonical(plan.shown) != row.shown:
        raise Refusal("quote_changed", what_next="quote_again")
    told = {"quote_id": id, "order": row.order_id, "claim": DO[row.kind](work, caller, plan, now)}
    work.records.answer_quote(id, told)
    return told


# A claim


def _plan_claim(work: Work, caller: Caller, asked: Request, now: datetime, *, lock: bool = False) -> Plan:
    order, amount, verdict = _claimable(work, caller, asked, now, lock=lock)
    days = policy_of(work, order).dispute
    journals = tuple(hold_journals(work, order, "new", amount))
    held = Money(sum(-each.postings[1].amount.minor for each in journals), amount.currency)
    effect = {
        "amount": amount.json(),
        "reason": asked["reason"],
        "held": held.json(),
        "payer": verdict.payer,
        "new_state": ClaimState.AWAITING_SUPPLIER,
        "respond_days": days.respond_days,
        "escalate_from_day": days.escalate_from_day,
        "auto_escalate_day": days.auto_escalate_day,
    }
    return Plan(order, effect, journals)


def _open_claim(work: Work, caller: Caller, plan: Plan, now: datetime) -> str:
    order, amount = plan.order, Money(**plan.effect["amount"])
    claim = Claim(
        id=work.claims.next_id(),
        order=order.id,
        state=ClaimState.AWAITING_SUPPLIER,
        reason=Reason(plan.effect["reason"]),
        amount=amount,
        opened_at=now,
        opened_by=caller.sub,
        respond_from=None,
        changed_at=now,
        version=1,
    )
    journals = hold_journals(work, order, claim.id, amount)
    work.claims.add(claim, conversation=caller.conversation)
    for journal in journals:
        post(work, journal, order, actor=caller.actor, at=now, claim=claim.id)
    facts = {"claim": claim.id, "to": claim.state, "row": deciding(claim)}
    work.records.tell(order.id, "claim.open", actor=caller.actor, at=now, facts=facts)
    due = claims.auto_escalates_at(claim, policy_of(work, order))
    work.queues.set_deadline(Timer.AUTO_ESCALATE, claim.id, due)
    tell_both(work, "claim_opened", order, claim, now, but=caller.actor)
    return claim.id


def _claimable(
    work: Work, caller: Caller, asked: Request, now: datetime, *, lock: bool = False
) -> tuple[Order, Money, Verdict]:
    order = work.orders.get(asked["order"], account=caller.account, lock=lock)
    if order.buyer != caller.account:
        raise not_found()
    verdict = judge(verdict_facts(work, order, policy_of(work, order), now, asked["reason"]))
    if not verdict.eligible:
        facts: Request = {"deadline": instant(verdict.deadline), "deadline_zone": verdict.deadline_zone}
        raise Refusal(verdict.code, what_next=verdict.what_next, order=order.id, **facts)
    return order, _amount(asked, order, verdict), verdict


def _amount(asked: Request, order: Order, verdict: Verdict) -> Money:
    cap = Money(verdict.max_amount["minor"], verdict.max_amount["currency"])
    if "share" in asked:
        wanted = share(Money(verdict.facts.paid, cap.currency), Fraction(asked["share"]))
    else:
        wanted = Money(**asked["amount"])
    if wanted.currency != cap.currency:
        raise Refusal("wrong_currency", what_next="other_amount", currency=cap.currency, cap=cap.json())
    if wanted.minor <= 0:
        raise Refusal("amount_not_positive", what_next="other_amount", cap=cap.json())
    if cap < wanted:
        raise Refusal("amount_above_cap", what_next="other_amount", cap=cap.json(), order=order.id)
    return wanted


# Mediation


def _plan_escalation(
    work: Work, caller: Caller, asked: Request, now: datetime, *, lock: bool = False
) -> Plan:
    order, claim = _escalatable(work, caller, asked, now, lock=lock)
    effect = {
        "amount": claim.amount.json(),
        "reason": claim.reason,
        "new_state": ClaimState.IN_MEDIATION,
        "touch_working_days": policy_of(work, order).dispute.platform_touch_working_days,
    }
    return Plan(order, effect, claim=claim)


def _escalate(work: Work, caller: Caller, plan: Plan, now: datetime) -> str:
    assert plan.claim is not None
    change_claim(work, plan.order, plan.claim, ClaimEvent.ESCALATE, actor=caller.actor, at=now)
    return plan.claim.id


def _escalatable(
    work: Work, caller: Caller, asked: Request, now: datetime, *, lock: bool = False
) -> tuple[Order, Claim]:
    claim = work.claims.get(asked["claim"], account=caller.account)
    order = work.orders.get(claim.order, account=caller.account, lock=lock)
    if order.buyer != caller.account:
        raise not_found()
    claim = work.claims.get(claim.id) if lock else claim
    claims.check_escalation(claim, policy_of(work, order), now)
    return order, claim


PLAN = {"open_claim": _plan_claim, "escalate": _plan_escalation}
DO = {"open_claim": _open_claim, "escalate": _escalate}
