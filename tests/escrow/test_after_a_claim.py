"""A claim has ended beside an order: what it held was due before, or nothing more is possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.codes import OrderState, Tell
from escrow import clocks
from escrow.case import Case
from escrow.clocks import Clock, Matter
from escrow.machines.order import ORDER, OrderEvent
from escrow.machines.taking import beginnings, take
from tests.escrow import samples
from tests.escrow.samples import AT, CLAIM, FUNDED, HELD, PAID_OUT, RELEASED, case

LOOK, HOURS = OrderEvent.LOOK, timedelta(hours=48)
DUE = AT - timedelta(days=2)


def looked(position: Any = FUNDED, *, at: datetime = AT, claim: Any = None, **order: Any) -> Case:
    told = case(position, at=at, claim=claim)
    return replace(told, order=replace(told.order, **{"delivered_at": AT - timedelta(days=20), **order}))


def test_what_was_due_before_waits_for_two_days_from_the_end_of_the_claim_and_both_sides_are_told() -> None:
    now = looked(release_due_at=DUE)
    step = ORDER.step(OrderState.DELIVERED, LOOK, now)
    outcome = take(ORDER, step, now.order, now)
    assert (outcome.after.state, outcome.after.freed_at) == (OrderState.DELIVERED, AT)
    assert step.tell is Tell.ORDER_RELEASE_SOON and not outcome.journals
    assert [(each.clock, each.due) for each in beginnings(outcome, demo=False)] == [
        (Clock.AFTER_CLAIM, AT + HOURS)
    ]


def test_then_it_is_released_as_by_silence() -> None:
    stay = ORDER.stay(OrderState.DELIVERED, Clock.AFTER_CLAIM)
    assert stay and stay.then is OrderEvent.SILENCE and stay.told_to is None
    now = looked(release_due_at=DUE, freed_at=AT, at=AT + HOURS)
    step = ORDER.step(OrderState.DELIVERED, OrderEvent.SILENCE, now)
    assert step.to is OrderState.RELEASING and step.tell is Tell.ORDER_RELEASED_BY_SILENCE


def test_what_a_second_claim_ends_waits_anew() -> None:
    again = looked(release_due_at=DUE, freed_at=AT - timedelta(days=1))
    step = ORDER.step(OrderState.DELIVERED, LOOK, again)
    assert step.sets and step.sets(again) == {"freed_at": AT}


@pytest.mark.parametrize(
    "now",
    [
        looked(),
        looked(HELD, release_due_at=DUE, claim=CLAIM),
        looked(RELEASED, release_due_at=DUE),
    ],
    ids=["not due yet: the silence goes on", "a claim is open", "nothing is in escrow"],
)
def test_else_nothing_begins(now: Case) -> None:
    assert ORDER.way(OrderState.DELIVERED, LOOK, now) is None


def window_of(now: Case) -> datetime:
    found = clocks.claim_window(Matter(now.order, samples.POLICY))
    assert found
    return found.at


def test_an_order_is_closed_with_its_last_claim_once_the_window_is_over() -> None:
    end = window_of(looked(PAID_OUT))
    step = ORDER.step(OrderState.COMPLETED, LOOK, looked(PAID_OUT, at=end))
    assert (step.to, step.tell) == (OrderState.CLOSED, Tell.ORDER_CLOSED)
    before = looked(PAID_OUT, at=end - timedelta(seconds=1))
    assert ORDER.way(OrderState.COMPLETED, LOOK, before) is None
    assert ORDER.way(OrderState.COMPLETED, LOOK, looked(PAID_OUT, at=end, claim=CLAIM)) is None
