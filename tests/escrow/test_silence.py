"""The silence table: whose move it is in each state, and what happens when nobody makes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escrow import claims, orders
from escrow.claims import Claim, ClaimState, Reason
from escrow.money import Money
from escrow.orders import Line, Order, OrderState, Payout
from escrow.policy import shipped
from escrow.silence import Wait
from tests.words import MOVES, SIDES

POLICY = shipped()[0]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def order_in(state: OrderState, at: datetime | None) -> Order:
    return Order(
        id="TA-1",
        state=state,
        buyer="b",
        supplier="s",
        lines=(Line("Lamps", 1, Money(100, "USD")),),
        freight=Money(0, "USD"),
        mode="air",
        tier="standard",
        zone="Africa/Lagos",
        policy_version=1,
        created_at=NOW,
        ship_by=at,
        promised_at=at,
        paid_at=at,
        delivered_at=at,
        release_from=at,
    )


def order_waits() -> list[Wait]:
    payouts = [None, *(Payout(state, Money(1, "USD"), NOW) for state in ("pending", "failed", "unknown"))]
    return [
        orders.wait(order_in(state, at), payout, POLICY)
        for state in OrderState
        for at in (NOW, None)
        for payout in payouts
    ]


def claim_waits() -> list[Wait]:
    return [
        claims.wait(
            Claim("CLM-1", "TA-1", state, Reason.OTHER, Money(1, "USD"), NOW, "alice", respond_from, NOW, 1),
            POLICY,
        )
        for state in ClaimState
        for respond_from in (None, NOW)
    ]


def test_whoever_must_act_is_told_in_words_for_both_sides() -> None:
    for wait in (*order_waits(), *claim_waits()):
        when = "by" if wait.by else "open"
        assert {f"{wait.what}.{side}.{when}" for side in SIDES} <= MOVES, wait


def test_no_waiting_state_of_a_claim_lacks_an_exit() -> None:
    assert all(wait.otherwise for wait in claim_waits())


@pytest.mark.parametrize("state", [state for state in OrderState if state not in {"closed", "cancelled"}])
def test_an_order_that_waits_says_for_whom_and_what_happens_otherwise(state: OrderState) -> None:
    wait = orders.wait(order_in(state, NOW), None, POLICY)
    reachable = {to for _, to in orders.TRANSITIONS.items()}
    if state in reachable:
        assert wait.who != "nobody" and wait.otherwise
