"""A side asks for more days: before what was shipped counts as received, or before its money is released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import OrderState, Role
from escrow import engine
from escrow.callers import Caller
from escrow.clocks import Clock
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import order_of_party
from escrow.machines.order import OrderEvent
from escrow.machines.taking import Outcome, moved
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.Extend, now: datetime, lock: bool) -> Plan:
    order = order_of_party(work, caller, wanted.order, lock=lock)
    outcome = engine.foresee(work, order, OrderEvent.EXTEND, order, at=now, side=caller.role)
    effect = Effect(
        held=money(outcome.case.position.in_escrow),
        new_state=outcome.after.state,
        extension_days=policy_of(work, order).receipt.extension_days,
    )
    return Plan(order, effect, outcome, preview=preview(work, outcome))


def preview(work: Work, outcome: Outcome) -> dict[str, datetime]:
    """The instant that moves, as it will be; none where the clock still waits for its notice."""
    shipped = outcome.after.state is OrderState.SHIPPED
    name, clock = ("receipt_at", Clock.RECEIPT) if shipped else ("release_at", Clock.SILENT_RELEASE)
    timer = work.timers.of(outcome.after.id).get(clock)
    due = moved(outcome, clock, timer.started) if timer and timer.started else None
    return {name: due} if due else {}


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order
    event, side = OrderEvent.EXTEND, caller.role
    engine.apply(work, plan.order, event, plan.order, actor=caller.actor, at=now, note=note, side=side)


DEED = Deed(
    kind=codes.Deed.EXTEND,
    roles=frozenset({Role.BUYER, Role.SUPPLIER}),
    asked=asked.Extend,
    plan=plan,
    do=do,
)
