"""Quote, then confirm: what would happen, shown exactly; then done by the quote's id, once."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from escrow import claims
from escrow.callers import Caller
from escrow.claims import Claim, ClaimEvent, ClaimState, Reason
from escrow.money import Money, share
from escrow.moves import change_claim, hold_journals, post, tell_both
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.refusals import Refusal, not_found
from escrow.silence import Timer
from escrow.store.instants import read, sure
from escrow.store.work import Work
from escrow.verdicts import Verdict, judge
from escrow.views import instant, verdict_facts

Request = dict[str, Any]


def open_quote(work: Work, caller: Caller, kind: str, asked: Request, now: datetime) -> dict[str, Any]:
    """`asked` is the validated body. Raises Refusal; a quote changes nothing but the list of quotes."""
    caller.must_be("buyer")
    order, claim, shown = PREPARE[kind](work, caller, asked, now)
    id = f"Q-{secrets.token_hex(8)}"
    expires = now + timedelta(minutes=policy_of(work, order).quote.minutes)
    row: dict[str, Any] = {"id": id, "kind": kind, "person": caller.sub, "account": caller.account}
    row |= {"conversation": caller.conversation, "order_id": order.id, "claim_id": claim}
    work.records.add_quote(row | {"request": json.dumps(asked), "expires_at": sure(expires), "answer": None})
    told = {"quote_id": id, "kind": kind, "order": order.id, "claim": claim, **shown}
    return {name: value for name, value in told.items() if value is not None} | {
        "expires_at": instant(expires)
    }


def confirm(work: Work, caller: Caller, id: str, now: datetime) -> dict[str, Any]:
    """Done once; a second confirm gets the first one's answer. Raises Refusal and changes nothing."""
    row = work.records.quote(id, caller.sub)
    if row is None or (row.account, row.conversation) != (caller.account, caller.conversation):
        raise not_found()
    if row.answer is not None:
        answer: dict[str, Any] = json.loads(row.answer)
        return answer
    expires = read(row.expires_at)
    assert expires is not None
    if now >= expires:
        raise Refusal("quote_expired", what_next="quote_again", expired_at=instant(expires))
    if caller.shown is not None and id not in caller.shown:
        raise Refusal("quote_not_shown", what_next="look_first")
    claim = EXECUTE[row.kind](work, caller, json.loads(row.request), now)
    told = {"quote_id": id, "order": row.order_id, "claim": claim}
    work.records.answer_quote(id, told)
    return told


# A claim


def _prepare_claim(
    work: Work, caller: Caller, asked: Request, now: datetime
) -> tuple[Order, None, dict[str, Any]]:
    order, amount, verdict = _claimable(work, caller, asked, now)
    policy = policy_of(work, order)
    journals = hold_journals(work, order, "new", amount)
    held = Money(sum(-each.postings[1].amount.minor for each in journals), amount.currency)
    effect = {
        "amount": amount.json(),
        "reason": asked["reason"],
        "held": held.json(),
        "payer": verdict.payer,
        "new_state": ClaimState.AWAITING_SUPPLIER,
        "respond_days": policy.dispute.respond_days,
        "respond_by": instant(now + timedelta(days=policy.dispute.respond_days)),
        "escalatable_at": instant(now + timedelta(days=policy.dispute.escalate_from_day)),
        "auto_escalates_at": instant(now + timedelta(days=policy.dispute.auto_escalate_day)),
    }
    return order, None, {"effect": effect, "postings": _postings(journals)}


def _open_claim(work: Work, caller: Caller, asked: Request, now: datetime) -> str:
    order, amount, _ = _claimable(work, caller, asked, now, lock=True)
    policy = policy_of(work, order)
    claim = Claim(
        id=work.claims.next_id(),
        order=order.id,
        state=ClaimState.AWAITING_SUPPLIER,
        reason=Reason(asked["reason"]),
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
    facts = {"claim": claim.id, "reason": claim.reason, "amount": amount.json(), "to": claim.state}
    work.records.tell(order.id, "claim.open", actor=caller.actor, at=now, facts=facts)
    due = claims.auto_escalates_at(claim, policy)
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
        facts = {"deadline": instant(verdict.deadline), "deadline_zone": verdict.deadline_zone}
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


def _postings(journals: list[Any]) -> list[dict[str, Any]]:
    return [posting.json() for journal in journals for posting in journal.postings]


# Mediation


def _prepare_escalation(
    work: Work, caller: Caller, asked: Request, now: datetime
) -> tuple[Order, str, dict[str, Any]]:
    order, claim = _escalatable(work, caller, asked, now)
    effect = {
        "amount": claim.amount.json(),
        "reason": claim.reason,
        "new_state": ClaimState.IN_MEDIATION,
        "touch_working_days": policy_of(work, order).dispute.platform_touch_working_days,
    }
    return order, claim.id, {"effect": effect, "postings": []}


def _escalate(work: Work, caller: Caller, asked: Request, now: datetime) -> str:
    order, claim = _escalatable(work, caller, asked, now, lock=True)
    change_claim(work, order, claim, ClaimEvent.ESCALATE, actor=caller.actor, at=now)
    return claim.id


def _escalatable(
    work: Work, caller: Caller, asked: Request, now: datetime, *, lock: bool = False
) -> tuple[Order, Claim]:
    claim = work.claims.get(asked["claim"], account=caller.account)
    order = work.orders.get(claim.order, account=caller.account, lock=lock)
    if order.buyer != caller.account:
        raise not_found()
    claim = work.claims.get(claim.id) if lock else claim
    claims.escalate(claim, policy_of(work, order), now)
    return order, claim


PREPARE = {"open_claim": _prepare_claim, "escalate": _prepare_escalation}
EXECUTE = {"open_claim": _open_claim, "escalate": _escalate}
