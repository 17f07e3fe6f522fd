"""A count is never money, through the trained model and the whole desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.dialogues.conftest import Events


def test_a_count_or_a_strange_share_is_asked_about_and_never_quoted(events: Callable[..., Events]) -> None:
    told = events(
        "alice", "6 of the 40 lamps are broken, open a claim for 7741", "150%", "25% of 400", "half", "no"
    )
    (quote,) = [event["body"] for event in told if event["type"] == "card"]
    assert quote["facts"]["effect"]["amount"] == {"minor": 64000, "currency": "USD"}
    texts = [event["body"]["text"] for event in told if event["from"] == "bot"]
    counted, *shares = [text for text in texts if "How much should come back" in text]
    assert "number of pieces" in counted and len(shares) == 2
    assert all("an amount of money, or a share" in text for text in (counted, *shares))
    assert not any(sum in text for text in texts for sum in ("US$6.00", "US$150", "US$320"))


@pytest.mark.parametrize(
    "said",
    [
        "8 pieces",
        "2 boxes",
        "12 out of 60",
        "half of the 300 lights",
        "a dozen",
        "5 kg",
        "30 days",
        "order 7741",
    ],
)
def test_what_is_no_sum_is_no_answer_to_how_much(events: Callable[..., Events], said: str) -> None:
    told = events("alice", "open a claim on TA-20931-7741, the lamps are broken", said)
    assert not [event for event in told if event["type"] == "card"]
    assert "How much should come back" in told[-1]["body"]["text"]


@pytest.mark.parametrize(
    ("said", "minor"),
    [
        ("300", 30000),
        ("1.280,00", 128000),
        ("300 usd", 30000),
        ("$300", 30000),
        ("US$1,280", 128000),
        ("1280", 128000),
        ("twelve hundred", 120000),
        ("half", 64000),
        ("50%", 64000),
        ("all of it", 128000),
    ],
)
def test_a_bare_number_or_a_share_answers_how_much(
    events: Callable[..., Events], said: str, minor: int
) -> None:
    told = events("alice", "open a claim on TA-20931-7741, the lamps are broken", said)
    (quote,) = [event["body"] for event in told if event["type"] == "card"]
    assert quote["facts"]["effect"]["amount"]["minor"] == minor
