"""Letting the money go, as the tasks hear it: never beside a complaint, and left at the first doubt."""

from __future__ import annotations

import pytest

from bot.dialogue.said import Said
from bot.nlu.extractors import extract
from tests.bot.dialogue.talk import DAMAGED, ORDER, OTHER, Talk

QUOTED = ["action_find_order", "action_quote"]
ASKED = ["action_release_or_claim"]


def quoted() -> Talk:
    return Talk().hear("confirm_receipt", ORDER, text="all good with 7741, release the money")


def test_all_is_well_is_quoted_and_done_by_a_yes() -> None:
    talk = quoted()
    assert (talk.done, talk.top.task) == (QUOTED, "confirm_receipt")
    assert talk.hear("affirm", text="yes, release it").done == ["action_confirm_quote"]


def test_what_was_talked_about_is_meant() -> None:
    talk = Talk(recent={"order": "TA-20931-7741"}).hear("confirm_receipt", text="pay them")
    assert talk.done == ["action_quote"]


@pytest.mark.parametrize("intent", ["confirm_receipt", "inform", "order_status", "delivery_delay"])
def test_a_complaint_and_the_wish_to_hold_the_money_are_asked_about_whatever_the_intent(intent: str) -> None:
    talk = Talk().hear(intent, ORDER, DAMAGED, text="received 7741 but 3 broken, don't release")
    assert talk.done == ASKED


@pytest.mark.parametrize(
    "text",
    [
        "release 7741 but two are missing",
        "7741 is not what i wanted at all, pay them, it is poor",
        "release the money for order 7741 back to me",
        "do not release 7741",
    ],
)
def test_a_release_with_something_against_it_is_asked_about(text: str) -> None:
    assert Talk().hear("confirm_receipt", *extract(text), text=text).done[-1:] == ASKED


def test_whoever_asks_for_a_refund_in_the_same_breath_gets_that() -> None:
    talk = Talk().hear_all(
        [
            Said(intent="confirm_receipt", entities=(ORDER,), text="release 7741", whole=False),
            Said(intent="item_problem", entities=(DAMAGED,), text="three are broken", whole=False),
        ]
    )
    assert talk.done == ["action_verdict"] or "action_quote" not in talk.done


def test_a_complaint_about_another_order_holds_up_nothing() -> None:
    talk = Talk().hear_all(
        [
            Said(intent="confirm_receipt", entities=(ORDER,), text="release 7741", whole=False),
            Said(
                intent="order_status",
                entities=(OTHER,),
                text="where are the other ones, two are missing",
                whole=False,
            ),
        ]
    )
    assert talk.done[:2] == QUOTED


def test_what_is_said_outside_the_requests_counts_too() -> None:
    said = [
        Said(
            intent="confirm_receipt",
            entities=(ORDER,),
            text="release 7741",
            beside="two are dented",
            whole=False,
        ),
        Said(intent="list_orders", text="list my orders", whole=False),
    ]
    assert Talk().hear_all(said).done[:1] == ASKED


@pytest.mark.parametrize(
    ("intent", "text", "done"),
    [
        ("inform", "wait, three of them are broken", "action_release_or_claim"),
        ("affirm", "yes but one is broken", "action_release_or_claim"),
        ("deny", "no, they are damaged", "action_release_or_claim"),
        ("confirm_receipt", "release it, though some are missing", "action_release_or_claim"),
        ("item_problem", "oh, half of them do not work, they are faulty", "action_verdict"),
        ("open_claim", "no, open a claim, they are bad", "action_ask"),
    ],
)
def test_a_complaint_at_the_question_takes_its_place(intent: str, text: str, done: str) -> None:
    talk = quoted().hear(intent, *extract(text), text=text)
    assert talk.done[-1] == done
    assert "confirm_receipt" not in [frame.task for frame in talk.state.stack]


@pytest.mark.parametrize(
    ("intent", "text"),
    [("deny", "no"), ("deny", "no, don't release"), ("stop", "stop, do not pay"), ("stop", "forget it")],
)
def test_a_no_is_a_no(intent: str, text: str) -> None:
    assert quoted().hear(intent, text=text).done == ["action_cancel_quote"]


def test_a_question_about_trouble_later_is_answered_and_the_quote_stays() -> None:
    talk = quoted().hear("refund_policy", text="what if there is a problem later?")
    assert talk.done == ["a rule", "action_ask_again"]


@pytest.mark.parametrize("text", ["release it", "the money", "pay them"])
def test_saying_the_deed_again_is_no_yes(text: str) -> None:
    assert quoted().hear("confirm_receipt", text=text).done == ["action_ask_again"]


def test_another_order_is_quoted_anew() -> None:
    talk = quoted().hear("inform", OTHER, text="no, the other number")
    assert (talk.done, talk.said("order")) == (QUOTED, OTHER["value"])


def test_a_pressed_button_is_certain() -> None:
    talk = Talk().hear_all(
        [Said(intent="confirm_receipt", entities=(ORDER,), text="but broken", pressed=True)]
    )
    assert talk.done == QUOTED
