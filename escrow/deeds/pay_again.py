"""A supervisor has paid again what did not get there: by a new instruction, for what is still owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Code, Role, TaskWhy, WhatNext
from escrow import engine
from escrow.callers import Caller
from escrow.deeds.deed import Deed, Plan
from escrow.instructions import Instruction
from escrow.machines.instruction import InstructionEvent
from escrow.orders import Order
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.PayAgain, now: datetime, lock: bool) -> Plan:
    order, found = instruction_of(work, wanted.instruction, lock=lock)
    if work.tasks.lasting(order.id, found.id, TaskWhy.LATE_RESULT):
        raise Refusal(Code.RESULT_WAITS, what_next=WhatNext.LOOK_FIRST, order=order.id, instruction=found.id)
    outcome = engine.foresee(work, found, InstructionEvent.PAY_AGAIN, order, at=now)
    (made,) = outcome.made
    return Plan(order, Effect(amount=money(made.amount), new_state=order.state), outcome)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    assert plan.order and plan.outcome
    engine.apply(
        work,
        plan.outcome.before,
        InstructionEvent.PAY_AGAIN,
        plan.order,
        actor=caller.actor,
        at=now,
        note=note,
    )


def instruction_of(work: Work, id: str, *, lock: bool) -> tuple[Order, Instruction]:
    """With its order; raises Refusal not_found."""
    order_id = work.instructions.get(id).order
    order = work.orders.lock(order_id) if lock else work.orders.get(order_id)
    return order, next(each for each in work.instructions.of(order.id) if each.id == id)


DEED = Deed(
    kind=codes.Deed.PAY_AGAIN,
    roles=frozenset({Role.SUPERVISOR}),
    asked=asked.PayAgain,
    plan=plan,
    do=do,
)
