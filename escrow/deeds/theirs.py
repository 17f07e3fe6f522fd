"""Whose a thing is that a deed is about: what is not the caller's is not there."""

from __future__ import annotations

from contract.codes import Role
from escrow.callers import Caller
from escrow.claims import Claim
from escrow.orders import Order
from escrow.refusals import not_found
from escrow.store.work import Work


def order_of_buyer(work: Work, caller: Caller, id: str, *, lock: bool) -> Order:
    """Raises Refusal not_found unless the caller acts for its buyer."""
    order = work.orders.lock(id) if lock else work.orders.get(id)
    if order.buyer != caller.account:
        raise not_found()
    return order


def order_of_party(work: Work, caller: Caller, id: str, *, lock: bool) -> Order:
    """Raises Refusal not_found unless the caller acts for the side of it that their role names."""
    order = work.orders.lock(id) if lock else work.orders.get(id)
    side = order.buyer if caller.role == Role.BUYER else order.supplier
    if side != caller.account:
        raise not_found()
    return order


def claim_of_buyer(work: Work, caller: Caller, id: str, *, lock: bool) -> tuple[Order, Claim]:
    order = order_of_buyer(work, caller, work.claims.get(id).order, lock=lock)
    return order, next(claim for claim in work.claims.of(order.id) if claim.id == id)
