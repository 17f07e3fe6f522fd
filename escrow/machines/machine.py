"""What a machine is: a table of steps and a table of stays. The engine walks them; nothing else knows a rule.

A state is left by its steps and told by its stays. All of it is pure: a step's functions see one `Case`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from contract.codes import Code, Otherwise, Role, TaskWhy, Tell, What, WhatNext, Who
from escrow.case import Case, Effect
from escrow.clocks import Clock
from escrow.refusals import Refusal

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)

# Whose word an event is, beside the roles of persons and programs.
TIMER = "timer"


@dataclass(frozen=True, kw_only=True)
class Step(Generic[S, E]):
    """One way on. `state` None: the thing begins. Of several for an event the first whose `when` holds.

    `guard` raises Refusal; `sets` are the fields that change beside the state. With `if_moved` nothing is
    told where the effects moved nothing.
    `order_hears` is the event that the order gets, if its own state has a step for it. With `pays_claim` the
    order's open claim, if there is one, has got by it all that it could ask for, and ends.
    `task` is why the desk is needed from now on: as long as the thing is in a state into which some step
    brings it with the same reason.

    Where the state stays the same its clocks go on, but for those that the step names: `restarts` begin anew,
    and of `moves` the end is reckoned again from their own beginning, as what it hangs on has changed; one
    that has rung rings again if its new end is still to come.
    """

    state: S | None
    event: E
    to: S
    who: frozenset[str]
    when: Callable[[Case], bool] | None = None
    guard: Callable[[Case], None] | None = None
    sets: Callable[[Case], Mapping[str, Any]] | None = None
    effects: tuple[Effect, ...] = ()
    tell: Tell | None = None
    if_moved: bool = False
    order_hears: StrEnum | None = None
    pays_claim: bool = False
    restarts: tuple[Clock, ...] = ()
    moves: tuple[Clock, ...] = ()
    task: TaskWhy | None = None


@dataclass(frozen=True, kw_only=True)
class Stay(Generic[S, E]):
    """What is waited for in a state: a row for each clock, the earliest is told; of equals the first.

    `then` is the event that the clock fires; without one nothing happens by itself. A clock with `told_to`
    starts when the notice to that side was accepted, any other when the state begins. One `beside` the wait
    is its own affair, a reminder perhaps, and nobody is told that it runs.
    """

    state: S
    who: Who
    what: What
    otherwise: Otherwise | None = None
    clock: Clock | None = None
    then: E | None = None
    told_to: Who | None = None
    in_demo: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """`holds` says what is true of the money in a state; `final` are the states in which nobody waits.

    `look` is what would help whoever asks for what the state does not allow.
    """

    name: str
    steps: tuple[Step[S, E], ...]
    stays: tuple[Stay[S, E], ...]
    final: frozenset[S] = frozenset()
    holds: Mapping[S, Callable[[Case], bool]] = field(default_factory=dict)
    look: WhatNext | None = None

    @cached_property
    def _steps(self) -> dict[tuple[S | None, E], list[Step[S, E]]]:
        found: dict[tuple[S | None, E], list[Step[S, E]]] = {}
        for step in self.steps:
            found.setdefault((step.state, step.event), []).append(step)
        return found

    @cached_property
    def _stays(self) -> dict[S, tuple[Stay[S, E], ...]]:
        states = dict.fromkeys(stay.state for stay in self.stays)
        return {state: tuple(stay for stay in self.stays if stay.state is state) for state in states}

    @cached_property
    def clocks(self) -> frozenset[Clock]:
        """Those that may stand in a row for one of its things."""
        return frozenset(stay.clock for stay in self.stays if stay.clock and stay.then)

    @cached_property
    def _needs(self) -> dict[S, frozenset[TaskWhy]]:
        states = {step.to for step in self.steps}
        return {
            state: frozenset(step.task for step in self.steps if step.to is state and step.task)
            for state in states
        }

    def needs(self, state: S | None) -> frozenset[TaskWhy]:
        """Why the desk may be needed in a state; no other reason of the table lasts in it."""
        return self._needs.get(state, frozenset()) if state is not None else frozenset()

    def ways(self, state: S | None, event: E) -> list[Step[S, E]]:
        return self._steps.get((state, event), [])

    def way(self, state: S | None, event: E, case: Case) -> Step[S, E] | None:
        """The step that the event takes now; None where the state has none."""
        return next((way for way in self.ways(state, event) if way.when is None or way.when(case)), None)

    def step(self, state: S | None, event: E, case: Case) -> Step[S, E]:
        """Raises Refusal `wrong_state`, and what the step's guard raises."""
        step = self.way(state, event, case)
        if step is None:
            raise Refusal(Code.WRONG_STATE, what_next=self.look, state=state, event=event)
        if step.guard is not None:
            step.guard(case)
        return step

    def stays_in(self, state: S) -> tuple[Stay[S, E], ...]:
        return self._stays.get(state, ())

    def stay(self, state: S, clock: Clock) -> Stay[S, E] | None:
        return next((stay for stay in self.stays_in(state) if stay.clock is clock), None)

    def timed(self, state: S, *, demo: bool) -> list[Stay[S, E]]:
        """Those whose clock is a row while the state lasts."""
        return [stay for stay in self.stays_in(state) if stay.then and (demo or not stay.in_demo)]


def by(*roles: Role | str) -> frozenset[str]:
    return frozenset(map(str, roles))
