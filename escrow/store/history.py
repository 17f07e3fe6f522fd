"""The chains of history: appended to, never changed; numbered over all of them as they are committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from escrow.history import START, canonical, row_hash
from escrow.store.instants import sure
from escrow.tables import counters, history

LAST = (
    select(history.c.n, history.c.hash)
    .where(history.c.chain == bindparam("chain"))
    .order_by(history.c.n.desc())
    .limit(1)
)
# Held until the commit: so numbers are given in the order in which they can be seen.
NUMBERS = (
    update(counters)
    .where(counters.c.name == "history")
    .values(last=counters.c.last + bindparam("by"))
    .returning(counters.c.last)
)
INSERT = insert(history)


class History:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._ends: dict[str, tuple[int, str]] = {}
        self._told: list[dict[str, Any]] = []

    def next(self, chain: str) -> int:
        """The number that the chain's next row will have."""
        return self._end(chain)[0] + 1

    def tell(self, chain: str, event: str, *, actor: str, at: datetime, facts: Mapping[str, Any]) -> int:
        """Append; the row's number. `facts` are ids, sums, states, instants and hashes, never words."""
        n, previous = self._end(chain)
        row: dict[str, Any] = {"at": sure(at), "actor": actor, "event": event, "facts": canonical(facts)}
        chained = row_hash(previous, order=chain, n=n + 1, **row)
        self._told.append(row | {"chain": chain, "n": n + 1, "previous": previous, "hash": chained})
        self._ends[chain] = n + 1, chained
        return n + 1

    def flush(self) -> None:
        if not self._told:
            return
        last = self._run(NUMBERS, {"by": len(self._told)}).scalar_one()
        first = last - len(self._told) + 1
        self._run(INSERT, [row | {"seq": first + i} for i, row in enumerate(self._told)])
        self._told.clear()

    def _end(self, chain: str) -> tuple[int, str]:
        if chain not in self._ends:
            last = self._run(LAST, {"chain": chain}).first()
            self._ends[chain] = (last.n, last.hash) if last else (-1, START)
        return self._ends[chain]
