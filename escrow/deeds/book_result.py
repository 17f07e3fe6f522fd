"""Two supervisors book what in truth became of an instruction whose late result contradicted the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Code, InstructionState, Role, TaskWhy, WhatNext
from escrow import engine, executor
from escrow.callers import Caller
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.pay_again import instruction_of
from escrow.machines.instruction import InstructionEvent
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import money

WHY = TaskWhy.LATE_RESULT


def plan(work: Work, caller: Caller, wanted: asked.BookResult, now: datetime, lock: bool) -> Plan:
    """Raises Refusal: `wrong_state` without a late result, `result_waits` while the newer one may be paid."""
    order, found = instruction_of(work, wanted.instruction, lock=lock)
    if not work.tasks.lasting(order.id, found.id, WHY):
        raise Refusal(Code.WRONG_STATE, what_next=WhatNext.SEE_ORDER, state=found.state, event=wanted.result)
    newest = executor.latest(work, found)
    if newest.is_in_flight and newest.state is not InstructionState.STOPPED:
        raise Refusal(Code.RESULT_WAITS, what_next=WhatNext.LOOK_FIRST, order=order.id, instruction=newest.id)
    is_paid = wanted.result is InstructionState.SETTLED
    event = InstructionEvent.BOOK_PAID if is_paid else InstructionEvent.BOOK_UNPAID
    outcome = engine.foresee(work, found, event, order, at=now)
    return Plan(order, Effect(amount=money(found.amount), new_state=outcome.after.state), outcome)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> None:
    """What was paid is not paid by the newer one; what was not goes out by it after all."""
    assert plan.order and plan.outcome
    order, found, event = plan.order, plan.outcome.before, plan.outcome.step.event
    newest, is_paid = executor.latest(work, found), event is InstructionEvent.BOOK_PAID
    if newest.state is InstructionState.STOPPED and is_paid:
        replace = InstructionEvent.REPLACE
        engine.apply(work, newest, replace, order, actor=engine.SYSTEM, at=now, by=found.id)
    engine.apply(work, found, event, order, actor=caller.actor, at=now, note=note)
    if newest.state is InstructionState.STOPPED and not is_paid:
        engine.apply(work, newest, InstructionEvent.RESUME, order, actor=engine.SYSTEM, at=now)
    engine.end_task(work, WHY, found.id, order, at=now)


def two(_caller: Caller, _plan: Plan) -> tuple[Role, ...]:
    return (Role.SUPERVISOR, Role.SUPERVISOR)


DEED = Deed(
    kind=codes.Deed.BOOK_RESULT,
    roles=frozenset({Role.SUPERVISOR}),
    asked=asked.BookResult,
    plan=plan,
    do=do,
    signers=two,
)
