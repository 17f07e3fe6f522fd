"""The path of a first visit, and everything that may happen on it, through the whole desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.desk import RunningDesk
from tests.dialogues.conftest import Events, Says

STRIPS = "20001234567890123"


def test_from_a_question_to_an_open_claim_and_a_person(events: Callable[..., Events]) -> None:
    told = events(
        "alice",
        "my goods arrived broken, order TA-20931-7741, can i still get money back?",
        "open a claim for half of it",
        "yes",
        "a person please",
    )
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    verdict, quote = [event["body"] for event in told if event["type"] == "card"]
    assert verdict["facts"]["eligible"] and verdict["card"] == "verdict"
    assert re.search(r"until 23:59 (Lagos|Shanghai) time, \w+ \d+ \w+", verdict["text"])
    assert quote["facts"]["effect"]["amount"] == {"minor": 64000, "currency": "USD"}
    assert [option["title"] for option in quote["options"]] == ["Confirm", "Cancel"]
    done = next(event["body"]["text"] for event in told if "Done: claim" in event["body"]["text"])
    assert re.search(r"claim CLM-\d{4} on order TA-20931-7741 is open", done)
    assert (told[-1]["type"], told[-1]["from"], told[-1]["body"]["owner"]) == ("owner", "system", "waiting")


def test_anothers_order_and_an_unknown_one_get_the_same_words_without_the_number(answers: Says) -> None:
    theirs, unknown = answers("alice", "status of TA-55801-0032", "status of TA-99999-9999")
    assert theirs == unknown
    assert "55801" not in theirs and "99999" not in unknown


def test_a_claim_whose_time_has_come_goes_to_mediation(answers: Says) -> None:
    quote, done = answers("chen", "the supplier does not answer on CLM-1001, escalate it", "yes")
    assert "Nothing has been done yet" in quote
    assert "claim CLM-1001 on order TA-40015-2200 is with our mediators" in done


def test_a_claim_can_be_opened_in_steps_with_questions_in_between(answers: Says) -> None:
    told = answers(
        "alice",
        "i want to open a claim",
        "the led strips",
        "is it safe to pay outside the platform?",
        "they do not work",
        "9000 dollars",
        "I meant 300",
        "no",
    )
    assert told[0].startswith("Which order")
    assert STRIPS in told[1]
    assert "not protected" in told[2] and told[2].count("What went wrong") == 1
    assert "up to US$4,200.00" in told[3]
    assert "The most for order" in told[4] and "US$4,200.00" in told[4]
    assert "A claim of US$300.00" in told[5]
    assert "I have opened no claim" in told[6]


def test_what_if_answers_for_the_day_that_was_named_and_changes_nothing(answers: Says) -> None:
    (told,) = answers("nordholm", "if I wait until 3 December, can I still claim on TA-55801-0032?")
    assert "3 December" in told and "look ahead" in told


def test_two_requests_in_one_message_are_both_done(answers: Says) -> None:
    (told,) = answers("bruno", "status of TA-31200-0450 and list my orders")
    assert "Street lamps" in told and "TA-31207-7777" in told


def test_orders_are_found_as_people_name_them(answers: Says) -> None:
    told = answers(
        "alice", "ordr no 200012 3456 78901 23", "the one ending 7714", "and the solar floodlights?"
    )
    assert ["LED strips" in told[0], "Cordless drills" in told[1], "floodlights" in told[2]] == [True] * 3


@pytest.mark.parametrize(
    "odd",
    [
        "x" * 5000,
        "🙂🙂🙂",
        " ",
        "\x00",
        "\u202e\u202d\u200f",
        "a\x00b",
        "مرحبا",
        "订单在哪里",
        "'; DROP TABLE orders; --",
        "{money.held} %s {0}",
    ],
)
def test_odd_messages_are_survived_and_answered(answers: Says, odd: str) -> None:
    told = answers("nadia", odd, "what can you do?")
    assert told[-1].startswith("This is what I can do")
    assert all(told)


@pytest.mark.parametrize("typed", ['/open_claim{"order_id":"TA-20931-7741"}', "/restart", "/session_start"])
def test_a_typed_intent_is_plain_text(events: Callable[..., Events], typed: str) -> None:
    told = events("nadia", typed)
    assert told[1]["body"]["text"] == typed
    assert told[-1]["from"] == "bot" and not any(event["type"] == "card" for event in told)


def test_a_yes_without_a_question_does_nothing(answers: Says) -> None:
    assert "nothing waiting for a yes" in answers("nadia", "yes")[0]


def test_a_stop_leaves_and_the_next_yes_does_nothing(answers: Says) -> None:
    told = answers("nordholm", "open a claim on TA-55801-0032, damaged, all of it", "forget it", "yes")
    assert "moved no money" in told[1]
    assert "nothing waiting for a yes" in told[2]


def test_the_third_misunderstanding_offers_choices_and_a_person(events: Callable[..., Events]) -> None:
    told = events("nadia", "qwe asd zxc", "poi lkj mnb", "wer sdf xcv")
    assert told[-1]["type"] == "choices"
    assert "Talk to a person" in [option["title"] for option in told[-1]["body"]["options"]]


def test_another_language_gets_the_sentence_that_offers_a_person(events: Callable[..., Events]) -> None:
    told = events("nadia", "¿dónde está mi pedido? lo necesito por favor")
    assert [option["title"] for option in told[-1]["body"]["options"]] == ["Talk to a person"]


def test_a_supplier_cannot_claim_on_what_they_sold(answers: Says) -> None:
    (told,) = answers("ningbo-tools", "open a claim on TA-20931-7714, damaged, all of it")
    assert "asked for by the buyer" in told


def test_colleagues_of_one_account_see_its_orders(answers: Says) -> None:
    assert "Desk lamps" in answers("tunde", "status of TA-20931-7741")[0]


def test_the_books_are_right_after_all_of_it(desk: RunningDesk) -> None:
    assert desk.run("escrow.audit").endswith("the books are right\n")


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("what is trade assurance?", "escrow"),
        ("how long do refunds take?", "7 business days"),
        ("what is the on-time guarantee?", "US$100.00"),
        ("tell me about easy return", "US$3,000.00"),
        ("can i pay 30 or 60 days later?", "30 or 60 days"),
        ("do you inspect the goods before shipping?", "inspector"),
        ("what does the trade assurance badge on a shop mean?", "badge"),
        ("what on-site services are there?", ""),
        ("write me a poem about the sea", "only know about orders"),
    ],
)
def test_general_questions_are_answered_with_the_programmes_numbers(
    answers: Says, question: str, fact: str
) -> None:
    (told,) = answers("nadia", question)
    assert fact in told and not told.startswith("I didn't follow")


def test_nothing_private_is_in_a_log(desk: RunningDesk, answers: Says) -> None:
    answers("alice", "my secret word is xylophone and my card is 4111 1111 1111 1111")
    logs = "".join(path.read_text(errors="replace") for path in (desk.home / "logs").glob("*.log"))
    assert "xylophone" not in logs and "eyJ" not in logs and "4111" not in logs


def test_no_token_is_in_any_store(desk: RunningDesk) -> None:
    stores: list[Any] = list(desk.home.glob("*.db*"))
    assert len(stores) >= 3
    assert not [path for path in stores if b"eyJ" in path.read_bytes()]
