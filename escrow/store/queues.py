"""What is still to happen: deadlines that fall due, notices to tell, instructions to carry out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from escrow.money import Money
from escrow.store.faults import Conflict
from escrow.store.instants import read, sure
from escrow.store.rows import Deadline, Instruction, Notice
from escrow.tables import deadlines, instructions, notices

DUE = (
    select(deadlines)
    .where(deadlines.c.done_at.is_(None), deadlines.c.due_at <= bindparam("now"))
    .order_by(deadlines.c.due_at, deadlines.c.id)
    .limit(1)
)
OLDEST = select(func.min(deadlines.c.due_at)).where(deadlines.c.done_at.is_(None))
CLAIM_DEADLINE = (
    update(deadlines)
    .where(deadlines.c.id == bindparam("deadline"), deadlines.c.done_at.is_(None))
    .values(done_at=bindparam("when"))
)
PUT_OFF = (
    update(deadlines)
    .where(deadlines.c.id == bindparam("deadline"), deadlines.c.done_at.is_(None))
    .values(due_at=bindparam("later"))
)
AFTER = select(notices).where(notices.c.id > bindparam("after")).order_by(notices.c.id).limit(100)
NOTICE = select(notices).where(notices.c.id == bindparam("id"))
UNACCEPTED = select(notices).where(notices.c.accepted_at.is_(None)).order_by(notices.c.id)
ACCEPT = (
    update(notices)
    .where(notices.c.id == bindparam("notice"), notices.c.accepted_at.is_(None))
    .values(accepted_at=bindparam("when"))
)
LATEST_PAYOUT = (
    select(instructions)
    .where(instructions.c.order_id == bindparam("order"), instructions.c.kind == "payout")
    .order_by(instructions.c.at.desc(), instructions.c.id.desc())
    .limit(1)
)
IN_FLIGHT = select(func.coalesce(func.sum(instructions.c.amount), 0)).where(
    instructions.c.order_id == bindparam("order"),
    instructions.c.kind == "payout",
    instructions.c.state.in_(("pending", "unknown")),
)
IN_STATE = (
    select(instructions)
    .where(instructions.c.state == bindparam("state"))
    .order_by(instructions.c.at)
    .limit(200)
)
INSTRUCTION = select(instructions).where(instructions.c.id == bindparam("id"))
RESULT = (
    update(instructions)
    .where(instructions.c.id == bindparam("instruction"), instructions.c.state == bindparam("seen"))
    .values(state=bindparam("to"), changed_at=bindparam("when"))
)


# Numbers are given out before a commit: without this, whoever has read the later of two never sees the other.
IN_ORDER = text("SELECT pg_advisory_xact_lock(hashtext('escrow.notices'))")


class Queues:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._postgres = connection.dialect.name == "postgresql"

    # Deadlines

    def set_deadline(self, kind: str, entity: str, due_at: datetime) -> None:
        self._run(insert(deadlines), {"kind": kind, "entity": entity, "due_at": sure(due_at)})

    def due(self, now: datetime) -> Deadline | None:
        """The one that has been due for longest."""
        return self._run(DUE, {"now": sure(now)}).first()

    def claim_deadline(self, id: int, at: datetime) -> bool:
        """Whether it is ours to fire: false when another has fired it."""
        return self._run(CLAIM_DEADLINE, {"deadline": id, "when": sure(at)}).rowcount == 1

    def put_off(self, id: int, to: datetime) -> None:
        self._run(PUT_OFF, {"deadline": id, "later": sure(to)})

    def oldest_due(self) -> datetime | None:
        """When the first of those that have not fired falls due, or fell."""
        return read(self._run(OLDEST).scalar())

    # Notices

    def notify(
        self,
        kind: str,
        *,
        account: str,
        persons: Sequence[str],
        order: str,
        claim: str | None,
        facts: Mapping[str, Any],
        at: datetime,
    ) -> None:
        row: dict[str, Any] = {"kind": kind, "account": account, "persons": " ".join(persons)}
        row |= {"order_id": order, "claim_id": claim, "facts": json.dumps(facts), "at": sure(at)}
        if self._postgres:
            self._run(IN_ORDER)
        self._run(insert(notices), row)

    def notices_after(self, after: int) -> Sequence[Notice]:
        return self._run(AFTER, {"after": after}).all()

    def unaccepted(self) -> Sequence[Notice]:
        return self._run(UNACCEPTED).all()

    def accept(self, id: int, at: datetime) -> Notice | None:
        """The notice, if this was the first time that it was accepted."""
        if self._run(ACCEPT, {"notice": id, "when": sure(at)}).rowcount != 1:
            return None
        return self._run(NOTICE, {"id": id}).first()

    def forget_notices(self) -> None:
        """Demo only: what its history told was told long ago."""
        self._run(delete(notices))

    def notice(self, id: int) -> Notice | None:
        return self._run(NOTICE, {"id": id}).first()

    # Instructions

    def instruct(
        self, id: str, kind: str, *, order: str, amount: Money, refers_to: str, at: datetime
    ) -> None:
        row = {"id": id, "kind": kind, "order_id": order, "amount": amount.minor, "currency": amount.currency}
        row |= {"refers_to": refers_to, "state": "pending", "at": sure(at), "changed_at": sure(at)}
        self._run(insert(instructions), row)

    def latest_payout(self, order: str) -> Instruction | None:
        return self._run(LATEST_PAYOUT, {"order": order}).first()

    def in_flight(self, order: str) -> int:
        """What payouts without an outcome carry, in minor units of the order's currency."""
        return int(self._run(IN_FLIGHT, {"order": order}).scalar_one())

    def instructions(self, state: str) -> Sequence[Instruction]:
        return self._run(IN_STATE, {"state": state}).all()

    def instruction(self, id: str) -> Instruction | None:
        return self._run(INSTRUCTION, {"id": id}).first()

    def result(self, id: str, *, seen: str, to: str, at: datetime) -> None:
        """Compare-and-set: raises Conflict when another result came between."""
        if self._run(RESULT, {"instruction": id, "seen": seen, "to": to, "when": sure(at)}).rowcount != 1:
            raise Conflict
