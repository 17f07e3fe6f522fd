"""All combinations of order, claim, payout and clocks that can be reached: nobody's money is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest

from contract.codes import ClaimState, InstructionState, OrderState
from escrow import chart
from escrow.machines.order import ORDER
from tests.escrow.samples import AT
from tests.escrow.walk import World, begun, case_of, reached

PROMISES = {"ship_by": AT + timedelta(days=10), "promised_at": AT + timedelta(days=30)}
KINDS = [(promised, demo) for promised in (False, True) for demo in (False, True)]
# Ten times what there are today: more is a state that never ends, or a need for a coarser key.
MOST = 10_000

# Where money is held or owed and no clock runs that would bring it to somebody. Each is closed by what
# the rules have for it and the machines have not yet; one that is closed or new makes the test fail.
NOT_YET = """
order     | claim | payout | because
"""


def not_yet() -> Iterator[tuple[str, str, str]]:
    for line in NOT_YET.strip().splitlines()[1:]:
        order, claim, payouts, because = (cell.strip() for cell in line.split("|"))
        assert because
        yield from ((order, claim, payout) for payout in payouts.split(", "))


# What is replaced is forgotten here, and what stops does so when the bank contradicts itself (walk.py).
BY_TWO = {InstructionState.REPLACED, InstructionState.STOPPED}


@cache
def worlds(promised: bool, demo: bool) -> tuple[World, ...]:
    return tuple(reached(begun(demo=demo, **(PROMISES if promised else {})), MOST).values())


def every_world() -> Iterator[World]:
    for kind in KINDS:
        yield from worlds(*kind)


def waits(world: World) -> bool:
    """For a clock; or for a notice, of which the desk has a task when nobody accepts it for a day."""
    return bool(world.running or any(row.by for row in world.rows))


def told(world: World) -> str:
    return " -> ".join(world.way)


def test_wherever_money_is_held_or_owed_somebody_is_waited_for_but_in_the_places_that_we_know() -> None:
    forgotten = {world.signature: told(world) for world in every_world() if world.owed and not waits(world)}
    known = set(not_yet())
    assert {where: way for where, way in forgotten.items() if where not in known} == {}
    assert known - set(forgotten) == set()


@pytest.mark.parametrize(("promised", "demo"), KINDS)
def test_what_a_state_says_of_its_money_is_true_however_it_was_reached(promised: bool, demo: bool) -> None:
    for world in worlds(promised, demo):
        holds = ORDER.holds.get(world.order.state)
        assert holds is None or holds(case_of(world, world.order)), told(world)


@pytest.mark.parametrize(("promised", "demo"), KINDS)
def test_every_cent_that_was_paid_is_in_one_place(promised: bool, demo: bool) -> None:
    for world in worlds(promised, demo):
        money = world.position
        parts = money.held + money.released + money.refunded + money.charged_back
        assert parts == money.paid, told(world)
        total = world.order.total.minor
        assert money.kept.minor in (0, total // 3, total), told(world)


@pytest.mark.parametrize(("promised", "demo"), KINDS)
def test_no_account_of_what_is_owed_is_in_debit_and_the_bank_covers_them_all(
    promised: bool, demo: bool
) -> None:
    for world in worlds(promised, demo):
        balances: dict[str, int] = {}
        for (_, account), minor in world.position.sums.items():
            balances[account] = balances.get(account, 0) + minor
        owed = {name: minor for name, minor in balances.items() if chart.account_of(name).is_owed}
        assert max(owed.values(), default=0) <= 0, told(world)
        cash = sum(minor for name, minor in balances.items() if chart.account_of(name) in chart.THEIR_CASH)
        assert cash + sum(owed.values()) == 0 <= cash, told(world)


@pytest.mark.parametrize(("promised", "demo"), KINDS)
def test_nothing_is_paid_out_twice_and_no_hold_is_more_than_its_claim(promised: bool, demo: bool) -> None:
    for world in worlds(promised, demo):
        money, carried = world.position, sum(each.amount.minor for each in world.payouts if each.is_in_flight)
        assert money.in_flight == carried and money.unpaid.minor >= 0, told(world)
        settled = sum(each.amount.minor for each in world.payouts if each.state is InstructionState.SETTLED)
        assert settled == (money.released - money.payable).minor, told(world)
        claimed = world.open_claim.amount.minor if world.open_claim else 0
        assert money.on_hold.minor <= claimed, told(world)


@pytest.mark.parametrize(("promised", "demo"), KINDS)
def test_nothing_is_refunded_twice_and_each_refund_within_what_its_payment_brought(
    promised: bool, demo: bool
) -> None:
    for world in worlds(promised, demo):
        sent = {payment.id: 0 for payment in world.payments}
        for each in world.refunds:
            sent[each.refers_to] += each.amount.minor
        brought = {payment.id: payment.amount.minor for payment in world.payments}
        assert all(minor <= brought[id] for id, minor in sent.items()), told(world)
        settled = sum(each.amount.minor for each in world.refunds if each.state is InstructionState.SETTLED)
        assert settled == (world.position.refunded - world.position.unrefunded).minor, told(world)


def test_all_states_of_the_three_machines_are_reached() -> None:
    signatures = {world.signature for world in every_world()}
    orders, claims, payouts = (set(states) for states in zip(*signatures, strict=True))
    assert orders == set(OrderState)
    assert claims - {"-"} == set(ClaimState)
    each = {state for pair in payouts for state in pair.split(" & ")}
    assert {state for state in each if "refund" not in state} - {"-"} == set(InstructionState) - BY_TWO
    assert {state for state in each if "refund" in state} == {
        f"refund {state}" for state in set(InstructionState) - BY_TWO
    }
