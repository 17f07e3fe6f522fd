"""Desk tasks as rows: those of an order, and what is open for a role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update

from contract.codes import Role, TaskState, TaskWhy
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored, sure
from escrow.tables import desk_tasks as tasks
from escrow.tasks import DeskTask

PAGE = 50
BY_ID = select(tasks).where(tasks.c.id == bindparam("id"))
OF_ORDERS = (
    select(tasks)
    .where(tasks.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(tasks.c.since, tasks.c.id)
)
WAITING = (
    select(tasks)
    .where(tasks.c.state.in_([TaskState.OPEN, TaskState.TAKEN]))
    .where(tasks.c.role.in_(bindparam("roles", expanding=True)))
    .order_by(tasks.c.since, tasks.c.id)
    .limit(PAGE + 1)
)
SEEN = select(tasks.c.since).where(tasks.c.id == bindparam("after")).scalar_subquery()
WAITING_AFTER = WAITING.where(
    or_(tasks.c.since > SEEN, and_(tasks.c.since == SEEN, tasks.c.id > bindparam("after")))
)
SAVE = update(tasks).where(tasks.c.id == bindparam("task"), tasks.c.version == bindparam("seen"))
INSERT = insert(tasks)


class Tasks:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[DeskTask]] = {}

    def of(self, order: str) -> list[DeskTask]:
        """All that an order ever had, oldest first."""
        self.load([order])
        return self._known[order]

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[DeskTask]() for order in orders if order not in self._known}
        if missing:
            for row in self._run(OF_ORDERS, {"orders": list(missing)}):
                missing[row.order_id].append(_task(row))
            self._known |= missing

    def lasting(self, order: str, entity: str, why: TaskWhy) -> DeskTask | None:
        """There is one at most."""
        found = (each for each in self.of(order) if (each.entity, each.why) == (entity, why) and each.lasts)
        return next(found, None)

    def get(self, id: str) -> DeskTask:
        row = self._run(BY_ID, {"id": id}).first()
        if row is None:
            raise not_found()
        return _task(row)

    def waiting(self, roles: Sequence[str], after: str | None) -> tuple[list[DeskTask], str | None]:
        """A page of what is not done yet, oldest first, and what to go on after."""
        statement, given = (WAITING, {}) if after is None else (WAITING_AFTER, {"after": after})
        rows = self._run(statement, given | {"roles": list(roles)}).all()
        page = [_task(row) for row in rows[:PAGE]]
        return page, page[-1].id if len(rows) > PAGE else None

    def add(self, task: DeskTask) -> None:
        self.of(task.order).append(task)
        self._run(INSERT, deciding(task) | {"version": task.version})

    def save(self, task: DeskTask, *, seen: DeskTask) -> None:
        """Compare-and-set: raises Conflict when another write came between."""
        row = deciding(task) | {"version": task.version}
        if self._run(SAVE, row | {"task": task.id, "seen": seen.version}).rowcount != 1:
            raise Conflict
        known = self.of(task.order)
        known[:] = [task if each.id == task.id else each for each in known]


def deciding(task: DeskTask) -> dict[str, Any]:
    """All of it, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": task.id, "why": task.why, "entity": task.entity, "order_id": task.order}
    row |= {"role": task.role, "since": sure(task.since), "state": task.state, "due": stored(task.due)}
    row |= {"taken_by": task.taken_by, "taken_at": stored(task.taken_at)}
    return row | {"done_by": task.done_by, "done_at": stored(task.done_at), "because": task.because}


def _task(row: Row[Any]) -> DeskTask:
    return DeskTask(
        id=row.id,
        why=TaskWhy(row.why),
        entity=row.entity,
        order=row.order_id,
        role=Role(row.role),
        since=datetime.fromisoformat(row.since),
        state=TaskState(row.state),
        due=read(row.due),
        taken_by=row.taken_by,
        taken_at=read(row.taken_at),
        done_by=row.done_by,
        done_at=read(row.done_at),
        because=row.because,
        version=row.version,
    )
