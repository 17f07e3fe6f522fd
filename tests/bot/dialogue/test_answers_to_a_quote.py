"""What counts as a yes or a no to an open quote, and what never does."""

from __future__ import annotations

import dataclasses

import pytest

from bot.dialogue.said import Said
from contract.dialogue import Phase
from tests.bot.dialogue.talk import Talk, amount, quoted


def test_only_a_yes_to_the_quote_does_it() -> None:
    talk = quoted()
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]
    assert not talk.state.stack


CONFIRM_OR_CANCEL = {"offered": [{"intent": "affirm", "entities": []}, {"intent": "deny", "entities": []}]}


@pytest.mark.parametrize(
    "text", ["why?", "is that right?", "yes?", "proceed?", "fine, whatever", "i guess", "what do i confirm"]
)
def test_what_only_sounds_like_a_yes_is_asked_about_again(text: str) -> None:
    talk = quoted().hear("affirm", text=text)
    assert (talk.done, talk.top.quote) == (["action_ask_again"], "Q-1")


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform"])
@pytest.mark.parametrize("value", [1, 2, -1])
def test_an_ordinal_never_stands_for_confirm(intent: str, value: int) -> None:
    talk = quoted()
    talk.state = dataclasses.replace(talk.state, recent={**talk.state.recent, **CONFIRM_OR_CANCEL})
    talk.hear(intent, {"entity": "ordinal", "value": value}, text="no, the first one")
    assert "action_confirm_quote" not in talk.done


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform"])
def test_a_no_with_an_amount_is_a_correction(intent: str) -> None:
    assert quoted().hear(intent, amount("1000"), text="no 1,000").done == ["action_quote"]


def test_a_lone_number_never_stands_for_confirm() -> None:
    talk = quoted()
    talk.state = dataclasses.replace(talk.state, recent={**talk.state.recent, **CONFIRM_OR_CANCEL})
    talk.hear("affirm", {**amount("1"), "start": 0, "end": 1}, text="1")
    assert "action_confirm_quote" not in talk.done


def test_the_pressed_button_does_it_and_a_press_of_something_else_does_not() -> None:
    assert quoted().hear_all([Said(intent="affirm", pressed=True)]).done == ["action_confirm_quote"]
    assert "action_confirm_quote" not in quoted().hear_all([Said(intent="list_orders", pressed=True)]).done


def test_a_plain_yes_does_it_however_it_was_classified() -> None:
    talk = quoted().hear("open_claim", text="yes please open the claim")
    assert talk.done == ["action_confirm_quote"]


def test_a_yes_that_is_one_of_several_requests_does_nothing() -> None:
    said = [Said(intent="affirm", text="yes", whole=False), Said(intent="list_orders", whole=False)]
    assert "action_confirm_quote" not in quoted().hear_all(said).done


@pytest.mark.parametrize("intent", ["affirm", "deny", "stop", "inform"])
def test_a_yes_or_no_without_a_question_does_nothing(intent: str) -> None:
    assert Talk().hear(intent, text="yes").done == ["a rule"]


@pytest.mark.parametrize("intent", ["deny", "stop"])
def test_a_no_to_the_quote_cancels_it(intent: str) -> None:
    talk = quoted().hear(intent, text="no")
    assert talk.done == ["action_cancel_quote"] and not talk.state.stack


def test_a_yes_whose_answer_got_lost_can_be_said_again() -> None:
    talk = quoted()
    talk.loses_the_answer = True
    talk.hear("affirm", text="yes")
    assert (talk.done, talk.top.phase, talk.top.quote) == (["action_confirm_quote"], Phase.QUOTED, "Q-1")
    talk.loses_the_answer = False
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]
    assert not talk.state.stack
