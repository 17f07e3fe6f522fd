"""What the engine walks, as it sees it: added, saved, and told by what decides of it."""

from __future__ import annotations

from typing import Any

from escrow.claims import Claim
from escrow.credits import Credit
from escrow.machines.every import Thing
from escrow.orders import Order
from escrow.store import claims, credits, instructions, orders, tasks
from escrow.store.work import Work
from escrow.tasks import DeskTask


def add(work: Work, thing: Thing) -> None:
    if isinstance(thing, Order):
        work.orders.add(thing)
    elif isinstance(thing, Claim):
        work.claims.add(thing)
    elif isinstance(thing, DeskTask):
        work.tasks.add(thing)
    elif isinstance(thing, Credit):
        work.credits.add(thing)
    else:
        work.instructions.add(thing)


def save(work: Work, thing: Any, *, seen: Any) -> None:
    """Compare-and-set on what was read before: raises Conflict when another write came between."""
    if isinstance(thing, Order):
        work.orders.save(thing, seen=seen)
    elif isinstance(thing, Claim):
        work.claims.save(thing, seen=seen)
    elif isinstance(thing, DeskTask):
        work.tasks.save(thing, seen=seen)
    elif isinstance(thing, Credit):
        work.credits.save(thing, seen=seen)
    else:
        work.instructions.save(thing, seen=seen)


def deciding(thing: Thing) -> dict[str, Any]:
    if isinstance(thing, Order):
        return orders.deciding(thing)
    if isinstance(thing, Claim):
        return claims.deciding(thing)
    if isinstance(thing, DeskTask):
        return tasks.deciding(thing)
    if isinstance(thing, Credit):
        return credits.deciding(thing)
    return instructions.deciding(thing)
