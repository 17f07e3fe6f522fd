"""The file of tasks: a new deed is a row, and what makes no sense is refused; slots of other versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import book, frames
from tests.bot.dialogue.talk import BOOK, CLAIM, DAMAGED, HALF, ORDER, Talk

WITHDRAW = """
  withdraw:
    starts: [withdraw]
    needs: [claim]
    role: buyer
    deed: withdraw
    says: {shown: a.b, again: a.c, expired: a.d, done: a.e, already: a.f, cancelled: a.g}
    quote: action_quote
    then: action_confirm_quote
  answer:
"""


def test_a_new_deed_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Path("data/tasks.yml").read_text().replace("\n  answer:\n", WITHDRAW)
    monkeypatch.setattr("tests.bot.dialogue.talk.BOOK", book.read(rows))
    talk = Talk().hear("withdraw", CLAIM)
    assert talk.done == ["action_find_claim", "action_quote"]
    assert (talk.top.deed, talk.top.role, talk.top.says and talk.top.says.done) == (
        "withdraw",
        "buyer",
        "a.e",
    )
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]


OLD = {
    "task": "open_claim",
    "values": {"order": {"said": {"entity": "order_id", "value": "TA-20931-7741"}, "is": "TA-20931-7741"}},
    "asked": "reason",
    "quote": None,
    "problem": None,
    "doing": None,
}


@pytest.mark.parametrize(
    "slot", [None, [], [OLD], [{}], {"task": 1}, "tasks", [{**OLD, "phase": "unheard of"}]]
)
def test_a_slot_of_another_version_is_read_or_dropped(slot: Any) -> None:
    talk = Talk(stack=frames.read(slot)).hear("affirm", text="yes").hear("open_claim", ORDER, DAMAGED, HALF)
    assert talk.done == ["action_find_order", "action_quote"]


def test_what_the_policy_does_not_know_in_a_frame_does_no_harm() -> None:
    (frame,) = frames.read([{**OLD, "phase": "asked", "mood": "good"}])
    assert (frame.asked, frame.values["order"].found) == ("reason", "TA-20931-7741")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tasks: {a: {starts: [x], then: act, colour: red}}\nvalues: {}", "unknown row colour"),
        ("tasks: {a: {starts: [x], then: act, needs: [y]}}\nvalues: {}", "y is no value"),
        (
            "tasks: {a: {starts: [x], then: act}, b: {starts: [x], then: act}}\nvalues: {}",
            "x begins two tasks",
        ),
        ("tasks: {a: {starts: [x]}}\nvalues: {}", "then"),
        ("tasks: {a: {starts: [x], then: act, role: king}}\nvalues: {}", "king is no role"),
        ("tasks: {a: {starts: [x], then: act, deed: x}}\nvalues: {}", "a has a deed, .* without the others"),
        ("tasks: {a: {starts: [x], then: act, says: {shown: x}}}\nvalues: {}", "a: .*again"),
        ("tasks: {a: {starts: [x], then: act, says: {colour: x}}}\nvalues: {}", "a: .*colour"),
    ],
)
def test_a_file_of_tasks_that_makes_no_sense_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(book.Unreadable, match=why):
        book.read(text)


def test_a_task_that_names_what_the_domain_lacks_is_refused() -> None:
    with pytest.raises(book.Unreadable, match="action_verdict"):
        book.check(
            BOOK,
            intents={*BOOK.starts, *BOOK.each, "complaint"},
            actions=set(BOOK.actions()) - {"action_verdict"},
            entities={kind for one in BOOK.values.values() for kind in (*one.entities, *one.hints)},
        )
