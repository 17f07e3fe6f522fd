"""Notices: what somebody is to be told, in the order of its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    String,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from escrow.store.instants import sure
from escrow.tables import clock, desk_tasks, notices, persons

PAGE = 100
NAME = "notice-"
TOLD_TO = select(clock.c.told_to).scalar_subquery()
TOLD_TO_OR_NONE = func.coalesce(TOLD_TO, 0)
AFTER = select(notices).where(notices.c.id > bindparam("after")).order_by(notices.c.id).limit(PAGE)
# Of accounts of which nobody was known: whoever has become known since is told now.
LATE = (
    select(notices)
    .where(notices.c.persons == "", notices.c.accepted_at.is_(None), notices.c.id <= bindparam("after"))
    .where(notices.c.account.in_(select(persons.c.account)))
    .order_by(notices.c.id)
    .limit(PAGE)
)
NOTICE = select(notices).where(notices.c.id == bindparam("id"))
UNACCEPTED = select(notices.c.id, notices.c.at).where(notices.c.accepted_at.is_(None)).order_by(notices.c.id)
# Of these the desk knows: a task's entity is the notice by this name.
KNOWN = exists().where(
    desk_tasks.c.entity == literal(NAME) + cast(notices.c.id, String),
    desk_tasks.c.order_id == notices.c.order_id,
)
LYING = (
    select(notices)
    .where(notices.c.accepted_at.is_(None), notices.c.at <= bindparam("since"), ~KNOWN)
    .where(notices.c.id > TOLD_TO_OR_NONE)
    .order_by(notices.c.at, notices.c.id)
    .limit(1)
)
ACCEPT = (
    update(notices)
    .where(notices.c.id == bindparam("notice"), notices.c.accepted_at.is_(None))
    .values(accepted_at=bindparam("when"))
)
INSERT = insert(notices).returning(notices.c.id)
LAST = select(notices.c.id).order_by(notices.c.id.desc()).limit(1)


@dataclass
class Draft:
    """A notice on its way; it has its number once the unit of work ends."""

    row: dict[str, Any]
    id: int | None = None

    def says(self, facts: Mapping[str, Any]) -> None:
        self.row["facts"] = json.dumps(facts)


class Notices:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._drafts: list[Draft] = []

    def notify(
        self,
        kind: str,
        *,
        account: str,
        persons: Sequence[str],
        order: str,
        claim: str | None,
        n: int,
        at: datetime,
    ) -> Draft:
        """`n` is the row of the order's history that it tells of. It says nothing until it is told what."""
        row: dict[str, Any] = {"kind": kind, "account": account, "persons": " ".join(persons), "n": n}
        row |= {"order_id": order, "claim_id": claim, "facts": "{}", "at": sure(at)}
        draft = Draft(row)
        self._drafts.append(draft)
        return draft

    def flush(self) -> None:
        for draft in self._drafts:
            draft.id = self._run(INSERT, draft.row).scalar_one()
        self._drafts.clear()

    def after(self, after: int) -> Sequence[Any]:
        """A page of rows; what was told before a demo world was made is not told again."""
        begins = self._run(select(TOLD_TO)).scalar() or 0
        return self._run(AFTER, {"after": max(after, begins)}).all()

    def late(self, after: int) -> Sequence[Any]:
        """Those up to there that nobody could be told of then, and somebody can now."""
        return self._run(LATE, {"after": after}).all()

    def get(self, id: int) -> Any:
        """The row, or None."""
        return self._run(NOTICE, {"id": id}).first()

    def lying(self, since: datetime) -> Any:
        """The oldest that nobody's channel had accepted by then, and the desk has no task for; or None."""
        return self._run(LYING, {"since": sure(since)}).first()

    def unaccepted(self) -> list[tuple[int, datetime]]:
        return [(row.id, datetime.fromisoformat(row.at)) for row in self._run(UNACCEPTED)]

    def accept(self, id: int, at: datetime) -> bool:
        """Whether this was the first time that it was accepted."""
        return self._run(ACCEPT, {"notice": id, "when": sure(at)}).rowcount == 1

    def last(self) -> int:
        return self._run(LAST).scalar() or 0
