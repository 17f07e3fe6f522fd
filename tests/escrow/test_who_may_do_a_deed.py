"""Who may do a deed stands in the deed and in the steps of its machine: what one lets in, the other does."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from contract import codes
from contract.codes import Role
from escrow.callers import Caller
from escrow.deeds import DEEDS
from escrow.machines.claim import ClaimEvent
from escrow.machines.every import MACHINES
from escrow.machines.instruction import InstructionEvent
from escrow.machines.machine import Step
from escrow.machines.order import OrderEvent
from escrow.store.database import Database
from tests.escrow.asking import CHEN, asked, confirmed, refused

STEPS: list[Step[Any, Any]] = [step for machine in MACHINES for step in machine.steps]
EVENTS = {type(step.event) for step in STEPS}
PAIRS = [(kind, role) for kind, deed in DEEDS.items() for role in sorted(deed.roles)]


def events_of(kind: codes.Deed) -> set[StrEnum]:
    """The events that the deed's own file names: those it gives to the engine."""
    module: Any = sys.modules[DEEDS[kind].plan.__module__]
    named = [
        (getattr(module, node.value.id, None), node.attr)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    return {events[name] for events, name in named if isinstance(events, type) and events in EVENTS}


def steps_of(event: StrEnum) -> list[Step[Any, Any]]:
    return [step for step in STEPS if step.event is event]


def following(step: Step[Any, Any]) -> list[Step[Any, Any]]:
    """What is then done by the same actor: the order hears of it, an instruction is made."""
    makes = any("Instruction" in inspect.get_annotations(effect)["return"] for effect in step.effects)
    heard = steps_of(step.order_hears) if step.order_hears else []
    return heard + (steps_of(InstructionEvent.MAKE) if makes else [])


def test_the_events_of_a_deed_are_found_and_have_steps() -> None:
    assert events_of(codes.Deed.OPEN_CLAIM) == {ClaimEvent.OPEN}
    assert all(steps_of(event) for kind in DEEDS for event in events_of(kind))


def test_what_follows_a_step_is_found() -> None:
    (received, *_) = steps_of(OrderEvent.CONFIRM_RECEIPT)
    assert {step.event for step in following(received)} == {InstructionEvent.MAKE}


@pytest.mark.parametrize(("kind", "role"), PAIRS)
def test_the_steps_of_a_deed_are_open_to_each_of_its_roles(kind: codes.Deed, role: Role) -> None:
    """In some state at least; then so is what follows from them."""
    steps = [step for event in events_of(kind) for step in steps_of(event)]
    theirs = [step for step in steps if role in step.who]
    assert theirs or not steps
    assert all(role in then.who for step in theirs for then in following(step))


def test_what_the_state_does_not_let_them_do_is_not_even_quoted(
    world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that has the step in another state alone: told at once, not at the yes."""
    kind = codes.Deed.ESCALATE
    plan, supplier = DEEDS[kind].plan, Caller("ningbo-tools", "ningbo-tools", "supplier", "c7", "c7-1")
    deed = replace(
        DEEDS[kind],
        roles=frozenset({Role.BUYER, Role.SUPPLIER}),
        plan=lambda work, caller, wanted, now, lock: plan(work, CHEN, wanted, now, lock),
    )
    monkeypatch.setitem(DEEDS, kind, deed)
    with refused("not_found"):
        asked(world, supplier, "escalate", claim="CLM-1001")
    assert confirmed(world, CHEN, asked(world, CHEN, "escalate", claim="CLM-1001"))["done"]
