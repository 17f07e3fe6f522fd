"""What a buyer answers when asked whether it has arrived: yes is delivered now, no is more time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import OrderState, Role
from escrow import clocks, engine
from escrow.callers import Caller
from escrow.clocks import Matter
from escrow.deeds import extend
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_buyer
from escrow.machines.order import OrderEvent
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.Arrived, now: datetime, lock: bool) -> Plan:
    """A second no is the desk's to look into: it adds no days."""
    order = order_of_buyer(work, caller, wanted.order, lock=lock)
    event = OrderEvent.ARRIVED if wanted.yes else OrderEvent.NOT_ARRIVED
    outcome = engine.foresee(work, order, event, order, at=now)
    policy, first = policy_of(work, order), outcome.after.not_arrived == 1
    effect = Effect(
        held=money(outcome.case.position.held),
        new_state=outcome.after.state,
        extension_days=policy.receipt.extension_days if first and not wanted.yes else None,
    )
    if not wanted.yes:
        return Plan(order, effect, outcome, preview=extend.preview(work, outcome))
    window = clocks.claim_window(Matter(outcome.after, policy))
    return Plan(order, effect, outcome, preview={"claim_until": window.at} if window else {})


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order and plan.outcome
    came = plan.outcome.after.state is OrderState.DELIVERED
    event = OrderEvent.ARRIVED if came else OrderEvent.NOT_ARRIVED
    engine.apply(work, plan.order, event, plan.order, actor=caller.actor, at=now, note=note)


DEED = Deed(kind=codes.Deed.ARRIVED, roles=frozenset({Role.BUYER}), asked=asked.Arrived, plan=plan, do=do)
