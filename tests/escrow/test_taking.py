"""A step that keeps its state: which clocks go on, begin anew, or are reckoned again from their beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from contract.codes import OrderState, Otherwise, What, Who
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.machines.order import OrderEvent
from escrow.machines.taking import Outcome, beginnings, moved, take
from tests.escrow import samples
from tests.escrow.samples import AT, FUNDED, case

DELIVERED, E = OrderState.DELIVERED, OrderEvent
STAYS = tuple(
    Stay(
        state=DELIVERED, who=Who.BUYER, what=What.PAY, otherwise=Otherwise.CLOSED, clock=clock, then=E.SILENCE
    )
    for clock in (Clock.WINDOW_END, Clock.OUTCOME)
)


def outcome(restarts: tuple[Clock, ...] = (), moves: tuple[Clock, ...] = ()) -> Outcome:
    taken: Step[OrderState, OrderEvent] = Step(
        state=DELIVERED, event=E.SILENCE, to=DELIVERED, who=by(TIMER), restarts=restarts, moves=moves
    )
    order = replace(samples.ORDER, state=DELIVERED, delivered_at=AT)
    machine: Machine[OrderState, OrderEvent] = Machine("order", (taken,), STAYS)
    return take(machine, taken, order, case(FUNDED))


def test_a_step_that_keeps_its_state_lets_its_clocks_go_on() -> None:
    assert not outcome().sets_clocks
    assert list(beginnings(outcome(), demo=True)) == []


def test_of_the_clocks_that_it_restarts_each_begins_at_the_step_and_the_others_go_on() -> None:
    step = outcome(restarts=(Clock.OUTCOME,))
    (begun,) = beginnings(step, demo=False)
    assert step.sets_clocks and begun.clock is Clock.OUTCOME
    assert (begun.started, begun.due) == (AT, AT + timedelta(hours=24))


def test_one_that_it_moves_begins_nothing_and_ends_as_reckoned_from_its_own_beginning() -> None:
    step = outcome(moves=(Clock.OUTCOME,))
    assert step.sets_clocks and list(beginnings(step, demo=False)) == []
    began = AT - timedelta(hours=5)
    assert moved(step, Clock.OUTCOME, began) == began + timedelta(hours=24)
    assert moved(step, Clock.SHIP, began) is None
