"""The machines of an instruction to move money: what became of it, and what that does to the order.

A payout and a refund are walked alike; whom it concerns, what is booked and what the order hears differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contract.codes import InstructionKind, InstructionState, Otherwise, Role, TaskWhy, Tell, What, Who
from escrow import effects
from escrow.case import Effect
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


@dataclass(frozen=True, kw_only=True)
class Kind:
    """In what one kind differs: what is booked when it has `gone` out and when it came `back`."""

    kind: InstructionKind
    gone: Effect
    back: Effect
    settled: Tell
    failed: Tell
    returned: Tell
    hears_settled: OrderEvent
    hears_returned: OrderEvent
    what: What
    again: What


S, E = InstructionState, InstructionEvent
BANK, TIMERS = by(Role.EXECUTOR, TIMER), by(TIMER)
MAKERS = by(Role.BUYER, Role.SUPPLIER, Role.MARKETPLACE, TIMER)


# fmt: off
def _steps(kind: Kind) -> tuple[Step[InstructionState, InstructionEvent], ...]:
    return (
        Step(state=None, event=E.MAKE, to=S.PENDING, who=MAKERS),
        *(step for state in (S.PENDING, S.UNKNOWN) for step in (
            Step(state=state, event=E.SETTLED, to=S.SETTLED, who=BANK, effects=(kind.gone,),
                 tell=kind.settled, order_hears=kind.hears_settled),
            Step(state=state, event=E.FAILED, to=S.FAILED, who=BANK, tell=kind.failed,
                 task=TaskWhy.INSTRUCTION_FAILED),
            Step(state=state, event=E.RETURNED, to=S.RETURNED, who=BANK, tell=kind.returned,
                 task=TaskWhy.INSTRUCTION_RETURNED),
        )),
        Step(state=S.PENDING, event=E.UNKNOWN, to=S.UNKNOWN, who=BANK),
        # The bank may send back what it had settled.
        Step(state=S.SETTLED, event=E.RETURNED, to=S.RETURNED, who=BANK, effects=(kind.back,),
             tell=kind.returned, order_hears=kind.hears_returned, task=TaskWhy.INSTRUCTION_RETURNED),
        # No good outcome for a day, and again for each further one: put before a supervisor.
        *(Step(state=state, event=E.OVERDUE, to=state, who=TIMERS, restarts=(Clock.OUTCOME,),
               task=TaskWhy.INSTRUCTION_UNANSWERED) for state in (S.PENDING, S.UNKNOWN)),
        *(Step(state=state, event=E.OVERDUE, to=state, who=TIMERS, restarts=(Clock.OUTCOME,))
          for state in (S.FAILED, S.RETURNED)),
    )


def _stays(kind: Kind) -> tuple[Stay[InstructionState, InstructionEvent], ...]:
    return (
        *(Stay(state=state, who=Who.PLATFORM, what=kind.what, otherwise=Otherwise.SUPERVISOR_ALARM,
               clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.PENDING, S.UNKNOWN)),
        *(Stay(state=state, who=Who.PLATFORM, what=kind.again, otherwise=Otherwise.SUPERVISOR_ALARM,
               clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.FAILED, S.RETURNED)),
        Stay(state=S.PENDING, who=Who.PLATFORM, what=kind.what, clock=Clock.SETTLE, then=E.SETTLED,
             in_demo=True),
    )
# fmt: on


def _machine(kind: Kind) -> Machine[InstructionState, InstructionEvent]:
    return Machine(str(kind.kind), _steps(kind), _stays(kind), frozenset({S.SETTLED}))


PAYOUT = _machine(
    Kind(
        kind=InstructionKind.PAYOUT,
        gone=effects.paid,
        back=effects.taken_back,
        settled=Tell.PAYOUT_SETTLED,
        failed=Tell.PAYOUT_FAILED,
        returned=Tell.PAYOUT_RETURNED,
        hears_settled=OrderEvent.PAYOUT_SETTLED,
        hears_returned=OrderEvent.PAYOUT_RETURNED,
        what=What.PAY_OUT,
        again=What.PAY_OUT_AGAIN,
    )
)
REFUND = _machine(
    Kind(
        kind=InstructionKind.REFUND,
        gone=effects.refunded,
        back=effects.refund_returned,
        settled=Tell.REFUND_SENT,
        failed=Tell.REFUND_FAILED,
        returned=Tell.REFUND_RETURNED,
        hears_settled=OrderEvent.REFUND_SETTLED,
        hears_returned=OrderEvent.REFUND_RETURNED,
        what=What.REFUND,
        again=What.REFUND_AGAIN,
    )
)
