"""What the desk's people do with their tasks: see them, take one, call one done with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contract import answers, programs
from contract.codes import Code, Role, TaskState, WhatNext
from escrow import engine
from escrow.callers import Caller
from escrow.machines.task import TaskEvent
from escrow.orders import Order
from escrow.refusals import Refusal, not_found
from escrow.store.work import Work
from escrow.tasks import DeskTask, ranks_up_to
from escrow.views.common import instant

OVER = (TaskState.DONE, TaskState.ENDED)


def listed(
    work: Work, caller: Caller, role: Role | None, after: str | None
) -> answers.Page[programs.DeskTask]:
    """Those that are not done yet, oldest first; of one role, or of all that are the caller's to take."""
    theirs = ranks_up_to(caller.role)
    if role is not None and role not in theirs:
        raise not_found()
    found, next = work.tasks.waiting(theirs if role is None else (role,), after)
    return answers.Page([view(each) for each in found], next)


def take(work: Work, caller: Caller, id: str, now: datetime) -> programs.DeskTask:
    """Theirs from now on; a second time it is theirs already."""
    order, task = _theirs(work, caller, id)
    if task.state is TaskState.OPEN:
        task = engine.apply(work, task, TaskEvent.TAKE, order, actor=caller.actor, at=now, by=caller.sub)
    elif task.state in OVER:
        raise _over(task)
    return view(task)


def done(work: Work, caller: Caller, id: str, because: str, now: datetime) -> programs.DeskTask:
    """With a reason, in words that can be erased; what has been done by them is done."""
    order, task = _theirs(work, caller, id)
    if task.state in OVER:
        if task.done_by != caller.sub:
            raise _over(task)
        return view(task)
    given: dict[str, Any] = {"by": caller.sub, "because": work.records.keep_text(order.id, because)}
    return view(engine.apply(work, task, TaskEvent.DO, order, actor=caller.actor, at=now, **given))


def view(task: DeskTask) -> programs.DeskTask:
    return programs.DeskTask(
        id=task.id,
        why=task.why,
        entity=task.entity,
        order=task.order,
        since=instant(task.since),
        due=instant(task.due),
        role=task.role,
        state=task.state,
        taken_by=task.taken_by,
        taken_at=instant(task.taken_at),
    )


def _theirs(work: Work, caller: Caller, id: str) -> tuple[Order, DeskTask]:
    """The order is locked. Raises Refusal: not_found above their rank, `task_taken` by somebody else."""
    seen = work.tasks.get(id)
    if seen.role not in ranks_up_to(caller.role):
        raise not_found()
    order = work.orders.lock(seen.order)
    task = next(each for each in work.tasks.of(order.id) if each.id == id)
    if task.state is TaskState.TAKEN and task.taken_by != caller.sub:
        at = instant(task.taken_at)
        raise Refusal(Code.TASK_TAKEN, what_next=WhatNext.NONE, task=id, taken_by=task.taken_by, taken_at=at)
    return order, task


def _over(task: DeskTask) -> Refusal:
    return Refusal(Code.TASK_OVER, what_next=WhatNext.NONE, task=task.id, state=task.state)
