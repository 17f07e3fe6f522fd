"""One frame for the policy and the actions: what the one writes, the other reads, and neither breaks on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import actions.frames
import bot.dialogue.frames
from actions.turn import Turn
from bot.dialogue import book
from contract import dialogue
from contract.dialogue import Mention, Phase, Value

ROOT = Path(__file__).resolve().parents[2]
BOOK = book.load(ROOT / book.TASKS)
FULL = dialogue.Frame(
    task="open_claim",
    phase=Phase.QUOTED,
    values={"amount": Value(Mention("share", "1/2"), was=Value(Mention("share", "1/3"))), "order": Value()},
    quote="Q-1",
    shown={"order": "TA-20931-7741"},
    among=["TA-20931-7741"],
    intent="open_claim",
    doing="action_quote",
)


def test_both_sides_use_the_contracts_struct() -> None:
    assert type(bot.dialogue.frames.new(BOOK, "open_claim")) is dialogue.Frame
    assert issubclass(actions.frames.Frame, dialogue.Frame)
    assert actions.frames.Frame.__struct_fields__ == dialogue.Frame.__struct_fields__


def test_no_phase_is_written_as_a_bare_string() -> None:
    code = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]
    assert [path for path in code if 'phase="' in path.read_text() or 'phase = "' in path.read_text()] == []


def test_what_the_policy_writes_the_actions_read_and_the_other_way_round() -> None:
    slot = json.loads(json.dumps(bot.dialogue.frames.written([FULL])))
    (mine,) = actions.frames.read(slot)
    assert (mine.phase, mine.known("amount"), mine.before("amount")) == (Phase.QUOTED, "1/2", "1/3")
    turn = Turn(None, {"slots": {"tasks": slot}})  # type: ignore[arg-type]
    turn.frame.ask("amount", problem="wrong_currency")
    (event,) = json.loads(json.dumps(turn.events()))
    (back,) = bot.dialogue.frames.read(event["value"])
    assert (back.phase, back.asked, back.quote) == (Phase.ASKED, "amount", "Q-1")
    assert back.values == FULL.values


@pytest.mark.parametrize("slot", [None, [{"task": "open_claim", "values": {}, "asked": "order"}], "x", [1]])
def test_an_action_survives_a_slot_of_another_version(slot: Any) -> None:
    turn = Turn(None, {"slots": {"tasks": slot}})  # type: ignore[arg-type]
    assert (turn.frames, turn.events()) == ([], [])
