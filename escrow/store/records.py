"""What else must be remembered: words of people, the desk's clock."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from escrow.history import text_hash
from escrow.store.instants import read, sure
from escrow.tables import clock, texts

AHEAD = select(clock.c.ahead)
MADE_AT = select(clock.c.made_at)


class Records:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def keep_text(self, order: str, words: str) -> str:
        """Store words of a person; the salted hash for the history."""
        salt = secrets.token_hex(16)
        hashed = text_hash(salt, words)
        self._run(insert(texts), {"id": hashed, "order_id": order, "salt": salt, "text": words})
        return hashed

    def is_demo(self) -> bool:
        """Only a demo world has a clock that can be moved."""
        return self._run(AHEAD).first() is not None

    def now(self) -> datetime:
        """The desk's clock in whole seconds, as it is shown: the machine's, plus a demo's lead."""
        ahead = self._run(AHEAD).scalar() or 0
        return (datetime.now(UTC) + timedelta(microseconds=ahead)).replace(microsecond=0)

    def made_at(self) -> datetime | None:
        """When the demo world was made; None if this is none."""
        return read(self._run(MADE_AT).scalar())

    def start_clock(self, now: datetime) -> None:
        self._run(insert(clock), {"id": 1, "ahead": 0, "made_at": sure(now), "told_to": 0})

    def forget_notices(self, up_to: int) -> None:
        """Demo only: what its history told was told long ago."""
        self._run(update(clock).values(told_to=up_to))

    def advance_to(self, instant: datetime) -> None:
        """Only ever forward."""
        ahead = int((instant - datetime.now(UTC)) / timedelta(microseconds=1))
        self._run(update(clock).where(clock.c.ahead < ahead).values(ahead=ahead))
