"""Either side calls an order off before it is shipped: what was paid goes back to the buyer, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Role
from escrow import clocks, engine
from escrow.callers import Caller
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_party
from escrow.machines.order import OrderEvent
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.Cancel, now: datetime, lock: bool) -> Plan:
    order = order_of_party(work, caller, wanted.order, lock=lock)
    held = work.ledger.position(order).held
    outcome = engine.foresee(work, order, _event(caller), order, at=now)
    effect = Effect(amount=money(held) if held else None, new_state=outcome.after.state)
    is_quick = held and caller.role == Role.BUYER
    ends = {"cancellable_until": clocks.quick_cancel(order, policy_of(work, order))} if is_quick else {}
    return Plan(order, effect, outcome, preview=ends)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order
    engine.apply(work, plan.order, _event(caller), plan.order, actor=caller.actor, at=now, note=note)


def _event(caller: Caller) -> OrderEvent:
    return OrderEvent.CANCEL if caller.role == Role.BUYER else OrderEvent.SUPPLIER_CANCEL


DEED = Deed(
    kind=codes.Deed.CANCEL,
    roles=frozenset({Role.BUYER, Role.SUPPLIER}),
    asked=asked.Cancel,
    plan=plan,
    do=do,
)
