"""Every sentence of Assure: in the voice of a kind clerk, with no number of its own."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from actions.orders import PAYOUTS, REFUNDS
from contract.codes import InstructionState
from messenger.wording import Words

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = Words().languages["en"]
SPOKEN = {key: text for key, text in ENGLISH.items() if not key.startswith("frame.")}


def fields(text: str) -> list[tuple[str, str]]:
    """(fact, format) of each placeholder."""
    return [(name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None]


@pytest.mark.parametrize("promise", ["guaranteed", "always us$", "full refund", "100%", "we promise"])
def test_nothing_is_promised_that_is_not_certain(promise: str) -> None:
    assert [key for key, text in SPOKEN.items() if promise in text.lower()] == []


@pytest.mark.parametrize("manner", ["!", "unfortunately", "please note", "kindly", "dear customer", "valued"])
def test_assure_speaks_like_a_clerk_and_not_like_a_letter(manner: str) -> None:
    assert [key for key, text in SPOKEN.items() if manner in text.lower()] == []


def test_thanks_are_not_given_for_what_was_not_got() -> None:
    assert [key for key, text in SPOKEN.items() if "thank" in text.lower()] == []


def test_no_number_of_the_policy_is_typed_into_words() -> None:
    def typed(text: str) -> str:
        return "".join(literal for literal, *_ in Formatter().parse(text))

    assert [key for key, text in SPOKEN.items() if re.search(r"\d", typed(text))] == []


def test_no_code_of_the_programs_stands_in_a_sentence() -> None:
    def typed(text: str) -> str:
        return "".join(literal for literal, *_ in Formatter().parse(text))

    assert [key for key, text in SPOKEN.items() if re.search(r"[a-z]_[a-z]", typed(text))] == []


def test_words_that_are_named_by_other_words_exist() -> None:
    prefixes = {
        (key, form.partition(":")[2])
        for key, text in ENGLISH.items()
        for _, form in fields(text)
        if form.startswith(("word:", "each:", "list:"))
    }
    known = {key[: len(key) - len(rest)].rstrip(".") for key in ENGLISH for rest in _tails(key)} | set(
        ENGLISH
    )
    assert [pair for pair in prefixes if pair[1] not in known] == []


def _tails(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[at:]) for at in range(1, len(parts))]


def test_an_exclusive_end_is_never_shown_as_an_instant() -> None:
    ends = {"deadline", "claim_until"}
    shown = [(key, name) for key, text in ENGLISH.items() for name, form in fields(text) if name in ends]
    assert shown, "the words for a deadline have gone"
    wrong = [
        key
        for key, text in ENGLISH.items()
        for name, form in fields(text)
        if name in ends and form != "until"
    ]
    assert wrong == []


def test_the_first_line_says_that_it_is_automatic_and_that_a_person_can_be_had() -> None:
    for key in ("greeting.hello", "greeting.visitor"):
        assert "automatic" in ENGLISH[key].split("\n")[0]
        assert "person" in ENGLISH[key]


TASKS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "data" / "tasks.yml").read_text())["tasks"]


def test_every_quote_of_every_task_has_words_for_its_yes_and_its_no() -> None:
    wanted = {key for row in TASKS.values() for key in row.get("says", {}).values()}
    assert wanted and wanted - set(ENGLISH) == set()


def test_every_state_of_a_payout_or_refund_is_told_and_only_a_settled_one_as_paid() -> None:
    """But for one that another stands in for: then that one is told."""
    assert set(PAYOUTS) == set(REFUNDS) == set(InstructionState) - {InstructionState.REPLACED}
    assert [state for state in REFUNDS if REFUNDS[state] == "refunded"] == [InstructionState.SETTLED]
    assert [state for state in PAYOUTS if PAYOUTS[state] == "released"] == [InstructionState.SETTLED]


def test_a_supplier_is_spoken_to_and_not_of() -> None:
    to_them = {
        key: text for key, text in ENGLISH.items() if re.fullmatch(r"order\.money\.\w+\.supplier", key)
    }
    assert to_them and not [key for key, text in to_them.items() if "the supplier" in text]


def test_nobody_is_said_to_have_been_told_whom_nothing_tells() -> None:
    waits = {key: text for key, text in ENGLISH.items() if key.startswith("next.")}
    assert [key for key, text in waits.items() if "supervisor" in text] == []
