"""Whoever is refused by a rule is told what would help, where anything would."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from contract.codes import Code, WhatNext
from escrow.store.database import Database
from tests.escrow.asking import ALICE, LATER, answered, asked
from tests.escrow.told import DAY, NOW, agreed, refused, tell
from tests.test_layers import modules

# Of a program's own form, what is nobody's to know, or what only its owner changes.
HELPLESS = {"MALFORMED", "UNAUTHENTICATED", "NOT_FOUND", "KEY_MISSING", "KEY_REUSED"}
HELPLESS |= {"BELONGS_ELSEWHERE", "OWN_FUNDS_SHORT"}


def pay_twice(trade: Database) -> None:
    tell(trade, "paid", "another")


def reuse_an_event(trade: Database) -> None:
    tell(trade, "shipped", "E-paid")


def deliver_more(trade: Database) -> None:
    tell(trade, "shipped")
    tell(trade, "delivered", shipment="S-2")


def ship_more(trade: Database) -> None:
    tell(trade, "shipped")
    tell(trade, "shipped", "again", shipment="S-2")


def deliver_before_it_left(trade: Database) -> None:
    tell(trade, "shipped")
    tell(trade, "delivered", at=(NOW - DAY).isoformat())


def receive_what_has_not_left(trade: Database) -> None:
    tell(trade, "shipped", lines=[{"line": 1, "quantity": 4}])
    asked(trade, ALICE, "confirm_receipt", NOW + DAY, order="TA-1")


def agree_after_the_payment(trade: Database) -> None:
    agreed(trade, freight=2000)


CASES: dict[Code, Callable[[Database], None]] = {
    Code.PAYMENT_KNOWN: pay_twice,
    Code.EVENT_REUSED: reuse_an_event,
    Code.MORE_THAN_SHIPPED: deliver_more,
    Code.MORE_THAN_ORDERED: ship_more,
    Code.EVENT_CONTRADICTS: deliver_before_it_left,
    Code.LINES_UNSHIPPED: receive_what_has_not_left,
    Code.TERMS_DIFFER: agree_after_the_payment,
}


@pytest.mark.parametrize(("code", "does"), CASES.items())
def test_what_does_not_fit_an_order_points_to_the_order(
    trade: Database, code: Code, does: Callable[[Database], None]
) -> None:
    agreed(trade)
    tell(trade, "paid")
    with refused(code) as wrong:
        does(trade)
    assert wrong.value.what_next is WhatNext.SEE_ORDER


def test_a_result_that_cannot_follow_needs_a_person(world: Database) -> None:
    payout = "PAY-TA-31200-0450-1"
    answered(world, payout, "returned", LATER)
    with refused(Code.RESULT_OUT_OF_ORDER) as wrong:
        answered(world, payout, "settled", LATER)
    assert wrong.value.what_next is WhatNext.TALK_TO_PERSON


def test_every_refusal_of_a_rule_says_what_would_help() -> None:
    silent = [
        f"{path.name}:{call.lineno}"
        for path in modules("escrow")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Refusal"
        if ast.unparse(call.args[0]).removeprefix("Code.") not in HELPLESS
        if "what_next" not in {each.arg for each in call.keywords}
    ]
    assert silent == []
