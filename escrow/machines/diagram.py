"""`docs/states.md`, the state diagrams, from the tables: `python -m escrow.machines.diagram` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escrow.machines.claim import CLAIM
from escrow.machines.credit import CREDIT
from escrow.machines.instruction import PAYOUT, REFUND
from escrow.machines.machine import TIMER, Machine, Stay, Step
from escrow.machines.order import ORDER

PAGE = Path(__file__).parent.parent.parent / "docs" / "states.md"
TITLES: dict[str, Machine[Any, Any]] = {
    "An order": ORDER,
    "A claim": CLAIM,
    "An instruction to pay out": PAYOUT,
    "An instruction to refund": REFUND,
    "A credit": CREDIT,
}
INTRODUCTION = """\
# States

Written by `python -m escrow.machines.diagram` from the tables in `escrow/machines`; change those and not it.
An arrow names the event and who may cause it, or the clock whose end does. Under each diagram stands for whom
the others wait in a state, until when, and what the end of that time brings. Clocks: `escrow/clocks.py`.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *(line for title in TITLES for line in _section(title, TITLES[title]))])


def _section(title: str, machine: Machine[Any, Any]) -> Iterator[str]:
    yield from (f"## {title}", "", "```mermaid", "stateDiagram-v2")
    for step in machine.steps:
        yield f"    {step.state or '[*]'} --> {step.to}: {_label(machine, step)}"
    yield from (f"    {state} --> [*]" for state in sorted(machine.final))
    yield from ("```", "", "| state | waits for | to | until | else |", "|---|---|---|---|---|")
    for stay in machine.stays:
        if not stay.in_demo and not stay.beside:
            cells = (stay.state, stay.who, stay.what, _until(stay), stay.otherwise)
            yield f"| {' | '.join(f'`{cell}`' if cell else '–' for cell in cells)} |"
    yield ""


def _label(machine: Machine[Any, Any], step: Step[Any, Any]) -> str:
    """Mermaid reads no colon inside a label."""
    when = f", {step.when.__name__.replace('_', ' ')}" if step.when else ""
    clocks = [
        str(stay.clock) for stay in machine.stays if stay.then and _fires(stay, step) and not stay.in_demo
    ]
    if clocks:
        return f"{step.event} when {' or '.join(clocks)} ends{when}"
    # An instruction begins with what makes it, also with a silence; the demo's bank is a clock.
    who = step.who - {TIMER} if step.state else step.who
    return f"{step.event} by {' or '.join(sorted(who))}{when}"


def _fires(stay: Stay[Any, Any], step: Step[Any, Any]) -> bool:
    return (stay.state, stay.then) == (step.state, step.event)


def _until(stay: Stay[Any, Any]) -> str | None:
    if stay.clock is None:
        return None
    return f"{stay.clock} from the notice to the {stay.told_to}" if stay.told_to else str(stay.clock)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
