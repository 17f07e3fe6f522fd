"""The machines of an instruction to move money: what became of it, and what that does to the order.

A payout and a refund are walked alike; whom it concerns, what is booked and what the order hears differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract.codes import (
    Code,
    InstructionKind,
    InstructionState,
    Otherwise,
    Role,
    TaskWhy,
    Tell,
    What,
    WhatNext,
    Who,
)
from escrow import effects
from escrow.case import Case, Effect
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.machines.order import OrderEvent
from escrow.refusals import Refusal


class InstructionEvent(StrEnum):
    """The results are told in the words of the states that they lead to."""

    MAKE = "make"
    SETTLED = InstructionState.SETTLED.value
    FAILED = InstructionState.FAILED.value
    RETURNED = InstructionState.RETURNED.value
    UNKNOWN = InstructionState.UNKNOWN.value
    OVERDUE = "supervisor_alarm"
    PAY_AGAIN = "pay_again"
    REPLACE = "replace"
    LATE = "late_result"
    STOP = "stop"
    RESUME = "resume"
    BOOK_PAID = "book_paid"
    BOOK_UNPAID = "book_unpaid"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """In what one kind differs: what is booked when it has `gone` out and when it came `back`.

    `once_more` makes one anew for what is still owed, `rest` for what a late result leaves of it.
    """

    kind: InstructionKind
    gone: Effect
    back: Effect
    once_more: Effect
    rest: tuple[Effect, ...]
    settled: Tell
    failed: Tell
    returned: Tell
    hears_settled: OrderEvent
    hears_returned: OrderEvent
    what: What
    again: What


S, E = InstructionState, InstructionEvent
BANK, SUPERVISORS, TIMERS = by(Role.EXECUTOR, TIMER), by(Role.SUPERVISOR), by(TIMER)
UNPAID = (S.FAILED, S.RETURNED)
MAKERS = by(Role.BUYER, Role.SUPPLIER, Role.MARKETPLACE, Role.SUPERVISOR, TIMER)


def is_owed(case: Case) -> None:
    """Raises Refusal `nothing_owed` where others carry, or have paid, all that it was to pay."""
    assert case.instruction is not None
    is_payout = case.instruction.kind is InstructionKind.PAYOUT
    owed = case.position.unpaid if is_payout else case.position.unrefunded
    if owed.minor <= 0:
        raise Refusal(Code.NOTHING_OWED, what_next=WhatNext.SEE_ORDER, order=case.order.id)


def is_still_owed(case: Case) -> None:
    """Raises Refusal `nothing_owed` where that much has been paid already."""
    assert case.instruction is not None
    is_payout = case.instruction.kind is InstructionKind.PAYOUT
    owed = case.position.payable if is_payout else case.position.unrefunded
    if owed < case.instruction.amount:
        raise Refusal(Code.NOTHING_OWED, what_next=WhatNext.SEE_ORDER, order=case.order.id)


def replaced(case: Case) -> Mapping[str, Any]:
    assert case.instruction is not None
    return {"replaced_by": case.given["by"], "answered": case.instruction.state}


def not_replaced(_case: Case) -> Mapping[str, Any]:
    return {"replaced_by": None, "answered": None}


# fmt: off
def _steps(kind: Kind) -> tuple[Step[InstructionState, InstructionEvent], ...]:
    return (
        Step(state=None, event=E.MAKE, to=S.PENDING, who=MAKERS),
        *(step for state in (S.PENDING, S.UNKNOWN, S.STOPPED) for step in (
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
          for state in (S.FAILED, S.RETURNED, S.STOPPED)),
        # What did not get there is paid again, by another one that carries what is still owed.
        *(Step(state=state, event=E.PAY_AGAIN, to=state, who=SUPERVISORS, guard=is_owed,
               effects=(kind.once_more,)) for state in UNPAID),
        *(Step(state=state, event=E.REPLACE, to=S.REPLACED, who=TIMERS, sets=replaced)
          for state in (*UNPAID, S.STOPPED)),
        # The bank says after all that it was paid: no more of it is sent until two people have booked it.
        *(Step(state=state, event=E.LATE, to=state, who=BANK, task=TaskWhy.LATE_RESULT)
          for state in (*UNPAID, S.REPLACED)),
        Step(state=S.PENDING, event=E.STOP, to=S.STOPPED, who=TIMERS),
        Step(state=S.STOPPED, event=E.RESUME, to=S.PENDING, who=TIMERS),
        *(Step(state=state, event=E.BOOK_PAID, to=S.SETTLED, who=SUPERVISORS, guard=is_still_owed,
               effects=(kind.gone, *kind.rest), sets=not_replaced, tell=kind.settled,
               order_hears=kind.hears_settled) for state in (*UNPAID, S.REPLACED)),
        *(Step(state=state, event=E.BOOK_UNPAID, to=state, who=SUPERVISORS)
          for state in (*UNPAID, S.REPLACED)),
    )


def _stays(kind: Kind) -> tuple[Stay[InstructionState, InstructionEvent], ...]:
    return (
        *(Stay(state=state, who=Who.PLATFORM, what=kind.what, otherwise=Otherwise.SUPERVISOR_ALARM,
               clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.PENDING, S.UNKNOWN)),
        *(Stay(state=state, who=Who.PLATFORM, what=kind.again, otherwise=Otherwise.SUPERVISOR_ALARM,
               clock=Clock.OUTCOME, then=E.OVERDUE) for state in (S.FAILED, S.RETURNED, S.STOPPED)),
        Stay(state=S.PENDING, who=Who.PLATFORM, what=kind.what, clock=Clock.SETTLE, then=E.SETTLED,
             in_demo=True),
    )
# fmt: on


def _machine(kind: Kind) -> Machine[InstructionState, InstructionEvent]:
    return Machine(str(kind.kind), _steps(kind), _stays(kind), frozenset({S.SETTLED, S.REPLACED}))


PAYOUT = _machine(
    Kind(
        kind=InstructionKind.PAYOUT,
        gone=effects.paid,
        back=effects.taken_back,
        once_more=effects.pay_out,
        rest=(effects.pay_out,),
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
        once_more=effects.refund_again,
        rest=(),
        settled=Tell.REFUND_SENT,
        failed=Tell.REFUND_FAILED,
        returned=Tell.REFUND_RETURNED,
        hears_settled=OrderEvent.REFUND_SETTLED,
        hears_returned=OrderEvent.REFUND_RETURNED,
        what=What.REFUND,
        again=What.REFUND_AGAIN,
    )
)
