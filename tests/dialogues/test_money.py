"""Questions about money on its way, through the whole desk."""

from __future__ import annotations

import re

from tests.dialogues.conftest import Says

DAY = r"\w+day \d+ \w+"


def test_one_question_for_both_moments_gets_one_answer_with_both(answers: Says) -> None:
    (told,) = answers("alice", "when does the money for 7741 go out and until when can i claim")
    when, claim = told.splitlines()
    assert re.match(rf"On {DAY}, \d\d:\d\d the US\$1,280.00 for order TA-20931-7741", when)
    assert "until 23:59" in claim and "nothing is held any more" in claim


def test_the_other_way_round_it_is_the_same(answers: Says) -> None:
    (told,) = answers("alice", "until when can i claim on 7741 and when does the money go out")
    assert told.count("23:59") == 1 and "nothing is held any more" in told


def test_a_supplier_hears_why_a_payout_waits_and_all_that_is_held(answers: Says) -> None:
    why, held = answers("ningbo-tools", "why is 7714 not paid out", "all my held money")
    assert why.startswith("The bank did not take the payout of US$640.00 for order TA-20931-7714.")
    assert "What you can do" in why
    assert held.startswith("US$3,375.20 for your orders is in escrow now.")


def test_a_buyer_hears_it_as_nothing_of_theirs(answers: Says) -> None:
    (told,) = answers("alice", "the supplier says he has not been paid for 7714")
    assert "the supplier has not received it yet" in told and "What you can do" not in told


def test_an_order_that_is_named_by_its_end_is_told_and_not_all_of_them(answers: Says) -> None:
    for told in answers("alice", "why is 7714 not paid out", "why is 7741 still held"):
        assert "is in escrow now" not in told and "for order TA-20931-77" in told


def test_a_question_about_what_was_talked_about_needs_no_order(answers: Says) -> None:
    _, told = answers("shenzhen-lumen", "where is 7741", "and when am i paid for it")
    assert "US$1,280.00 for order TA-20931-7741 is released to you" in told


def test_of_no_order_in_particular_all_releases_are_told(answers: Says) -> None:
    (told,) = answers("shenzhen-lumen", "when do we get paid next")
    assert told.count("of order") >= 4


def test_whoever_has_no_orders_is_told_so(answers: Says) -> None:
    (told,) = answers("nadia", "all my held money")
    assert told.startswith("There are no orders")
