"""What becomes of a payout: its results, in any order, once each."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from escrow import effects, service
from escrow.case import Case
from escrow.instructions import Instruction
from escrow.policies import policy_of
from escrow.refusals import Refusal
from escrow.requests import WhatIf
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.asking import (
    ALICE,
    DRILLS,
    LAMPS,
    LATER,
    answered,
    asked,
    fire_until,
    instructions,
    order,
    refused,
    released,
    usd,
)
from tests.escrow.worlds import MADE, events


def test_a_returned_payout_makes_it_unpaid_again(world: Database) -> None:
    payout = "PAY-TA-31200-0450-1"

    def answer(result: str) -> dict[str, Any]:
        return answered(world, payout, result, LATER)

    assert answer("returned")["state"] == "returned"
    assert order(world, "TA-31200-0450")["state"] == "releasing"
    assert answer("returned")["state"] == "returned"
    with refused("result_out_of_order"):
        answer("settled")


def test_a_failed_payout_comes_before_a_supervisor_at_the_instant_that_is_shown(world: Database) -> None:
    by = datetime.fromisoformat(order(world, DRILLS)["next"]["by"])
    alarms = [row for row in events(world) if row.event == "payout.supervisor_alarm"]
    assert {alarm.chain for alarm in alarms} == {DRILLS} and by > MADE
    assert datetime.fromisoformat(alarms[-1].at) == by - timedelta(hours=24)


def test_a_payout_in_flight_counts_as_paid_for_a_hold(world: Database) -> None:
    release = released(world)
    quote = asked(world, ALICE, "open_claim", release, order=LAMPS, reason="damaged", share="1/1")
    assert (quote["effect"]["held"], quote["effect"]["payer"]) == (usd(0), "guarantee")
    told = world.read(lambda work: service.verdict(work, ALICE, LAMPS, WhatIf(), release))
    assert told.payer == "guarantee"


def test_what_a_payout_carries_is_not_paid_out_a_second_time(world: Database) -> None:
    at = released(world)

    def again(work: Work) -> list[Instruction]:
        found = work.orders.get(LAMPS)
        case = Case(order=found, policy=policy_of(work, found), position=work.ledger.position(found), at=at)
        return list(effects.pay_out(case))

    assert world.read(again) == []
    assert [each["id"] for each in instructions(world)] == [f"PAY-{LAMPS}-1"]


def test_of_two_results_at_once_one_is_booked(world: Database) -> None:
    released(world)
    at, codes = MADE + timedelta(days=3, seconds=5), []

    def answer(outcome: str) -> None:
        try:
            answered(world, f"PAY-{LAMPS}-1", outcome, at)
        except Refusal as refusal:
            codes.append(refusal.code)

    threads = [threading.Thread(target=answer, args=(each,)) for each in ("settled", "failed")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [row.event for row in events(world) if row.chain == LAMPS]
    assert codes == ["result_out_of_order"]
    assert len([event for event in told if event in ("payout.settled", "payout.failed")]) == 1


def test_a_payout_can_come_back_before_it_was_ever_settled(world: Database) -> None:
    released(world)
    at = MADE + timedelta(days=3, seconds=5)
    answered(world, f"PAY-{LAMPS}-1", "returned", at)
    assert order(world, LAMPS)["payout"]["state"] == "returned"
    assert world.read(lambda work: work.ledger.position(work.orders.get(LAMPS))).unpaid.minor == 128000


def test_an_order_completed_after_its_claim_window_is_closed(world: Database) -> None:
    released(world)
    failed, late = MADE + timedelta(days=3, seconds=5), MADE + timedelta(days=40)
    answered(world, f"PAY-{LAMPS}-1", "unknown", failed)
    fire_until(world, late)
    answered(world, f"PAY-{LAMPS}-1", "settled", late)
    assert order(world, LAMPS)["state"] == "completed"
    fire_until(world, late)
    assert order(world, LAMPS)["state"] == "closed"
