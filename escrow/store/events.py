"""What the marketplace has told, as rows: by its own numbers, so that the same thing twice is once."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, insert, select

from escrow.tables import events

HEARD = select(events).where(events.c.order_id == bindparam("order"), events.c.id == bindparam("id"))
INSERT = insert(events)


@dataclass(frozen=True)
class Heard:
    """`fingerprint` is of all that was told; `state` is the order's after it."""

    order_id: str
    id: str
    event: str
    fingerprint: str
    happened_at: str
    heard_at: str
    state: str


class Events:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def heard(self, order: str, id: str) -> Heard | None:
        row = self._run(HEARD, {"order": order, "id": id}).first()
        return Heard(*row) if row else None

    def add(self, heard: Heard) -> None:
        self._run(INSERT, asdict(heard))
