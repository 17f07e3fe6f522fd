"""A buyer takes a claim to mediation, once its time for talking is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Role
from escrow import engine
from escrow.callers import Caller
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import claim_of_buyer
from escrow.machines.claim import ClaimEvent
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.Escalate, now: datetime, lock: bool) -> Plan:
    order, claim = claim_of_buyer(work, caller, wanted.claim, lock=lock)
    outcome = engine.foresee(work, claim, ClaimEvent.ESCALATE, order, at=now)
    effect = Effect(
        amount=money(claim.amount),
        reason=claim.reason,
        new_state=outcome.after.state,
        touch_working_days=policy_of(work, order).dispute.platform_touch_working_days,
    )
    return Plan(order, effect, outcome, claim)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> str:
    assert plan.order and plan.claim
    done = engine.apply(
        work, plan.claim, ClaimEvent.ESCALATE, plan.order, actor=caller.actor, at=now, note=note
    )
    return done.id


DEED = Deed(kind=codes.Deed.ESCALATE, roles=frozenset({Role.BUYER}), asked=asked.Escalate, plan=plan, do=do)
