"""Orders, claims and instructions as the engine sees them: added, saved, and told by what decides of them."""

from __future__ import annotations

from typing import Any

from escrow.claims import Claim
from escrow.instructions import Instruction
from escrow.orders import Order
from escrow.store import claims, instructions, orders
from escrow.store.work import Work


def add(work: Work, thing: Order | Claim | Instruction) -> None:
    if isinstance(thing, Order):
        work.orders.add(thing)
    elif isinstance(thing, Claim):
        work.claims.add(thing)
    else:
        work.instructions.add(thing)


def save(work: Work, thing: Any, *, seen: Any) -> None:
    """Compare-and-set on what was read before: raises Conflict when another write came between."""
    if isinstance(thing, Order):
        work.orders.save(thing, seen=seen)
    elif isinstance(thing, Claim):
        work.claims.save(thing, seen=seen)
    else:
        work.instructions.save(thing, seen=seen)


def deciding(thing: Order | Claim | Instruction) -> dict[str, Any]:
    if isinstance(thing, Order):
        return orders.deciding(thing)
    if isinstance(thing, Claim):
        return claims.deciding(thing)
    return instructions.deciding(thing)
