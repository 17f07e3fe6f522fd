"""Cancel, hold longer, it has come, the late credit: what begins each, puts it right, and leaves it."""

from __future__ import annotations

import pytest

from bot.dialogue.said import Said
from tests.bot.dialogue.talk import DAMAGED, ORDER, OTHER, Talk

QUOTED = ["action_find_order", "action_quote"]
DEEDS = ["confirm_receipt", "cancel_order", "extend", "arrived", "ontime_credit"]


@pytest.mark.parametrize("intent", DEEDS)
def test_each_is_quoted_and_only_a_yes_does_it(intent: str) -> None:
    talk = Talk().hear(intent, ORDER)
    assert talk.done == QUOTED
    assert talk.hear("inform", text="hm, maybe").done != ["action_confirm_quote"]
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]
    assert not talk.state.stack


@pytest.mark.parametrize("intent", DEEDS)
@pytest.mark.parametrize(("answer", "text"), [("deny", "no"), ("stop", "forget it")])
def test_each_can_be_left(intent: str, answer: str, text: str) -> None:
    talk = Talk().hear(intent, ORDER).hear(answer, text=text)
    assert (talk.done, talk.state.stack) == (["action_cancel_quote"], ())


@pytest.mark.parametrize("intent", DEEDS)
def test_each_asks_which_order_where_none_is_known_and_takes_what_was_talked_about(intent: str) -> None:
    assert Talk().hear(intent).done == ["action_ask"]
    assert Talk(recent={"order": "TA-20931-7741"}).hear(intent).done == ["action_quote"]


@pytest.mark.parametrize("intent", DEEDS)
def test_another_order_is_quoted_anew(intent: str) -> None:
    talk = Talk().hear(intent, ORDER).hear("inform", OTHER, text="no, the other number")
    assert (talk.done, talk.said("order")) == (QUOTED, OTHER["value"])


@pytest.mark.parametrize("intent", DEEDS)
def test_a_question_in_between_is_answered_and_the_quote_stays(intent: str) -> None:
    talk = Talk().hear(intent, ORDER).hear("payment_safety", text="is it safe here?")
    assert talk.done == ["a rule", "action_ask_again"]


def test_two_deeds_in_one_message_are_quoted_one_after_the_other() -> None:
    talk = Talk().hear_all(
        [
            Said(intent="confirm_receipt", entities=(ORDER,), text="confirm delivery of 7741", whole=False),
            Said(intent="cancel_order", entities=(OTHER,), text="cancel the other", whole=False),
        ]
    )
    assert (talk.done, talk.said("order")) == (QUOTED, ORDER["value"])
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote", *QUOTED]
    assert talk.said("order") == OTHER["value"]


@pytest.mark.parametrize(("intent", "came"), [("arrived", "yes"), ("not_arrived", "no")])
def test_the_intent_says_whether_it_has_come(intent: str, came: str) -> None:
    assert Talk().hear(intent, ORDER).said("arrival") == came


def test_the_other_word_is_a_correction() -> None:
    talk = Talk().hear("arrived", ORDER).hear("not_arrived", text="no, it has not come")
    assert (talk.done, talk.said("arrival"), talk.said("order")) == (["action_quote"], "no", ORDER["value"])


@pytest.mark.parametrize("text", ["not yet", "No, not yet.", "not here yet"])
def test_not_yet_by_itself_is_about_what_is_on_its_way(text: str) -> None:
    talk = Talk().hear("deny", text=text)
    assert (talk.top.task, talk.said("arrival")) == ("arrived", "no")


def test_not_yet_to_a_question_is_a_no() -> None:
    assert Talk().hear("open_claim", ORDER).hear("deny", text="not yet").done == ["action_left"]
    assert Talk().hear("cancel_order", ORDER).hear("deny", text="not yet").done == ["action_cancel_quote"]


@pytest.mark.parametrize("text", ["cancel it", "Cancel.", "please cancel it"])
def test_cancel_by_itself_is_about_an_order(text: str) -> None:
    talk = Talk(recent={"order": "TA-20950-3310"}).hear("stop", text=text)
    assert (talk.top.task, talk.done) == ("cancel_order", ["action_quote"])


def test_cancel_at_a_question_leaves_it() -> None:
    assert Talk().hear("open_claim", ORDER, DAMAGED).hear("stop", text="cancel it").done == ["action_left"]


@pytest.mark.parametrize("intent", ["cancel_order", "stop", "affirm", "deny"])
@pytest.mark.parametrize("text", ["cancel it", "Cancel", "cancel the order please"])
def test_cancel_at_its_own_quote_may_mean_both_and_is_asked_about(intent: str, text: str) -> None:
    assert Talk().hear("cancel_order", ORDER).hear(intent, text=text).done == ["action_ask_again"]


def test_after_an_offer_not_yet_is_an_answer() -> None:
    offer = {"task": "open_claim", "values": {}, "orders": ["TA-20931-7741"]}
    assert Talk(recent={"offer": offer}).hear("deny", text="not yet").done == ["a rule"]


def test_a_complaint_beside_more_time_is_asked_about() -> None:
    talk = Talk().hear("extend", ORDER, DAMAGED, text="7741 is broken, hold the money longer")
    assert talk.done == ["action_release_or_claim"]


def test_that_the_money_is_to_stay_speaks_for_more_time() -> None:
    talk = Talk().hear("extend", ORDER, text="i need two more weeks for 7741, don't release yet")
    assert talk.done == QUOTED
