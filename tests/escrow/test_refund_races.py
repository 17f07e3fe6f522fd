"""Two at once on an order that is called off: what is on its way stays paid, and nothing goes back twice."""

from __future__ import annotations

from datetime import datetime

import pytest

from contract.asked import Cancel, OpenClaim
from contract.codes import CreditState, InstructionKind, InstructionState, OrderState, Reason
from escrow import intake, quotes
from escrow.callers import Caller
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.meeting import Meeting
from tests.escrow.test_races import (
    ALICE,
    BEGAN,
    HALF,
    MINUTE,
    answer,
    code,
    confirm,
    copies,
    either_first,
    fire,
    meeting,
    met,
    position,
    rounds,
    told,
)
from tests.escrow.worlds import MOMENT, TOTAL, order_over_total

__all__ = ["copies", "meeting"]
pytestmark = pytest.mark.slow

LUMEN = Caller("lumen", "shenzhen-lumen", "supplier", "c2", "c2-1")


def funded(work: Work, id: str, at: datetime) -> str:
    """An order over TOTAL that was paid at that instant."""
    made = at - MOMENT
    intake.make(work, order_over_total(work, id, made), at=made)
    intake.pay(work, id, TOTAL, payment=f"PSP-{id}", at=at)
    return id


def cancels(world: Database, order: str, at: datetime, who: Caller = ALICE) -> str:
    wanted = Cancel(order)
    return world.write(lambda work: quotes.open_quote(work, who, wanted, at)).quote_id


def state(world: Database, order: str) -> OrderState:
    return world.read(lambda work: work.orders.get(order)).state


def refunds(world: Database, order: str) -> list[int]:
    found = world.read(lambda work: list(work.instructions.of(order, InstructionKind.REFUND)))
    return [each.amount.minor for each in found]


@either_first
def test_an_order_that_is_cancelled_while_it_is_shipped_is_either_refunded_or_on_its_way(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, count=HALF, of=funded):
        quote, then = cancels(world, order, at), at + MINUTE
        done, shipped, _ = met(
            meeting,
            swapped,
            confirm(quote, then),
            lambda work, order=order, then=then: intake.ship(work, order, at=then),  # type: ignore[misc]
        )
        assert {code(done), code(shipped)} == {None, "wrong_state"}
        if code(done) is None:
            assert (state(world, order), refunds(world, order)) == (OrderState.REFUNDING, [TOTAL.minor])
        else:
            assert (state(world, order), refunds(world, order)) == (OrderState.SHIPPED, [])
            assert position(world, order).held == TOTAL


@either_first
def test_of_both_sides_that_cancel_at_once_one_refunds_and_the_other_is_told_that_it_is_over(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, count=HALF, of=funded):
        mine, theirs = cancels(world, order, at), cancels(world, order, at, LUMEN)
        one, other, _ = met(meeting, swapped, confirm(mine, at + MINUTE), confirm(theirs, at + MINUTE, LUMEN))
        assert sorted(map(str, (code(one), code(other)))) == ["None", "wrong_state"]
        assert refunds(world, order) == [TOTAL.minor]
        assert position(world, order).refunded == TOTAL


@either_first
def test_a_claim_that_is_opened_while_its_order_is_cancelled_is_paid_by_it_or_never_opened(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, count=HALF, of=funded):
        wanted = OpenClaim(order, Reason.NOT_SHIPPED, share="1/2")
        claim = world.write(lambda work, w=wanted, at=at: quotes.open_quote(work, ALICE, w, at)).quote_id  # type: ignore[misc]
        cancel = cancels(world, order, at, LUMEN)
        opened, done, _ = met(
            meeting, swapped, confirm(claim, at + MINUTE), confirm(cancel, at + MINUTE, LUMEN)
        )
        kept = world.read(lambda work, order=order: list(work.claims.of(order)))  # type: ignore[misc]
        if code(done) is None:
            assert refunds(world, order) == [TOTAL.minor]
            assert [each.state for each in kept] == ([] if code(opened) else ["closed_paid"])
        else:
            assert (code(done), [each.state for each in kept]) == ("quote_changed", ["awaiting_supplier"])


@pytest.mark.parametrize("pair", [("settled", "settled"), ("settled", "failed"), ("failed", "returned")])
def test_of_two_results_of_a_refund_at_once_one_is_booked(
    world: Database, meeting: Meeting, pair: tuple[str, str]
) -> None:
    for order, at in rounds(world, of=funded):
        world.write(confirm(cancels(world, order, at), at))
        given = meeting.of(*(answer(f"REF-{order}-1", result, at) for result in pair))
        # That it was paid after all is put on record, too, and books nothing.
        heard = [event for event, _ in told(world, order) if event != "refund.late_result"]
        booked = [event for event in heard if event.startswith("refund.")]
        assert len(booked) == 2, booked
        if pair[0] == pair[1]:
            assert given.first == given.second
        else:
            assert sorted(map(str, map(code, given.both))) == ["None", "result_out_of_order"]
        settled = booked[-1] == "refund.settled"
        assert position(world, order).unrefunded.minor == (0 if settled else TOTAL.minor)
        assert state(world, order) == (OrderState.REFUNDED if settled else OrderState.REFUNDING)


@either_first
def test_what_is_shipped_in_the_second_in_which_it_would_go_back_is_shipped_or_refunded_and_never_both(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for n in range(HALF):
        order = f"TA-{n}"
        world.write(lambda work, order=order: funded(work, order, BEGAN))  # type: ignore[misc]
        while (due := world.read(lambda work: work.timers.due(BEGAN + 36 * 24 * 60 * MINUTE))) is not None:
            if due.clock == "unshipped_refund":
                break
            world.write(fire(due.at))
        assert due is not None and due.order == order
        at = due.at
        _, shipped, _ = met(
            meeting,
            swapped,
            fire(at),
            lambda work, order=order, at=at: intake.ship(work, order, at=at),  # type: ignore[misc]
        )
        went_back = state(world, order) is OrderState.REFUNDING
        assert refunds(world, order) == ([TOTAL.minor] if went_back else [])
        assert code(shipped) == ("wrong_state" if went_back else None)


def test_a_credit_for_lateness_ends_with_the_order_that_is_called_off(world: Database) -> None:
    world.write(lambda work: funded(work, "TA-1", BEGAN))
    world.write(confirm(cancels(world, "TA-1", BEGAN), BEGAN))
    (credit,) = world.read(lambda work: list(work.credits.of("TA-1")))
    assert credit.state is CreditState.LAPSED
    assert InstructionState.PENDING in {
        each.state for each in world.read(lambda work: list(work.instructions.of("TA-1")))
    }
