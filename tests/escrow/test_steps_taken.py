"""One step taken: what becomes of the thing, what each effect sees of the others, and what is told of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from typing import Any

import pytest

from contract.codes import InstructionState, OrderState, Otherwise, Tell, What, Who
from escrow.case import Case, Effect
from escrow.clocks import Clock
from escrow.instructions import Instruction
from escrow.ledger import Journal, Kind
from escrow.machines.instruction import InstructionEvent
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.machines.order import OrderEvent
from escrow.machines.taking import Beginning, Outcome, beginnings, take
from escrow.payments import Payment
from tests.escrow.samples import (
    AT,
    CLAIM,
    ESCROW,
    FUNDED,
    HELD,
    HOLD,
    ORDER,
    PAYOUT,
    TASK,
    case,
    journal,
    usd,
)

LATER = AT + timedelta(hours=1)
PAYMENT = Payment(id="PSP-1", order="TA-1", amount=usd(300), at=AT)
SHIPPED, DELIVERED = OrderState.SHIPPED, OrderState.DELIVERED


def moves(_case: Case) -> list[Journal]:
    return [journal(Kind.HOLD, 120, ESCROW, HOLD)]


def taken(about: Case, state: OrderState | None = SHIPPED, **step: Any) -> Outcome:
    """A delivery of an order in that state; without one it begins with it."""
    way: Step[Any, Any] = Step(state=state, event=OrderEvent.DELIVER, to=DELIVERED, who=by(TIMER), **step)
    return take(Machine("order", (way,), ()), way, replace(ORDER, state=SHIPPED, version=5), about)


def result_of(thing: Instruction, to: InstructionState) -> Any:
    way: Step[Any, Any] = Step(state=thing.state, event=InstructionEvent.UNKNOWN, to=to, who=by(TIMER))
    return take(Machine("payout", (way,), ()), way, thing, case(at=LATER, instruction=thing)).after


def test_the_thing_is_in_its_new_state_one_version_on_with_what_the_step_sets() -> None:
    done = taken(case(at=LATER), sets=lambda case: {"delivered_at": case.at})
    assert (done.before.state, done.before.version) == (SHIPPED, 5)
    assert done.after == replace(done.before, state=DELIVERED, version=6, delivered_at=LATER)
    assert done.case.order == done.after


def test_what_begins_was_nothing_before() -> None:
    assert taken(case(), state=None).before is None


@pytest.mark.parametrize("to", InstructionState)
def test_an_instruction_has_no_version_but_the_instant_of_its_last_change(to: InstructionState) -> None:
    changed_at = AT if to is PAYOUT.state else LATER
    assert result_of(PAYOUT, to) == replace(PAYOUT, state=to, changed_at=changed_at)


def test_each_effect_sees_what_those_before_it_have_moved_and_received() -> None:
    seen: list[tuple[Any, ...]] = []

    def sees(case: Case) -> list[Payment]:
        seen.append((case.order.state, case.position.held_for(CLAIM.id), case.payments))
        return [PAYMENT]

    done = taken(case(FUNDED, payments=()), effects=(sees, moves, sees))
    assert seen == [(DELIVERED, usd(0), ()), (DELIVERED, usd(120), (PAYMENT,))]
    assert done.case.position == HELD and done.case.payments == (PAYMENT, PAYMENT)


def test_what_the_effects_made_is_told_apart() -> None:
    done = taken(case(), effects=(moves, lambda _case: [PAYOUT, PAYMENT]))
    assert [each.kind for each in done.journals] == [Kind.HOLD]
    assert (done.made, done.received) == ((PAYOUT,), (PAYMENT,))


@pytest.mark.parametrize(
    ("tell", "if_moved", "effects", "is_told"),
    [
        (None, False, (moves,), False),
        (Tell.ORDER_CLOSED, False, (), True),
        (Tell.ORDER_CLOSED, False, (moves,), True),
        (Tell.ORDER_CLOSED, True, (), False),
        (Tell.ORDER_CLOSED, True, (moves,), True),
    ],
)
def test_it_is_told_where_it_has_a_notice_and_moved_what_it_had_to(
    tell: Tell | None, if_moved: bool, effects: tuple[Effect, ...], is_told: bool
) -> None:
    assert taken(case(), tell=tell, if_moved=if_moved, effects=effects).is_told is is_told


@pytest.mark.parametrize("state", OrderState)
def test_a_state_begins_with_its_clocks_where_it_is_another(state: OrderState) -> None:
    done = taken(case(), state=state)
    assert done.enters is done.sets_clocks is (state is not DELIVERED)


def stay(clock: Clock, told_to: Who | None = None) -> Stay[Any, Any]:
    return Stay(
        state=DELIVERED,
        who=Who.BUYER,
        what=What.PAY,
        otherwise=Otherwise.CLOSED,
        clock=clock,
        then=OrderEvent.SILENCE,
        told_to=told_to,
    )


def begun(*stays: Stay[Any, Any]) -> list[Beginning]:
    done = taken(case(at=LATER), sets=lambda case: {"delivered_at": case.at})
    return list(beginnings(replace(done, machine=replace(done.machine, stays=stays)), demo=False))


def test_a_clock_begins_with_its_state_or_waits_for_its_notice() -> None:
    own, told = stay(Clock.OUTCOME), stay(Clock.OUTCOME, Who.SUPPLIER)
    assert begun(own) == [Beginning(own, Clock.OUTCOME, LATER, LATER + timedelta(hours=24))]
    (waits,) = begun(told)
    assert (waits.stay, waits.started, waits.due) == (told, None, None)


def test_a_clock_that_never_ends_is_none_and_the_others_begin() -> None:
    assert [each.clock for each in begun(stay(Clock.SHIP), stay(Clock.OUTCOME))] == [Clock.OUTCOME]


def test_what_an_event_tells_happened_when_it_says_else_now() -> None:
    assert case(at=LATER).happened == LATER
    assert case(at=LATER, happened=AT).happened == AT


def test_a_case_is_about_the_thing_as_it_is_now_and_about_nothing_else() -> None:
    plain = case()
    order, claim = replace(ORDER, tier="enterprise"), replace(CLAIM, reason=CLAIM.reason)
    assert plain.about(order) == replace(plain, order=order)
    assert plain.about(claim) == replace(plain, claim=claim)
    assert plain.about(PAYOUT) == replace(plain, instruction=PAYOUT)
    assert plain.about(TASK) == plain


def test_what_was_reckoned_does_not_change_afterwards() -> None:
    done = taken(case())
    reckoned: list[Any] = [done, done.case, *begun(stay(Clock.OUTCOME))]
    for each in reckoned:
        with pytest.raises(FrozenInstanceError):
            each.due = None
