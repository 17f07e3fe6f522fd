"""The machine of an instruction to move money: what became of it, and what that does to the order."""

from __future__ import annotations

from enum import StrEnum

from contract.codes import InstructionState, Otherwise, Role, TaskWhy, Tell, What, Who
from escrow import effects
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.machines.order import OrderEvent


class InstructionEvent(StrEnum):
    """The results are told in the words of the states that they lead to."""

    MAKE = "make"
    SETTLED = InstructionState.SETTLED.value
    FAILED = InstructionState.FAILED.value
    RETURNED = InstructionState.RETURNED.value
    UNKNOWN = InstructionState.UNKNOWN.value
    OVERDUE = "supervisor_alarm"


S, E = InstructionState, InstructionEvent
BANK, TIMERS = by(Role.EXECUTOR, TIMER), by(TIMER)
MAKERS = by(Role.BUYER, TIMER)

# fmt: off
STEPS: tuple[Step[InstructionState, InstructionEvent], ...] = (
    Step(state=None, event=E.MAKE, to=S.PENDING, who=MAKERS),
    *(step for state in (S.PENDING, S.UNKNOWN) for step in (
        Step(state=state, event=E.SETTLED, to=S.SETTLED, who=BANK, effects=(effects.paid,),
             tell=Tell.PAYOUT_SETTLED, order_hears=OrderEvent.PAYOUT_SETTLED),
        Step(state=state, event=E.FAILED, to=S.FAILED, who=BANK, tell=Tell.PAYOUT_FAILED,
             task=TaskWhy.INSTRUCTION_FAILED),
        Step(state=state, event=E.RETURNED, to=S.RETURNED, who=BANK, tell=Tell.PAYOUT_RETURNED,
             task=TaskWhy.INSTRUCTION_RETURNED),
    )),
    Step(state=S.PENDING, event=E.UNKNOWN, to=S.UNKNOWN, who=BANK),
    # The bank may send back what it had settled.
    Step(state=S.SETTLED, event=E.RETURNED, to=S.RETURNED, who=BANK, effects=(effects.taken_back,),
         tell=Tell.PAYOUT_RETURNED, order_hears=OrderEvent.PAYOUT_RETURNED,
         task=TaskWhy.INSTRUCTION_RETURNED),
    # No good outcome for a day, and for each further one: put before a supervisor.
    *(Step(state=state, event=E.OVERDUE, to=state, who=TIMERS, restarts=(Clock.OUTCOME,),
           task=TaskWhy.INSTRUCTION_UNANSWERED) for state in (S.PENDING, S.UNKNOWN)),
    *(Step(state=state, event=E.OVERDUE, to=state, who=TIMERS, restarts=(Clock.OUTCOME,))
      for state in (S.FAILED, S.RETURNED)),
)
STAYS: tuple[Stay[InstructionState, InstructionEvent], ...] = (
    *(Stay(state=state, who=Who.PLATFORM, what=What.PAY_OUT, otherwise=Otherwise.SUPERVISOR_ALARM,
           clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.PENDING, S.UNKNOWN)),
    *(Stay(state=state, who=Who.PLATFORM, what=What.PAY_OUT_AGAIN, otherwise=Otherwise.SUPERVISOR_ALARM,
           clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.FAILED, S.RETURNED)),
    Stay(state=S.PENDING, who=Who.PLATFORM, what=What.PAY_OUT, clock=Clock.SETTLE, then=E.SETTLED,
         in_demo=True),
)
# fmt: on
PAYOUT: Machine[InstructionState, InstructionEvent] = Machine("payout", STEPS, STAYS, frozenset({S.SETTLED}))
