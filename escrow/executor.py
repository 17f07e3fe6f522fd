"""Instructions and their results: escrow says what to move, somebody else moves it and answers."""

from __future__ import annotations

from datetime import datetime

from contract import answers, programs
from contract.codes import Code, InstructionState, Role
from escrow import engine
from escrow.instructions import Instruction
from escrow.machines.every import machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.refusals import Refusal
from escrow.store.work import Work
from escrow.views.common import instant, money

DEMO = f"{Role.EXECUTOR}:demo"


def listed(work: Work, state: InstructionState, after: str | None) -> answers.Page[programs.Instruction]:
    """Oldest first, a page at a time; `after` is the id of the last one seen."""
    found, next = work.instructions.in_state(state, after)
    return answers.Page([view(each) for each in found], next)


def result(
    work: Work, id: str, outcome: InstructionState, *, actor: str, at: datetime
) -> programs.Instruction:
    """The same result twice is once; one that cannot follow is Refusal `result_out_of_order`."""
    order = work.orders.lock(work.instructions.get(id).order)
    found = next(each for each in work.instructions.of(order.id) if each.id == id)
    if found.state is not outcome:
        event = InstructionEvent(outcome)
        if not machine_of(found).ways(found.state, event):
            raise Refusal(Code.RESULT_OUT_OF_ORDER, state=found.state, result=outcome)
        found = engine.apply(work, found, event, order, actor=actor, at=at)
    return view(found)


def view(instruction: Instruction) -> programs.Instruction:
    return programs.Instruction(
        id=instruction.id,
        kind=instruction.kind,
        order=instruction.order,
        state=instruction.state,
        amount=money(instruction.amount),
        refers_to=instruction.refers_to,
        at=instant(instruction.at),
    )
