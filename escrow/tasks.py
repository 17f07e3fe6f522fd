"""Desk tasks: what needs a person, why, since when and for which role. One that lasts comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from contract.codes import Role, TaskState, TaskWhy

# Until it begins; then it is the next of its order.
UNNUMBERED = ""
# Who sees and takes what is meant for whom: a rank all that is meant for those below it.
RANKS = (Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR)
# Whom a task is for, where it is not a supervisor's.
FOR: Mapping[TaskWhy, Role] = {
    TaskWhy.NOTICE_NOT_ACCEPTED: Role.AGENT,
    TaskWhy.ARRIVAL_UNANSWERED: Role.AGENT,
    TaskWhy.NOT_ARRIVED: Role.MEDIATOR,
    TaskWhy.MEDIATION_UNTOUCHED: Role.MEDIATOR,
}


@dataclass(frozen=True)
class DeskTask:
    """`entity` is what it is about: an order, claim, instruction or notice. `because` is a text's hash."""

    id: str
    why: TaskWhy
    entity: str
    order: str
    role: Role
    since: datetime
    state: TaskState = TaskState.OPEN
    due: datetime | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    because: str | None = None
    version: int = 0

    def numbered(self, n: int) -> DeskTask:
        return replace(self, id=f"T-{self.order}-{n}")

    @property
    def lasts(self) -> bool:
        """Its cause does, also while somebody has called it done."""
        return self.state is not TaskState.ENDED


def needed(
    why: TaskWhy, entity: str, order: str, since: datetime, *, due: datetime | None = None
) -> DeskTask:
    return DeskTask(UNNUMBERED, why, entity, order, FOR.get(why, Role.SUPERVISOR), since, due=due)


def ranks_up_to(role: str) -> tuple[Role, ...]:
    """Those whose tasks are also this role's."""
    return RANKS[: RANKS.index(Role(role)) + 1]
