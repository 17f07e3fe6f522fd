"""Instructions and their results: escrow says what to move, somebody else moves it and answers."""

from __future__ import annotations

from datetime import datetime

from contract import answers, programs
from contract.codes import Code, InstructionState, Role, WhatNext
from escrow import engine
from escrow.instructions import Instruction
from escrow.machines.every import machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import instant, money

LATE = InstructionEvent.LATE
DEMO = f"{Role.EXECUTOR}:demo"


def listed(work: Work, state: InstructionState, after: str | None) -> answers.Page[programs.Instruction]:
    """Oldest first, a page at a time; `after` is the id of the last one seen."""
    found, next = work.instructions.in_state(state, after)
    return answers.Page([view(each) for each in found], next)


def result(
    work: Work, id: str, outcome: InstructionState, *, actor: str, at: datetime, because: str | None = None
) -> programs.Instruction | Refusal:
    """The same result twice is once; one that cannot follow is Refusal `result_out_of_order`.

    It is given back, not raised, where it says that what is to be paid again was paid: then no more is sent
    of it, and the desk is told.
    """
    order = work.orders.lock(work.instructions.get(id).order)
    found = next(each for each in work.instructions.of(order.id) if each.id == id)
    if outcome in (found.state, found.answered):
        return view(found)
    event = InstructionEvent(outcome)
    if machine_of(found).ways(found.state, event):
        note = {"because": work.records.keep_text(order.id, because)} if because else None
        return view(engine.apply(work, found, event, order, actor=actor, at=at, note=note))
    refusal = Refusal(
        Code.RESULT_OUT_OF_ORDER, what_next=WhatNext.TALK_TO_PERSON, state=found.state, result=outcome
    )
    if outcome is not InstructionState.SETTLED or not machine_of(found).ways(found.state, LATE):
        raise refusal
    engine.apply(work, found, LATE, order, actor=actor, at=at, result=outcome)
    newest = latest(work, found)
    if machine_of(newest).ways(newest.state, InstructionEvent.STOP):
        engine.apply(work, newest, InstructionEvent.STOP, order, actor=engine.SYSTEM, at=at)
    return refusal


def latest(work: Work, instruction: Instruction) -> Instruction:
    """The one that is to be paid in its place, after all that were: itself where none is."""
    known = {each.id: each for each in work.instructions.of(instruction.order)}
    while instruction.replaced_by is not None:
        instruction = known[instruction.replaced_by]
    return instruction


def view(instruction: Instruction) -> programs.Instruction:
    return programs.Instruction(
        id=instruction.id,
        kind=instruction.kind,
        order=instruction.order,
        state=instruction.state,
        amount=money(instruction.amount),
        refers_to=instruction.refers_to,
        at=instant(instruction.at),
        replaced_by=instruction.replaced_by,
    )
