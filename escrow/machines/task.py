"""The machine of a desk task: raised, taken, done with a reason; it ends by itself when its cause does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from contract.codes import Otherwise, Role, TaskState, What, Who
from escrow.case import Case
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by


class TaskEvent(StrEnum):
    RAISE = "raise"
    TAKE = "take"
    DO = "do"
    RETURN = "return"
    END = "end"


def taken(case: Case) -> Mapping[str, Any]:
    return {"taken_by": case.given["by"], "taken_at": case.at}


def done(case: Case) -> Mapping[str, Any]:
    return {"done_by": case.given["by"], "done_at": case.at, "because": case.given["because"]}


def put_back(_case: Case) -> Mapping[str, Any]:
    """As if nobody had seen it yet; who has is in the history."""
    return dict.fromkeys(("taken_by", "taken_at", "done_by", "done_at", "because"))


S, E = TaskState, TaskEvent
DESK, TIMERS = by(Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR), by(TIMER)

# fmt: off
STEPS: tuple[Step[TaskState, TaskEvent], ...] = (
    Step(state=None, event=E.RAISE, to=S.OPEN, who=TIMERS),
    Step(state=S.OPEN, event=E.TAKE, to=S.TAKEN, who=DESK, sets=taken),
    *(Step(state=state, event=E.DO, to=S.DONE, who=DESK, sets=done) for state in (S.OPEN, S.TAKEN)),
    # Nobody has got to the end of it, or its cause lasts.
    *(Step(state=state, event=E.RETURN, to=S.OPEN, who=TIMERS, sets=put_back) for state in (S.TAKEN, S.DONE)),
    *(Step(state=state, event=E.END, to=S.ENDED, who=TIMERS) for state in (S.OPEN, S.TAKEN, S.DONE)),
)
STAYS: tuple[Stay[TaskState, TaskEvent], ...] = (
    # Until when somebody is waited for is said by the clock of what it is about.
    Stay(state=S.OPEN, who=Who.PLATFORM, what=What.REVIEW, otherwise=Otherwise.SUPERVISOR_ALARM),
    *(Stay(state=state, who=Who.PLATFORM, what=What.REVIEW, otherwise=Otherwise.SUPERVISOR_ALARM,
           clock=Clock.TASK_RETURNS, then=E.RETURN) for state in (S.TAKEN, S.DONE)),
)
# fmt: on
TASK: Machine[TaskState, TaskEvent] = Machine("task", STEPS, STAYS, frozenset({S.ENDED}))
