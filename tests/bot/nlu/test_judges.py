"""The judges: the quick way to a score is the same score."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.judges import Judges, Weights

LINES = ["where is my order", "order status please", "hello there", "hi", "money back", "refund my order"]
INTENTS = ["status", "status", "greet", "greet", "refund", "refund"]


@pytest.mark.parametrize(
    "text", ["where is my order?", "hello", "", "zzz qqq", "refund refund order order", "订单"]
)
def test_scores_without_sparse_matrices_are_those_with_them(text: str) -> None:
    judges = Judges.train(LINES, INTENTS, None, Weights())
    slow = judges._tfidf([text]) @ judges._state["arrays"]["sparse"][:-1]
    assert np.allclose(slow, judges._by_letters(text), atol=1e-5)
