"""Orders as both sides have agreed, told by the marketplace: made, and told anew until they are paid."""

from __future__ import annotations

import re
from datetime import datetime

from contract import told
from contract.codes import Code, OrderState, Role, WhatNext
from escrow import intake
from escrow.accounts import must_be
from escrow.money import BadMoney, Money
from escrow.orders import Line, Order, Terms
from escrow.policies import policy_at
from escrow.refusals import Refusal
from escrow.store.work import Work

# As people can say it in a talk; and not what claims, instructions and desk tasks are called here, whose
# clocks and history go by their name.
NAME = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")
OURS = ("CLM-", "PAY-", "REF-", "T-")


def put(work: Work, id: str, wanted: told.Agreement, now: datetime) -> Order:
    """The order as it is then. Raises Refusal `terms_differ` once anything was paid: then only both sides'
    consents change them.
    """
    _must_be_an_orders(id)
    must_be(work, wanted.buyer, Role.BUYER, "buyer")
    must_be(work, wanted.supplier, Role.SUPPLIER, "supplier")
    terms = _terms(wanted)
    if not work.orders.is_known(id):
        return intake.make(work, _made(work, id, wanted, terms, now), at=now)
    order = work.orders.lock(id)
    if (order.buyer, order.supplier) != (wanted.buyer, wanted.supplier):
        raise Refusal(Code.TERMS_DIFFER, what_next=WhatNext.SEE_ORDER, order=id)
    if order.terms == terms:
        return order
    if order.state is not OrderState.AWAITING_PAYMENT:
        raise Refusal(Code.TERMS_DIFFER, what_next=WhatNext.SEE_ORDER, order=id, state=order.state)
    return intake.agree(work, order, terms, at=now)


def _must_be_an_orders(id: str) -> None:
    if not NAME.fullmatch(id) or id.startswith(OURS):
        problem = "4 to 32 capital letters, digits and hyphens, and not one of our own names"
        raise Refusal(Code.MALFORMED, field="id", problem=problem)


def _made(work: Work, id: str, wanted: told.Agreement, terms: Terms, now: datetime) -> Order:
    buyer = work.parties.account(wanted.buyer)
    return Order(
        id=id,
        state=OrderState.AWAITING_PAYMENT,
        buyer=buyer.id,
        supplier=wanted.supplier,
        tier=buyer.tier,
        zone=buyer.zone,
        policy_version=policy_at(work, now).version,
        created_at=now,
        **vars(terms),
    )


def _terms(wanted: told.Agreement) -> Terms:
    """Raises Refusal `malformed` for a currency that does not exist."""
    try:
        return Terms(
            lines=tuple(
                Line(line.title, line.quantity, Money(line.unit_price, wanted.currency))
                for line in wanted.lines
            ),
            freight=Money(wanted.freight, wanted.currency),
            mode=wanted.mode,
            protections=tuple(dict.fromkeys(wanted.protections)),
            ship_by=_whole(wanted.ship_by),
            promised_at=_whole(wanted.promised_at),
            incoterm=wanted.incoterm,
            place=wanted.place,
            deposit=Money(wanted.deposit, wanted.currency) if wanted.deposit else None,
            balance_due=_whole(wanted.balance_due),
        )
    except BadMoney as wrong:
        raise Refusal(Code.MALFORMED, field="currency", problem=str(wrong)) from None


def _whole(at: datetime | None) -> datetime | None:
    """In whole seconds, as instants are shown."""
    return at.replace(microsecond=0) if at else None
