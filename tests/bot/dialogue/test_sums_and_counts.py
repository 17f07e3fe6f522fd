"""A count or a figure that can be no sum is asked about and never quoted."""

from __future__ import annotations

from typing import Any

import pytest

from contract.dialogue import Mention
from tests.bot.dialogue.talk import DAMAGED, HALF, ORDER, Talk, quoted


def test_a_lone_number_is_an_amount_where_one_is_asked() -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED).hear("inform", {"entity": "order_tail", "value": "1280"})
    assert talk.done == ["action_quote"]
    assert talk.said("amount") == "1280"


SIX = {"entity": "quantity", "value": 6}
TOO_MUCH = {"entity": "figure", "value": "150%"}


@pytest.mark.parametrize("said", [SIX, TOO_MUCH])
def test_what_can_be_no_sum_is_asked_about_and_never_quoted(said: dict[str, Any]) -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED, said)
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.asked, talk.top.problem) == ("amount", said["entity"])
    talk.hear("inform", said)
    assert (talk.done, talk.top.problem) == (["action_ask"], said["entity"])
    assert talk.hear("inform", HALF).done == ["action_quote"]


def test_a_sum_beside_a_count_is_taken() -> None:
    assert Talk().hear("open_claim", ORDER, SIX, DAMAGED, HALF).done == ["action_find_order", "action_quote"]


def test_a_count_beside_another_question_is_asked_about_when_its_turn_comes() -> None:
    talk = Talk().hear("open_claim", SIX)
    assert (talk.done, talk.top.asked) == (["action_ask"], "order")
    talk.hear("inform", ORDER).hear("inform", DAMAGED)
    assert (talk.top.asked, talk.top.problem) == ("amount", "quantity")


@pytest.mark.parametrize("intent", ["deny", "inform"])
def test_a_count_that_would_correct_a_quote_is_asked_about_and_a_no_goes_back(intent: str) -> None:
    talk = quoted().hear(intent, SIX, text="no, only 6")
    assert (talk.done, talk.top.asked, talk.top.quote) == (["action_ask"], "amount", None)
    assert talk.hear("deny", text="no").done == ["action_quote"]
    assert talk.top.values["amount"].said == Mention("share", "1/2")


def test_the_end_of_an_order_that_is_called_one_is_no_sum() -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED)
    talk.hear("inform", {"entity": "order_tail", "value": "1280", "role": "named"})
    assert "action_quote" not in talk.done and "amount" not in talk.top.values
