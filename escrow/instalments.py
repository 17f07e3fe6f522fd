"""A payment in parts: what is outstanding, what another payment would be, what stays with the order of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contract.codes import Code, WhatNext
from escrow.case import Case
from escrow.money import Money
from escrow.refusals import Refusal


def outstanding(case: Case) -> Money:
    """What is still to be paid of the order."""
    return case.order.total - case.position.kept


def is_outstanding(case: Case) -> bool:
    return bool(outstanding(case))


def pays_the_rest(case: Case) -> bool:
    amount: Money = case.given["amount"]
    return amount.currency == case.order.currency and outstanding(case) <= amount


def is_of_a_third_party(case: Case) -> bool:
    return case.given.get("payer") not in (None, case.order.buyer)


def pays_something(case: Case) -> None:
    """Raises Refusal: `payment_known` for one told before, `wrong_currency`, `amount_not_positive`."""
    amount, order = case.given["amount"], case.order
    if case.given["payment"] in {payment.id for payment in case.payments}:
        raise Refusal(Code.PAYMENT_KNOWN, order=order.id, payment=case.given["payment"])
    about: dict[str, Any] = {"order": order.id, "currency": order.currency}
    if amount.currency != order.currency:
        raise Refusal(Code.WRONG_CURRENCY, what_next=WhatNext.OTHER_AMOUNT, **about)
    if amount.minor <= 0:
        raise Refusal(Code.AMOUNT_NOT_POSITIVE, what_next=WhatNext.OTHER_AMOUNT, **about)


def at_payment(case: Case) -> Mapping[str, Any]:
    """The buyer's tier and zone of this moment, and the supplier's badge, stay with the order."""
    named = {name: case.given[name] for name in ("tier", "zone", "badge")}
    return {"paid_at": case.happened, **named, **nothing_processing(case)}


def at_last_payment(case: Case) -> Mapping[str, Any]:
    """Ship-by and the promised day move by as much as the rest came late."""
    order = case.order
    since = order.balance_due or order.paid_at
    late = max(timedelta(), case.happened - since) if since else timedelta()
    promised = {"ship_by": order.ship_by, "promised_at": order.promised_at}
    moved = {name: at + late if at else None for name, at in promised.items()}
    return {**moved, **nothing_processing(case)}


def at_processing(case: Case) -> Mapping[str, Any]:
    return {"processing_since": case.happened}


def nothing_processing(case: Case) -> Mapping[str, Any]:
    return {"processing_since": None}
