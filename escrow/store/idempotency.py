"""Keys of writes with the answers that were given, and the turns that may write no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, text

from escrow.store.instants import sure
from escrow.tables import idempotency, revoked_turns

KEPT = select(idempotency).where(
    idempotency.c.actor == bindparam("actor"), idempotency.c.key == bindparam("key")
)
REVOKED = select(revoked_turns.c.turn).where(revoked_turns.c.turn == bindparam("turn"))
INSERT = insert(idempotency)
# Who writes for a turn holds it until the end; who revokes it waits for them, and they see it afterwards.
HOLD = text("SELECT pg_advisory_xact_lock_shared(hashtext(:turn))")
TAKE = text("SELECT pg_advisory_xact_lock(hashtext(:turn))")


@dataclass(frozen=True)
class Kept:
    fingerprint: str
    status: int
    answer: str


class Keys:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._postgres = connection.dialect.name == "postgresql"

    def kept(self, actor: str, key: str) -> Kept | None:
        row = self._run(KEPT, {"actor": actor, "key": key}).first()
        return Kept(row.fingerprint, row.status, row.answer) if row else None

    def keep(self, actor: str, key: str, kept: Kept, at: datetime) -> None:
        row = {"fingerprint": kept.fingerprint, "status": kept.status, "answer": kept.answer, "at": sure(at)}
        self._run(INSERT, row | {"actor": actor, "key": key})

    def revoked(self, turn: str) -> bool:
        """What it answers holds until the end of the unit of work."""
        if self._postgres:
            self._run(HOLD, {"turn": turn})
        return self._run(REVOKED, {"turn": turn}).first() is not None

    def revoke(self, turn: str, at: datetime) -> None:
        if self._postgres:
            self._run(TAKE, {"turn": turn})
        if not self.revoked(turn):
            self._run(insert(revoked_turns), {"turn": turn, "at": sure(at)})
