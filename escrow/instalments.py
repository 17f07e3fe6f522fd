"""A payment in parts: what is outstanding, what another payment would be, what stays with the order of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contract.codes import Code, WhatNext
from escrow.case import Case
from escrow.money import Money, zero
from escrow.refusals import Refusal


def outstanding(case: Case) -> Money:
    """What is still to be paid of the order."""
    return case.order.total - case.position.kept


def is_outstanding(case: Case) -> bool:
    return bool(outstanding(case))


def brought(case: Case) -> Money:
    """By a payment: what has come, and what is paid by credit."""
    amount: Money = case.given["amount"]
    credit: Money | None = case.given.get("credit")
    return amount + credit if credit and credit.currency == amount.currency else amount


def pays_the_rest(case: Case) -> bool:
    amount = brought(case)
    return amount.currency == case.order.currency and outstanding(case) <= amount


def is_of_a_third_party(case: Case) -> bool:
    return case.given.get("payer") not in (None, case.order.buyer)


def pays_something(case: Case) -> None:
    """Raises Refusal: `payment_known` for one told before, `wrong_currency`, `amount_not_positive`.

    And `amount_above_cap`, where more credit would be spent than the order still costs.
    """
    amount, order = case.given["amount"], case.order
    if case.given["payment"] in {payment.id for payment in case.payments}:
        raise Refusal(
            Code.PAYMENT_KNOWN, what_next=WhatNext.SEE_ORDER, order=order.id, payment=case.given["payment"]
        )
    about: dict[str, Any] = {"order": order.id, "currency": order.currency}
    credit = case.given.get("credit") or zero(order.currency)
    if {amount.currency, credit.currency} != {order.currency}:
        raise Refusal(Code.WRONG_CURRENCY, what_next=WhatNext.OTHER_AMOUNT, **about)
    if brought(case).minor <= 0 or min(amount.minor, credit.minor) < 0:
        raise Refusal(Code.AMOUNT_NOT_POSITIVE, what_next=WhatNext.OTHER_AMOUNT, **about)
    if outstanding(case) < credit:
        cap = outstanding(case).json()
        raise Refusal(Code.AMOUNT_ABOVE_CAP, what_next=WhatNext.OTHER_AMOUNT, cap=cap, **about)


def goes_back(case: Case) -> None:
    """Raises Refusal as `pays_something`, and where credit would be spent on what is sent back anyway."""
    pays_something(case)
    if case.given.get("credit"):
        raise Refusal(Code.WRONG_STATE, what_next=WhatNext.SEE_ORDER, state=case.order.state)


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
