"""A buyer says that the goods are there and all is well: what no claim holds is the supplier's then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Role
from escrow import clocks, engine
from escrow.callers import Caller
from escrow.clocks import Matter
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_buyer
from escrow.machines.order import OrderEvent
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.ConfirmReceipt, now: datetime, lock: bool) -> Plan:
    order = order_of_buyer(work, caller, wanted.order, lock=lock)
    before = work.ledger.position(order)
    outcome = engine.foresee(work, order, OrderEvent.CONFIRM_RECEIPT, order, at=now)
    after = outcome.case.position
    effect = Effect(
        amount=money(before.in_escrow - after.in_escrow),
        held=money(after.held),
        new_state=outcome.after.state,
    )
    window = clocks.claim_window(Matter(outcome.after, policy_of(work, order)))
    return Plan(order, effect, outcome, preview={"claim_until": window.at} if window else {})


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order
    event = OrderEvent.CONFIRM_RECEIPT
    engine.apply(work, plan.order, event, plan.order, actor=caller.actor, at=now, note=note)


DEED = Deed(
    kind=codes.Deed.CONFIRM_RECEIPT,
    roles=frozenset({Role.BUYER}),
    asked=asked.ConfirmReceipt,
    plan=plan,
    do=do,
)
