"""What a chain of history tells: things, clocks, journals, notices and quotes as they should stand now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from escrow.audit import unmoved
from escrow.history import START, row_hash

MIGRATED, STARTED = "migrated", "clock.started"
# Clocks that the migration found, running and ended: nobody told until then whether they had rung.
UNTOLD, UNTOLD_ENDED = "untold", "untold, ended"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Ticking:
    """A clock as it was told last; `done` is when it ended, None while it runs."""

    started: str | None
    due: str | None
    done: str | None = None


@dataclass(frozen=True)
class Moved:
    """A journal as it was told; what the first version did not tell of it is None."""

    postings: list[list[Any]]
    currency: str | None = None
    claim: str | None = None
    at: str | None = None
    actor: str | None = None


@dataclass
class Told:
    """Filled by `replay`, row by row."""

    chain: str
    things: dict[str, Facts] = field(default_factory=dict)
    clocks: dict[tuple[str, str], Ticking] = field(default_factory=dict)
    journals: dict[tuple[str, str], Moved] = field(default_factory=dict)
    notices: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    quotes: dict[str, str] = field(default_factory=dict)
    # Who signed a quote: number, role, person, instant.
    signed: dict[str, list[list[Any]]] = field(default_factory=dict)
    # In which row a clock was set as it stands.
    set_in: dict[tuple[str, str], int] = field(default_factory=dict)
    instants: set[str] = field(default_factory=set)

    def replay(self, rows: Sequence[Any]) -> Iterator[str]:
        """What breaks the chain itself."""
        last, n, seq = START, 0, 0
        for row in rows:
            given = {"at": row.at, "actor": row.actor, "event": row.event, "facts": row.facts}
            hashed = row_hash(last, order=self.chain, n=n, **given)
            if (row.n, row.previous, row.hash) != (n, last, hashed):
                yield f"history of {self.chain}: row {row.n} does not follow from the one before"
            if row.seq <= seq:
                yield f"history of {self.chain}: row {row.n} was committed before the one that it follows"
            last, n, seq = row.hash, n + 1, row.seq
            yield from self._hear(row, msgspec.json.decode(row.facts))

    def _hear(self, row: Any, facts: Facts) -> Iterator[str]:
        self.instants.add(row.at)
        if row.event == "journal":
            self.journals[facts["kind"], facts["source"]] = Moved(facts["postings"])
        yield from self._told_again(row.event, facts)
        for each in facts.get("journals", ()):
            named = {name: each.get(name) for name in ("postings", "currency", "claim")}
            moved = Moved(**named, at=row.at, actor=row.actor)
            self.journals[each["kind"], f"{self.chain}/{row.n}"] = moved
        self.notices.update((row.n, kind, account) for kind, account in facts.get("told", ()))
        self.quotes |= facts.get("quotes", {})
        self.signed |= facts.get("signed", {})
        yield from self._restarted(row.event, facts.get("clocks", {}))
        self._tick(row, facts)

    def _told_again(self, event: str, facts: Facts) -> Iterator[str]:
        """The engine tells what it finds in the tables: that is no proof that it has written it."""
        rows: dict[str, Facts] = dict(facts.get("rows", {}))
        if event == MIGRATED:
            yield from self._carried_on(rows)
        elif "row" in facts:
            rows[facts["row"]["id"]] = facts["row"]
        for id, now in rows.items() if event != MIGRATED else ():
            yield from unmoved.breaches(id, self.things.get(id), now, event, facts)
        self.things |= rows

    def _restarted(self, event: str, told: dict[str, dict[str, list[str | None]]]) -> Iterator[str]:
        """A notice starts the clock that waits for it, and leaves those beside it as they were."""
        for entity, running in told.items() if event == STARTED else ():
            for clock, (started, due) in running.items():
                was = self.clocks.get((entity, clock))
                if was is None or was.done not in (None, UNTOLD):
                    yield f"clock {clock} of {entity} runs again, which no state began"
                elif was.started is not None and (was.started, was.due) != (started, due):
                    yield f"clock {clock} of {entity} is due at {due}, its history had said {was.due}"

    def _carried_on(self, rows: dict[str, Facts]) -> Iterator[str]:
        """What a migration found is what the history had told until then."""
        for id in sorted(self.things.keys() | rows.keys()):
            was, found = self.things.get(id, {}), rows.get(id, {})
            for name in sorted(was.keys() & found.keys() if found else was.keys()):
                is_, should = found.get(name), was[name]
                if is_ != should:
                    yield f"{name} of {id} was {is_} when it was migrated, its history says {should}"

    def _tick(self, row: Any, facts: Facts) -> None:
        if "clock" in facts:
            self._end(tuple(facts["clock"]), row.at)
        for entity, running in facts.get("clocks", {}).items():
            for key in [key for key in self.clocks if key[0] == entity and key[1] not in running]:
                self._end(key, row.at, left=True)
            for clock, (started, due) in running.items():
                now = Ticking(started, due, UNTOLD if row.event == MIGRATED else None)
                if row.event != STARTED and self.clocks.get((entity, clock)) != now:
                    self.set_in[entity, clock] = row.n
                self.clocks[entity, clock] = now

    def _end(self, key: tuple[str, str], at: str, *, left: bool = False) -> None:
        """It has rung, or its state was `left`, which changes nothing of one that had rung before."""
        clock = self.clocks[key]
        if clock.done is None or (clock.done == UNTOLD and not left):
            self.clocks[key] = Ticking(clock.started, clock.due, at)
        elif clock.done == UNTOLD:
            self.clocks[key] = Ticking(clock.started, clock.due, UNTOLD_ENDED)
