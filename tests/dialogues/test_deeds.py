"""The deeds on an order by talking, through the trained model and the whole desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk import RunningDesk
from tests.dialogues.conftest import Events, Says

STRIPS = "20001234567890123"


def quotes(told: Events) -> list[dict[str, Any]]:
    cards = [event["body"] for event in told if event["type"] == "card"]
    return [card for card in cards if card["card"] == "quote"]


def test_all_good_releases_the_money_and_is_never_a_claim(events: Callable[..., Events]) -> None:
    told = events("alice", "i received the led strips all good, release the money", "yes")
    (quote,) = quotes(told)
    assert (quote["facts"]["kind"], quote["facts"]["order"]) == ("confirm_receipt", STRIPS)
    assert "US$4,200.00 goes to the supplier now" in quote["text"]
    assert "A claim would still be possible until 23:59" in quote["text"]
    assert f"receipt of order {STRIPS} is confirmed" in told[-1]["body"]["text"]


def test_a_mistake_of_an_hour_ago_is_cancelled(events: Callable[..., Events]) -> None:
    told = events("alice", "mistake, i paid the drill bits an hour ago, cancel it", "yes")
    (quote,) = quotes(told)
    assert (quote["facts"]["kind"], quote["facts"]["order"]) == ("cancel", "TA-20950-3310")
    assert "order TA-20950-3310 is cancelled. US$75.20 goes back" in told[-1]["body"]["text"]


def test_more_time_is_had_and_the_claims_days_are_named(events: Callable[..., Events]) -> None:
    told = events("nordholm", "i need two more weeks to test, don't release yet", "yes", "hold it longer")
    (quote,) = quotes(told)
    assert (quote["facts"]["kind"], quote["facts"]["order"]) == ("extend", "TA-55801-0032")
    assert "The days for a claim do not move with it" in quote["text"]
    assert "More days can be had once" in told[-1]["body"]["text"]


def test_the_late_credit_is_asked_for(events: Callable[..., Events]) -> None:
    told = events("alice", "the floodlights are late, do i get the credit", "yes")
    (quote,) = quotes(told)
    assert (quote["facts"]["kind"], quote["facts"]["order"]) == ("ontime_credit", "TA-20944-1002")
    assert "credit of US$100.00 for order TA-20944-1002 is on record" in told[-1]["body"]["text"]


def test_not_yet_and_then_it_has_come(answers: Says) -> None:
    late, quote, done = answers("alice", "not yet", "the floodlights have arrived", "yes")
    assert "TA-20944-1002" in late and "days late" in late
    assert "counts as delivered from now on" in quote and "stays in escrow meanwhile" in quote
    assert "order TA-20944-1002 counts as delivered" in done


@pytest.mark.parametrize(
    "said",
    [
        "received but 3 broken, don't release",
        "you can pay them for 7741 but two are missing",
        "confirm delivery of 7741, one is cracked though",
        "release the money for 7741 back to me",
    ],
)
def test_beside_a_complaint_nothing_is_released_and_it_is_asked(
    events: Callable[..., Events], said: str
) -> None:
    told = events("alice", "where is 7741", said)
    assert quotes(told) == []
    assert told[-1]["body"].get("options") and "?" in told[-1]["body"]["text"]


def test_a_complaint_at_the_question_takes_its_place(answers: Says) -> None:
    told = answers("alice", "where is 7741", "pay them", "wait, three of them are broken", "no")
    assert "Shall I do it?" in told[1] and "Shall I open a claim with you?" in told[2]
    assert "release" not in told[3]


def test_two_deeds_in_one_message_are_quoted_one_after_the_other(events: Callable[..., Events]) -> None:
    told = events("alice", "confirm delivery of 7741 and cancel the wall lamps", "yes", "no")
    assert [quote["facts"]["kind"] for quote in quotes(told)] == ["confirm_receipt", "cancel"]
    assert "the order stays as it was" in told[-1]["body"]["text"]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("cancel the floodlights", "can't be cancelled any more"),
        ("release the wall lamps", "has not been paid"),
        ("do i get a credit for 6650", "does not carry the On-time Delivery Guarantee"),
    ],
)
def test_where_it_is_not_possible_it_is_said_why(answers: Says, said: str, read: str) -> None:
    assert read in answers("alice", said)[0]


def test_a_supplier_is_told_whose_word_it_takes_and_when_the_money_comes(answers: Says) -> None:
    (told,) = answers("shenzhen-lumen", "release my money")
    assert told.startswith("Only the buyer of an order can say that") and "US$" in told


def test_the_books_are_right_after_all_of_it(desk: RunningDesk) -> None:
    assert desk.run("escrow.audit").endswith("the books are right\n")
