"""One step taken, as far as no database is needed: the thing after it, its money, the clocks that begin."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from escrow.case import Case
from escrow.clocks import Clock, Matter, ends
from escrow.credits import Credit
from escrow.instructions import Instruction
from escrow.ledger import Journal
from escrow.machines.machine import Machine, Stay, Step
from escrow.payments import Payment
from escrow.position import Position


@dataclass(frozen=True)
class Outcome:
    """What an event does. `case` is the one after it; what is `made` has no number yet."""

    machine: Machine[Any, Any]
    step: Step[Any, Any]
    before: Any
    after: Any
    case: Case
    journals: tuple[Journal, ...]
    made: tuple[Instruction | Credit, ...]
    received: tuple[Payment, ...] = ()

    @property
    def enters(self) -> bool:
        """Whether a state begins, and its clocks with it."""
        return self.step.state is not self.step.to

    @property
    def sets_clocks(self) -> bool:
        return self.enters or bool(self.step.restarts or self.step.moves)

    @property
    def moved(self) -> Position:
        """What this step alone moved, whatever had moved before."""
        order = self.case.order
        nothing = Position(order.id, order.supplier, order.currency, {})
        return reduce(Position.moved, self.journals, nothing)

    @property
    def is_told(self) -> bool:
        return self.step.tell is not None and bool(self.journals or not self.step.if_moved)


@dataclass(frozen=True)
class Beginning:
    """A clock of the state that begins; started and due are None while it waits for its notice."""

    stay: Stay[Any, Any]
    clock: Clock
    started: datetime | None
    due: datetime | None


def take(machine: Machine[Any, Any], step: Step[Any, Any], thing: Any, case: Case) -> Outcome:
    changes: dict[str, Any] = dict(step.sets(case)) if step.sets else {}
    if isinstance(thing, Instruction):
        changes |= {"changed_at": case.at} if step.state is not step.to else {}
    else:
        changes |= {"version": thing.version + 1}
    after = dataclasses.replace(thing, state=step.to, **changes)
    now = case.about(after)
    journals, made, received = list[Journal](), list[Instruction | Credit](), list[Payment]()
    for effect in step.effects:
        for result in effect(now):
            if isinstance(result, Journal):
                journals.append(result)
                now = now.moved(result)
            elif isinstance(result, Payment):
                received.append(result)
                now = now.received(result)
            else:
                made.append(result)
    before = None if step.state is None else thing
    return Outcome(machine, step, before, after, now, tuple(journals), tuple(made), tuple(received))


def beginnings(outcome: Outcome, *, demo: bool) -> Iterator[Beginning]:
    """The clocks of the state that begins, or that the step begins anew.

    One that has no end and waits for nobody is none.
    """
    case = outcome.case
    for stay in outcome.machine.timed(outcome.step.to, demo=demo):
        if not outcome.enters and stay.clock not in outcome.step.restarts:
            continue
        started = None if stay.told_to else case.at
        assert stay.clock is not None, "what fires has a clock"
        end = _end(outcome, stay.clock, started)
        if end or stay.told_to:
            yield Beginning(stay, stay.clock, started, end)


def moved(outcome: Outcome, clock: Clock, started: datetime | None) -> datetime | None:
    """When a clock that runs since then ends after the step; None for one that has no end now."""
    return _end(outcome, clock, started)


def _end(outcome: Outcome, clock: Clock, started: datetime | None) -> datetime | None:
    case = outcome.case
    end = ends(clock, Matter(case.order, case.policy, case.claim, started, case.credit))
    return end.at if end else None
