"""Two units of work that meet where the test wants them to: not by luck, but after a certain statement."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text

from escrow.funds import Short
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.work import Work

Do = Callable[[Work], Any]
PATIENCE_S = 20
BLOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
# SQLite lets nobody in while another writes, and tells nobody who waits.
GIVEN_UP_S = 0.005


@dataclass
class Met:
    """What each gave, or its refusal. `overtook`: the second had ended while the first still stood."""

    first: Any
    second: Any
    stood: bool
    overtook: bool

    @property
    def both(self) -> list[Any]:
        return [self.first, self.second]


class Meeting:
    """Of two units of work the first stands still after its n-th statement until the second ends or waits.

    All statements of the first are gone through in turn, so that the second comes between any two of them.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stood = self.overtaken = 0
        self._local = threading.local()
        self._stop_after, self._longest = 0, 1
        self._stands, self._goes = threading.Event(), threading.Event()
        event.listen(database.engine, "after_cursor_execute", self._ran)
        self._watch = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        event.remove(self.database.engine, "after_cursor_execute", self._ran)
        self._watch.close()

    def of(self, first: Do, second: Do) -> Met:
        self._stands.clear()
        self._goes.clear()
        self._stop_after = self._stop_after % self._longest + 1
        outcomes: dict[str, Any] = {}
        ahead = threading.Thread(target=self._write, args=("first", first, outcomes))
        behind = threading.Thread(target=self._write, args=("second", second, outcomes))
        ahead.start()
        while not self._stands.wait(0.001) and ahead.is_alive():
            pass
        stood = self._stands.is_set()
        behind.start()
        overtook = self._ended_or_waits(behind) and stood
        self._goes.set()
        for thread in (ahead, behind):
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "they wait for each other"
        self.stood, self.overtaken = self.stood + stood, self.overtaken + overtook
        for outcome in outcomes.values():
            if isinstance(outcome, Exception) and not isinstance(outcome, (Refusal, Short)):
                raise outcome
        return Met(outcomes["first"], outcomes["second"], stood, overtook)

    def _write(self, name: str, do: Do, outcomes: dict[str, Any]) -> None:
        self._local.count = 0 if name == "first" else None
        try:
            outcomes[name] = self.database.write(do)
        except Exception as wrong:
            outcomes[name] = wrong
        if name == "first":
            self._longest = self._local.count or 1

    def _ran(self, *_: Any) -> None:
        count = getattr(self._local, "count", None)
        if count is None:
            return
        self._local.count = count + 1
        if count + 1 == self._stop_after:
            self._stands.set()
            self._goes.wait(PATIENCE_S)

    def _ended_or_waits(self, thread: threading.Thread) -> bool:
        """True when it has ended."""
        on_sqlite = self.database.engine.dialect.name == "sqlite"
        end = time.monotonic() + (GIVEN_UP_S if on_sqlite else PATIENCE_S)
        while time.monotonic() < end:
            thread.join(0.001)
            if not thread.is_alive():
                return True
            if not on_sqlite and self._watch.execute(BLOCKED).scalar_one():
                return False
        return False
