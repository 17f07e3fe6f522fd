"""Each notice names its order and its sum to its side, and has a button where something can be done."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product

import pytest

from contract.codes import Role, Tell
from messenger.buttons import BUTTONS
from messenger.wording import Voice, Words
from tests.words import TO_BUYERS, facts_for

WORDS = Words()
VOICE = Voice("en", "en", "Africa/Lagos", datetime(2026, 11, 24, 9, tzinfo=UTC))
SIDES = [
    (kind, role)
    for kind, role in product(Tell, (Role.BUYER, Role.SUPPLIER))
    if role is Role.BUYER or kind not in TO_BUYERS
]
# What they ask for, in words to whoever can do something.
ASKS = re.compile(r"you can (?:still )?(?:open|take|ask)|Has order|a person can look|by yourself")


def said(kind: Tell, role: Role) -> str:
    key = f"notice.{kind}.{role}"
    return WORDS.render(key, facts_for(key), VOICE)


@pytest.mark.parametrize(("kind", "role"), SIDES)
def test_a_notice_names_its_order_and_its_sum(kind: Tell, role: Role) -> None:
    text = said(kind, role)
    assert "order TA-1" in text or "Order TA-1" in text
    assert re.search(r"US\$\d", text)


@pytest.mark.parametrize(("kind", "role"), SIDES)
def test_a_notice_that_says_what_can_be_done_has_a_button(kind: Tell, role: Role) -> None:
    if ASKS.search(said(kind, role)):
        assert BUTTONS.get(kind, {}).get(role)
