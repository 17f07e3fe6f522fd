"""Instructions as rows: what is to be moved, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update

from contract.codes import InstructionKind, InstructionState
from escrow.instructions import Instruction
from escrow.money import Money
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import sure
from escrow.tables import instructions

PAGE = 100
OF_ORDER = (
    select(instructions)
    .where(instructions.c.order_id == bindparam("order"))
    .order_by(instructions.c.at, instructions.c.id)
)
OF_ORDERS = (
    select(instructions)
    .where(instructions.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(instructions.c.at, instructions.c.id)
)
BY_ID = select(instructions).where(instructions.c.id == bindparam("id"))
SEEN = select(instructions.c.at).where(instructions.c.id == bindparam("after")).scalar_subquery()
IN_STATE = (
    select(instructions)
    .where(instructions.c.state == bindparam("state"))
    .order_by(instructions.c.at, instructions.c.id)
    .limit(PAGE + 1)
)
IN_STATE_AFTER = IN_STATE.where(
    or_(instructions.c.at > SEEN, and_(instructions.c.at == SEEN, instructions.c.id > bindparam("after")))
)
SAVE = (
    update(instructions)
    .where(instructions.c.id == bindparam("instruction"), instructions.c.state == bindparam("seen"))
    .values(
        state=bindparam("to"),
        changed_at=bindparam("when"),
        answered=bindparam("had"),
        replaced_by=bindparam("instead"),
    )
)
INSERT = insert(instructions)


class Instructions:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, list[Instruction]] = {}

    def of(self, order: str, kind: InstructionKind | None = None) -> list[Instruction]:
        """Of one order, oldest first; of one kind or of all."""
        if order not in self._known:
            self._known[order] = [_instruction(row) for row in self._run(OF_ORDER, {"order": order})]
        known = self._known[order]
        return known if kind is None else [each for each in known if each.kind is kind]

    def load(self, orders: Iterable[str]) -> None:
        """Read those of many orders at once, for `of` to find."""
        missing = {order: list[Instruction]() for order in orders if order not in self._known}
        if missing:
            for row in self._run(OF_ORDERS, {"orders": list(missing)}):
                missing[row.order_id].append(_instruction(row))
            self._known |= missing

    def in_flight(self, order: str, kind: InstructionKind) -> int:
        """What those without an outcome carry, in minor units of the order's currency."""
        return sum(each.amount.minor for each in self.of(order, kind) if each.is_in_flight)

    def get(self, id: str) -> Instruction:
        row = self._run(BY_ID, {"id": id}).first()
        if row is None:
            raise not_found()
        return _instruction(row)

    def in_state(self, state: str, after: str | None) -> tuple[list[Instruction], str | None]:
        """A page, oldest first, and what to go on after."""
        statement, given = (IN_STATE, {}) if after is None else (IN_STATE_AFTER, {"after": after})
        rows = self._run(statement, given | {"state": state}).all()
        page = [_instruction(row) for row in rows[:PAGE]]
        return page, page[-1].id if len(rows) > PAGE else None

    def add(self, made: Instruction) -> None:
        self.of(made.order).append(made)
        self._run(INSERT, deciding(made))

    def save(self, changed: Instruction, *, seen: Instruction) -> None:
        """Compare-and-set: raises Conflict when another result came between."""
        given: dict[str, Any] = {"instruction": seen.id, "seen": seen.state, "to": changed.state}
        given |= {"had": changed.answered, "instead": changed.replaced_by}
        if self._run(SAVE, given | {"when": sure(changed.changed_at)}).rowcount != 1:
            raise Conflict
        known = self.of(changed.order)
        known[:] = [changed if each.id == changed.id else each for each in known]


def deciding(instruction: Instruction) -> dict[str, Any]:
    """All of it, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {"id": instruction.id, "kind": instruction.kind, "order_id": instruction.order}
    row |= {"amount": instruction.amount.minor, "currency": instruction.amount.currency}
    row |= {"refers_to": instruction.refers_to, "state": instruction.state}
    row |= {"answered": instruction.answered, "replaced_by": instruction.replaced_by}
    return row | {"at": sure(instruction.at), "changed_at": sure(instruction.changed_at)}


def _instruction(row: Row[Any]) -> Instruction:
    return Instruction(
        id=row.id,
        kind=InstructionKind(row.kind),
        order=row.order_id,
        amount=Money(row.amount, row.currency),
        refers_to=row.refers_to,
        at=datetime.fromisoformat(row.at),
        changed_at=datetime.fromisoformat(row.changed_at),
        state=InstructionState(row.state),
        answered=InstructionState(row.answered) if row.answered else None,
        replaced_by=row.replaced_by,
    )
