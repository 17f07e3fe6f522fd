"""What an event leaves alone: between one telling of a thing and the next, only its step changes it.

The engine reads a row, takes a step and tells the whole row again. A row that was changed by hand would so
become the history's own word; what the step did not set must therefore be what was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract.codes import InstructionKind, OrderState
from escrow.orders import TERMS

GRANTED = frozenset({"amount", "unspent", "granted_at", "expires_at"})
# What a step sets beside the state, by the event that it is told as; the machines' `sets` say how.
SETS: Mapping[str, frozenset[str]] = {
    "order.agree": frozenset(TERMS),
    **{f"{kind}.replace": frozenset({"answered", "replaced_by"}) for kind in InstructionKind},
    **{f"{kind}.book_paid": frozenset({"answered", "replaced_by"}) for kind in InstructionKind},
    "order.process": frozenset({"processing_since"}),
    "order.payment_does_not_come": frozenset({"processing_since"}),
    "task.take": frozenset({"taken_by", "taken_at"}),
    "task.do": frozenset({"done_by", "done_at", "because"}),
    "task.return": frozenset({"taken_by", "taken_at", "done_by", "done_at", "because"}),
    "order.ship": frozenset({"dispatched_at"}),
    "order.deliver": frozenset({"delivered_at", "dispatched_at"}),
    **dict.fromkeys(("credit.ask", "credit.promised_day_over", "credit.cover_again"), GRANTED),
    "credit.spend": frozenset({"unspent"}),
    "order.arrived": frozenset({"delivered_at"}),
    "order.receipt_by_rule": frozenset({"delivered_at"}),
    "order.not_arrived": frozenset({"not_arrived"}),
    "order.extend": frozenset({"extended"}),
    "order.silence": frozenset({"release_due_at"}),
}
# What is told of a shipment again is whose word it is, and that it has arrived.
OF_SHIPMENTS: Mapping[str, frozenset[str]] = {
    "shipment.confirmed": frozenset({"source", "shipped_at"}),
    "shipment.delivered": frozenset({"delivered_at", "delivered_by"}),
}
FIRST_PAYMENT = frozenset({"paid_at", "tier", "zone", "badge", "processing_since"})
# Of an event that sets something in one state alone.
SETS_IN: Mapping[tuple[str, str | None], frozenset[str]] = {
    ("order.pay", OrderState.AWAITING_PAYMENT): FIRST_PAYMENT,
    ("order.pay", OrderState.PAYMENT_PROCESSING): FIRST_PAYMENT,
    ("order.pay", OrderState.PARTLY_FUNDED): frozenset({"ship_by", "promised_at", "processing_since"}),
    ("order.ship", OrderState.PARTLY_FUNDED): frozenset({"shipped_at"}),
    ("order.ship", OrderState.FUNDED): frozenset({"shipped_at"}),
    ("order.confirm_receipt", OrderState.SHIPPED): frozenset({"delivered_at", "release_due_at"}),
    ("order.confirm_receipt", OrderState.DELIVERED): frozenset({"release_due_at"}),
    ("order.look", OrderState.DELIVERED): frozenset({"freed_at"}),
}
# What follows from what a step sets.
WITH_THE_TERMS = frozenset({"currency", "total"})
# What follows from the state, and so changes with it alone.
WITH_THE_STATE = frozenset({"state", "open", "changed_at"})


def may_set(event: str, state: str | None) -> frozenset[str]:
    return SETS.get(event, OF_SHIPMENTS.get(event, frozenset())) | SETS_IN.get((event, state), frozenset())


def breaches(
    id: str, was: Mapping[str, Any] | None, now: Mapping[str, Any], event: str, facts: Mapping[str, Any]
) -> Iterator[str]:
    """`was` is how the thing was told last, None where no row of its history has told of it."""
    left_in = was.get("state") if was is not None else None
    # What has no state is told beside the thing whose step it is.
    found_in = facts.get("from") if "state" in now else None
    if found_in != left_in:
        yield f"state of {id} was {found_in} before {event}, its history had left it {left_in}"
    if was is None:
        return
    may_change = may_set(event, found_in)
    if "freight" in may_change:
        may_change |= WITH_THE_TERMS
    if found_in != now.get("state"):
        may_change |= WITH_THE_STATE
    for name in sorted((was.keys() & now.keys()) - may_change):
        if now[name] != was[name]:
            yield f"{name} of {id} became {now[name]} by {event}, which leaves it {was[name]}"
