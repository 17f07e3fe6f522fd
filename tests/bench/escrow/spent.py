"""What things take, measured in turns, so that whatever else the machine does falls on all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

WARM, ROUND = 20, 20


@dataclass(frozen=True)
class Spent:
    """Milliseconds for one: of this process's CPU, and by the clock."""

    cpu_ms: float
    wall_ms: float


def in_turns(rivals: Sequence[tuple[Callable[[Any], object], Sequence[Any]]]) -> list[Spent]:
    """Each does its things a round at a time; the median of its rounds, the first few things left out."""
    rounds: list[list[Spent]] = [[] for _ in rivals]
    for do, things in rivals:
        for thing in things[:WARM]:
            do(thing)
    for start in range(WARM, min(len(things) for _, things in rivals), ROUND):
        for kept, (do, things) in zip(rounds, rivals, strict=True):
            kept.append(_spent(do, things[start : start + ROUND]))
    return [Spent(median(x.cpu_ms for x in kept), median(x.wall_ms for x in kept)) for kept in rounds]


def _spent(do: Callable[[Any], object], things: Sequence[Any]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    for thing in things:
        do(thing)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Spent(cpu * 1000 / len(things), wall * 1000 / len(things))


def medians_ms(asks: Sequence[Callable[[], object]], *, at_most_s: float, runs: int = 30) -> list[float]:
    """CPU of this process, one after the other again and again; fewer times where one takes long."""
    for ask in asks:
        ask()
    took: list[list[float]] = [[] for _ in asks]
    end = time.perf_counter() + at_most_s
    while not took[0] or (len(took[0]) < runs and time.perf_counter() < end):
        for kept, ask in zip(took, asks, strict=True):
            started = time.process_time()
            ask()
            kept.append((time.process_time() - started) * 1000)
    return [median(kept) for kept in took]
