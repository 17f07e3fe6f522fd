"""An order is named by a product, by words, or as the other one."""

from __future__ import annotations

import pytest

from contract.dialogue import Value
from tests.bot.dialogue.talk import DAMAGED, ORDER, OTHER, Talk, quoted

PRODUCT = {"entity": "product", "value": "led strips"}


@pytest.mark.parametrize("intent", ["inform", "deny", "nlu_fallback"])
def test_a_name_corrects_a_known_order_where_nothing_else_is_said(intent: str) -> None:
    talk = quoted().hear(intent, PRODUCT, text="no, the led strips")
    assert talk.done == ["action_find_order", "action_quote"]
    assert talk.top.values["order"].found == OTHER["value"]


def test_a_name_beside_an_answer_corrects_nothing() -> None:
    talk = Talk().hear("open_claim", ORDER).hear("item_problem", PRODUCT, DAMAGED)
    assert talk.top.values["order"].found == ORDER["value"]


def test_the_other_one_is_asked_for_also_when_nothing_is_open() -> None:
    talk = Talk(recent={"order": ORDER["value"]}).hear("inform", {"entity": "ordinal", "value": 0})
    assert (talk.done, talk.top.task, talk.top.asked) == (["action_ask"], "order_status", "order")
    assert talk.top.values["order"] == Value(was=Value(found=ORDER["value"]))
    talk = Talk(recent={"order": ORDER["value"]}).hear("request_refund", {"entity": "ordinal", "value": 0})
    assert (talk.done, talk.top.task) == (["action_ask"], "request_refund")


def test_an_order_is_found_by_the_words_of_the_request() -> None:
    text = "open a claim for the led strips, damaged"
    talk = Talk(recent={"order": ORDER["value"]}).hear("open_claim", DAMAGED, text=text)
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.values["order"].found, talk.top.asked) == (OTHER["value"], "amount")


def test_words_that_name_no_order_leave_the_one_that_was_talked_about() -> None:
    talk = Talk(recent={"order": ORDER["value"]}).hear("open_claim", DAMAGED, text="open a claim, dammit")
    assert talk.done == ["action_find_order", "action_ask"]
    assert talk.top.values["order"].found == ORDER["value"]


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback", "out_of_scope", "item_problem"])
def test_the_words_of_an_answer_are_tried_before_it_is_not_understood(intent: str) -> None:
    talk = Talk().hear("open_claim").hear(intent, text="those led strips you sold me")
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.values["order"].found, talk.top.asked) == (OTHER["value"], "reason")
    talk = Talk().hear("open_claim").hear(intent, text="umbrellas of cherbourg")
    assert talk.done == ["action_find_order", "action_fallback", "action_ask_again"]
    assert (talk.top.values, talk.top.asked) == ({}, "order")


def test_words_alone_are_looked_up_or_not_understood() -> None:
    talk = Talk().hear("inform", text="the led strips you thieves")
    assert talk.done == ["action_find_order", "action_order_status"]
    talk = Talk().hear("inform", text="umbrellas of cherbourg")
    assert talk.done == ["action_find_order", "action_fallback"] and not talk.state.stack


def test_another_order_said_at_the_quote_is_found_and_quoted_anew() -> None:
    talk = quoted().hear("inform", OTHER, text="no, 20001234567890123")
    assert talk.done == ["action_find_order", "action_quote"]
