"""The silence table in words: whoever must act is told so, on either side, whatever runs."""

from __future__ import annotations

from typing import Any

import pytest

from contract.codes import OrderState
from escrow.clocks import Clock
from escrow.machines.every import MACHINES
from escrow.machines.machine import Stay
from escrow.machines.task import TASK
from tests.words import MOVES, SIDES

# A desk task is the desk's alone; the parties are told of what it is about.
STAYS = [stay for machine in MACHINES if machine is not TASK for stay in machine.stays if not stay.in_demo]


# An order whose money goes out, or back, is told by its instruction, which has a clock.
STAYS = [stay for stay in STAYS if stay.state not in (OrderState.RELEASING, OrderState.REFUNDING)]


@pytest.mark.parametrize("stay", STAYS, ids=lambda stay: f"{stay.state}-{stay.clock}")
def test_whoever_must_act_is_told_in_words_for_both_sides(stay: Stay[Any, Any]) -> None:
    """With an instant where a clock runs; without one where none of the state's need run."""
    beside = [each for each in STAYS if each.state is stay.state]
    whens = [] if stay.clock is None else ["by"]
    if not any(each.clock and not each.told_to and each.clock is not Clock.PROMISED for each in beside):
        whens.append("open")
    assert {f"{stay.what}.{side}.{when}" for side in SIDES for when in whens} <= MOVES
