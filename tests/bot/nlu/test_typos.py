"""Spelling is mended for the classifier, and nothing that could be a value is touched."""

from __future__ import annotations

import pytest

from bot.nlu.typos import Spelling

SPELLING = Spelling(["refund", "order", "payment", "supplier", "where", "claim"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("i want a refnud", "i want a refund"),
        ("wher is my ordr", "where is my order"),
        ("teh suplier", "teh supplier"),
        ("paymnet failed", "payment failed"),
    ],
)
def test_a_misspelled_word_becomes_the_one_training_knows(typed: str, meant: str) -> None:
    assert SPELLING.correct(typed) == meant


@pytest.mark.parametrize(
    "text",
    ["TA-20931-7741", "ORDR", "ordr2", "@suplier", "a/ordr", "border", "Lagos ok", "订单", "", "x" * 5000],
)
def test_ids_capitals_names_and_real_words_stay(text: str) -> None:
    assert SPELLING.correct(text) == text
