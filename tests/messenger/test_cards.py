"""Card numbers are found as people type them, and order ids, phones and amounts are left alone."""

from __future__ import annotations

import time

import pytest

from messenger.cards import mask


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111111111111111", "••••"),
        ("card 4111 1111 1111 1111, thanks", "card ••••, thanks"),
        ("5555-5555-5555-4444", "••••"),
        ("378282246310005", "••••"),
        ("４１１１ １１１１ １１１１ １１１１", "••••"),
        ("4111 1111 1111 1111 12 27 123", "•••• 12 27 123"),
        ("4111 1111 1111 1111 and 5555 5555 5555 4444", "•••• and ••••"),
        ("我的卡4111111111111111号", "我的卡••••号"),
        ("card:4111.1111.1111.1111", "card:••••"),
        ("card4111111111111111", "card••••"),
        ("4111  1111  1111  1111", "••••"),
        ("4111/1111/1111/1111", "••••"),
        ("4111_1111_1111_1111", "••••"),
        ("4111\t1111\n1111\u200b1111", "••••"),
        ("4111111111111111exp12/28", "••••exp12/28"),
        ("5555555555554444 4111 1111 1111 1111", "•••• ••••"),
    ],
)
def test_a_card_number_is_masked(typed: str, kept: str) -> None:
    assert mask(typed) == (kept, True)


@pytest.mark.parametrize(
    "typed",
    [
        "TA-20931-7741",
        "TA-4111111111111111",
        "20001234567890123",
        "ordr no 200012 3456 78901 23",
        "4111111111111112",
        "+49 171 3920 0000 80",
        "US$1,280.00",
        "2026-11-24 09:00",
        "41111111111111111111111",
        "9 411111111111111111 9",
        "",
    ],
)
def test_what_is_no_card_number_stays(typed: str) -> None:
    assert mask(typed) == (typed, False)


@pytest.mark.parametrize("typed", ["1 ", "4 ", "4", "4-", "41 1", "4111 1111 1111 1112 ", "4" * 500 + " "])
def test_a_long_text_of_digits_is_looked_through_in_no_time(typed: str) -> None:
    text = (typed * 10_000)[:10_000]
    began = time.perf_counter()
    mask(text)
    mask(text + "a")
    assert time.perf_counter() - began < 1
