"""A buyer pays by credit: of what they have that which ends first is spent first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from contract.codes import Code, CreditState, WhatNext
from escrow import engine
from escrow.credits import Credit
from escrow.machines.credit import CreditEvent
from escrow.money import Money, zero
from escrow.refusals import Refusal
from escrow.store.faults import Conflict
from escrow.store.work import Work

Part = tuple[Credit, Money]


def choose(work: Work, buyer: str, amount: Money, at: datetime) -> list[Part]:
    """Nobody else's until the end. Raises Refusal `credit_short` with what can be spent."""
    usable = work.credits.usable(buyer, amount.currency, at)
    there = sum((each.unspent for each in usable), zero(amount.currency))
    if there < amount:
        raise Refusal(Code.CREDIT_SHORT, what_next=WhatNext.OTHER_AMOUNT, usable=there.json())
    parts = list(_parts(usable, amount))
    for order in sorted({credit.order for credit, _ in parts}):
        work.orders.lock(order)
    return [(_as_it_is(work, credit), part) for credit, part in parts]


def spend(work: Work, parts: Iterable[Part], *, on: str, at: datetime, actor: str) -> None:
    """Told in the history of the order that each comes from; the money moves in that of the paid one."""
    for credit, part in parts:
        order = work.orders.lock(credit.order)
        engine.apply(work, credit, CreditEvent.SPEND, order, actor=actor, at=at, spent=part, on=on)


def _parts(usable: Iterable[Credit], amount: Money) -> Iterable[Part]:
    for credit in usable:
        part = Money(min(credit.unspent.minor, amount.minor), amount.currency)
        amount -= part
        if part:
            yield credit, part


def _as_it_is(work: Work, seen: Credit) -> Credit:
    """Raises Conflict where another was quicker: then all is chosen anew."""
    now = next(each for each in work.credits.of(seen.order) if each.id == seen.id)
    if now != seen or now.state is not CreditState.SPENDABLE:
        raise Conflict
    return now
