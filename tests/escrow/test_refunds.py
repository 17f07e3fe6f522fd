"""Cancelled orders and refunds: what goes back, whence, to whom and when it is there; in the demo world."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from contract.codes import InstructionState
from escrow import executor, intake, outbox, service
from escrow.callers import Caller
from escrow.money import Money
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.tables import claims, instructions, notices
from tests.escrow.asking import (
    ALICE,
    LAMPS,
    LATER,
    OMAR,
    TUNDE,
    asked,
    builtins,
    confirmed,
    fire_until,
    order,
    refused,
    usd,
)
from tests.escrow.worlds import MADE

DRILL_BITS, WALL_LAMPS, BOXES, STREET_LAMPS = (
    "TA-20950-3310",
    "TA-20951-0007",
    "TA-20931-6650",
    "TA-31200-0450",
)
NINGBO = Caller("ningbo-tools", "ningbo-tools", "supplier", "c4", "c4-2")
LUMEN = Caller("shenzhen-lumen", "shenzhen-lumen", "supplier", "c4", "c4-3")
SARA = Caller("sara", "desk", "supervisor", "c6", "c6-1")
PAID, QUICK = MADE - timedelta(hours=1), MADE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
REFUND = f"REF-{DRILL_BITS}-1"


def cancelled(
    world: Database, who: Caller = ALICE, id: str = DRILL_BITS, now: datetime = LATER
) -> dict[str, Any]:
    return confirmed(world, who, asked(world, who, "cancel", now, order=id), now)


def answered(world: Database, id: str, result: str, at: datetime = LATER) -> None:
    outcome = InstructionState(result)
    world.write(lambda work: executor.result(work, id, outcome, actor="executor:bank", at=at))


def paid(world: Database, id: str, minor: int, payment: str = "PSP-late", currency: str = "USD") -> None:
    amount = Money(minor, currency)
    world.write(lambda work: intake.pay(work, id, amount, payment=payment, at=LATER))


def sums(world: Database, id: str) -> dict[str, int]:
    told: dict[str, Any] = order(world, id)["money"]
    return {name: told[name]["minor"] for name in ("paid", "held", "released", "refunded")}


def refunds(world: Database, id: str) -> list[tuple[str, int, str]]:
    wanted = select(instructions).where(instructions.c.order_id == id, instructions.c.kind == "refund")
    rows = world.read(lambda work: list(work.connection.execute(wanted.order_by(instructions.c.id))))
    return [(row.state, row.amount, row.refers_to) for row in rows]


def told(world: Database, id: str) -> list[tuple[str, str]]:
    """What was told of an order since the world was made, and to which account."""
    wanted = select(notices.c.kind, notices.c.account).where(
        notices.c.order_id == id, notices.c.accepted_at.is_(None)
    )
    return [tuple(row) for row in world.read(lambda work: list(work.connection.execute(wanted)))]


def both(kind: str, supplier: str = "ningbo-tools") -> list[tuple[str, str]]:
    return [(kind, "adeyemi-trading"), (kind, supplier)]


# An order that is not paid


@pytest.mark.parametrize("who", [ALICE, TUNDE, LUMEN], ids=lambda who: who.sub)
def test_either_side_cancels_an_order_that_is_not_paid_at_no_cost(world: Database, who: Caller) -> None:
    quote = asked(world, who, "cancel", order=WALL_LAMPS)
    assert (quote["effect"], quote["postings"], quote["preview"]) == ({"new_state": "cancelled"}, [], {})
    assert quote["signatures"] == [who.role]
    assert confirmed(world, who, quote)["done"]
    assert order(world, WALL_LAMPS)["state"] == "cancelled"
    assert told(world, WALL_LAMPS) == both("order_called_off", "shenzhen-lumen")
    fire_until(world, MADE + timedelta(days=90))
    assert order(world, WALL_LAMPS)["state"] == "cancelled"


@pytest.mark.parametrize("who", [NINGBO, Caller("chen", "chen-instruments", "buyer", "c3", "c3-2")])
def test_nobody_elses_order_is_there_to_be_cancelled(world: Database, who: Caller) -> None:
    with refused("not_found"):
        asked(world, who, "cancel", order=WALL_LAMPS)


def test_an_agent_cancels_nothing(world: Database) -> None:
    with refused("not_found"):
        asked(world, OMAR, "cancel", order=DRILL_BITS)


# A paid order


def test_the_quote_of_a_buyers_cancel_shows_what_goes_back_exactly_and_moves_nothing(world: Database) -> None:
    before, quote = order(world, DRILL_BITS), asked(world, ALICE, "cancel", order=DRILL_BITS)
    assert quote["effect"] == {"amount": usd(7520), "new_state": "refunding"}
    assert quote["postings"] == [
        {"account": f"2000:{DRILL_BITS}", "debit": usd(7520)},
        {"account": f"2200:adeyemi-trading:{DRILL_BITS}", "credit": usd(7520)},
    ]
    assert quote["preview"] == {"cancellable_until": "2026-11-24T10:00:00Z"}
    assert order(world, DRILL_BITS) == before


def test_a_buyer_cancels_within_two_hours_and_all_goes_back_to_the_payment(world: Database) -> None:
    cancelled(world)
    found = order(world, DRILL_BITS)
    assert found["state"] == "refunding" and found["refund"] == {"state": "pending", "amount": usd(7520)}
    assert sums(world, DRILL_BITS) == {"paid": 7520, "held": 0, "released": 0, "refunded": 7520}
    assert refunds(world, DRILL_BITS) == [("pending", 7520, f"PSP-{DRILL_BITS}")]
    assert (found["next"]["who"], found["next"]["what"]) == ("platform", "refund")
    assert found["next"]["by"] == "2026-11-25T09:01:00Z"
    assert told(world, DRILL_BITS) == both("order_cancelled_by_buyer")


def test_the_last_second_is_in_time_and_the_next_one_says_when_it_ended_and_what_would_help(
    world: Database,
) -> None:
    quote = asked(world, ALICE, "cancel", QUICK - timedelta(seconds=1), order=DRILL_BITS)
    with refused("cancel_too_late"):
        confirmed(world, ALICE, quote, QUICK)
    with refused("cancel_too_late") as refusal:
        asked(world, ALICE, "cancel", QUICK, order=DRILL_BITS)
    assert refusal.value.what_next == "open_claim"
    assert refusal.value.facts == {"order": DRILL_BITS, "reason": "not_shipped", "ended_at": QUICK}
    assert confirmed(world, ALICE, quote, QUICK - timedelta(seconds=1))["done"]


def test_a_buyer_with_a_claim_is_shown_the_claim_when_it_is_too_late_to_cancel(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=DRILL_BITS, reason="not_shipped", share="1/1")
    confirmed(world, ALICE, quote)
    with refused("cancel_too_late") as refusal:
        asked(world, ALICE, "cancel", QUICK, order=DRILL_BITS)
    assert refusal.value.what_next == "see_claim"


def test_a_supplier_cancels_at_any_time_before_shipping(world: Database) -> None:
    cancelled(world, NINGBO, now=QUICK + timedelta(days=20))
    assert order(world, DRILL_BITS)["state"] == "refunding"
    assert told(world, DRILL_BITS)[-2:] == both("order_cancelled_by_supplier")


def test_what_is_shipped_is_cancelled_by_nobody(world: Database) -> None:
    for who, id in ((ALICE, "TA-20944-1002"), (LUMEN, "TA-20944-1002"), (ALICE, LAMPS), (NINGBO, BOXES)):
        with refused("wrong_state"):
            asked(world, who, "cancel", order=id)


@pytest.mark.parametrize("share", ["1/1", "1/2"])
@pytest.mark.parametrize("who", [ALICE, NINGBO], ids=lambda who: who.role)
def test_an_open_claim_is_paid_by_the_cancel_and_ends(world: Database, who: Caller, share: str) -> None:
    quote = asked(world, ALICE, "open_claim", order=DRILL_BITS, reason="not_shipped", share=share)
    claim = confirmed(world, ALICE, quote)["claim"]
    cancelled(world, who)
    assert sums(world, DRILL_BITS) == {"paid": 7520, "held": 0, "released": 0, "refunded": 7520}
    row = world.read(lambda work: work.connection.execute(select(claims).where(claims.c.id == claim)).one())
    assert (row.state, row.open) == ("closed_paid", 0)
    view = builtins(world.read(lambda work: service.claim(work, OMAR, claim, LATER)))
    assert (view["held"], view["next"]["who"]) == (usd(0), "nobody")
    fire_until(world, MADE + timedelta(days=8))


def test_the_second_cancel_finds_nothing_to_cancel(world: Database) -> None:
    cancelled(world)
    for who in (ALICE, NINGBO):
        with refused("wrong_state"):
            asked(world, who, "cancel", order=DRILL_BITS)


# An order that is never shipped

SHIP_BY = datetime.fromisoformat("2026-12-01T08:00:00Z")
BACK = SHIP_BY + timedelta(days=30)


def test_what_is_never_shipped_goes_back_by_itself_after_both_were_told_three_times(world: Database) -> None:
    assert order(world, DRILL_BITS)["ship_by"] == "2026-12-01T08:00:00Z"
    for instant, kind in (
        (SHIP_BY, "order_late"),
        (BACK - timedelta(days=7), "order_unshipped_soon"),
        (BACK - timedelta(days=1), "order_unshipped_soon"),
    ):
        world.write(outbox.accept_all)
        fire_until(world, instant - timedelta(seconds=1))
        assert told(world, DRILL_BITS) == []
        fire_until(world, instant)
        assert told(world, DRILL_BITS) == both(kind)
    fire_until(world, BACK - timedelta(seconds=1))
    assert order(world, DRILL_BITS)["state"] == "funded"
    world.write(outbox.accept_all)
    fire_until(world, BACK)
    assert order(world, DRILL_BITS)["state"] == "refunding"
    assert told(world, DRILL_BITS) == both("order_unshipped")
    assert refunds(world, DRILL_BITS) == [("pending", 7520, f"PSP-{DRILL_BITS}")]


def test_until_the_day_to_ship_it_is_waited_for_and_then_until_the_money_goes_back(world: Database) -> None:
    def next_at(now: datetime) -> dict[str, Any]:
        found: dict[str, Any] = builtins(world.read(lambda work: service.order(work, OMAR, DRILL_BITS, now)))
        assert found["refund_at"] == "2026-12-31T08:00:00Z"
        told: dict[str, Any] = found["next"]
        return told

    first = next_at(LATER)
    assert (first["who"], first["what"], first["by"]) == ("supplier", "ship", "2026-12-01T08:00:00Z")
    assert (first["otherwise"], first["overdue"]) == ("claim_possible", False)
    fire_until(world, SHIP_BY + MINUTE)
    late = next_at(SHIP_BY + MINUTE)
    assert (late["what"], late["by"], late["overdue"]) == ("ship_or_refund", "2026-12-31T08:00:00Z", True)
    assert late["otherwise"] == "refunded"


def test_what_is_shipped_in_time_does_not_go_back(world: Database) -> None:
    world.write(lambda work: intake.ship(work, DRILL_BITS, at=BACK - timedelta(seconds=1)))
    fire_until(world, BACK + timedelta(days=1))
    assert order(world, DRILL_BITS)["state"] == "shipped"
    assert refunds(world, DRILL_BITS) == []


def test_a_claim_that_nothing_was_shipped_is_paid_when_it_goes_back_by_itself(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=DRILL_BITS, reason="not_shipped", share="1/2")
    claim = confirmed(world, ALICE, quote)["claim"]
    fire_until(world, BACK)
    assert sums(world, DRILL_BITS)["refunded"] == 7520
    view = builtins(world.read(lambda work: service.claim(work, OMAR, claim, BACK)))
    assert view["state"] == "closed_paid"
    assert ("claim_paid", "ningbo-tools") in told(world, DRILL_BITS)


# What becomes of the refund


def test_the_refund_arrives_and_the_order_is_over(world: Database) -> None:
    cancelled(world)
    answered(world, REFUND, "settled")
    found = order(world, DRILL_BITS)
    assert (found["state"], found["next"]["who"]) == ("refunded", "nobody")
    assert found["refund"] == {"state": "settled", "amount": usd(7520)}
    assert told(world, DRILL_BITS)[-1:] == [("refund_sent", "adeyemi-trading")]
    with refused("fully_refunded"):
        asked(world, ALICE, "open_claim", order=DRILL_BITS, reason="not_shipped", share="1/1")


def test_the_demos_bank_sends_refunds_too(world: Database) -> None:
    cancelled(world)
    fire_until(world, LATER + timedelta(minutes=1))
    assert order(world, DRILL_BITS)["state"] == "refunded"


@pytest.mark.parametrize("result", ["failed", "returned"])
def test_a_refund_that_did_not_arrive_keeps_the_order_open_and_the_buyer_told(
    world: Database, result: str
) -> None:
    cancelled(world)
    answered(world, REFUND, result)
    found = order(world, DRILL_BITS)
    assert found["state"] == "refunding" and found["refund"]["state"] == result
    assert (found["next"]["what"], found["next"]["by"]) == ("refund_again", "2026-11-25T09:01:00Z")
    assert told(world, DRILL_BITS)[-1] == (f"refund_{result}", "adeyemi-trading")
    assert (f"refund_{result}", "ningbo-tools") not in told(world, DRILL_BITS)


def test_an_outcome_that_is_unknown_ends_with_the_word_that_comes_later(world: Database) -> None:
    cancelled(world)
    answered(world, REFUND, "unknown")
    assert order(world, DRILL_BITS)["state"] == "refunding"
    answered(world, REFUND, "settled")
    assert order(world, DRILL_BITS)["state"] == "refunded"


def test_a_refund_that_the_bank_sends_back_later_is_owed_again(world: Database) -> None:
    cancelled(world)
    answered(world, REFUND, "settled")
    answered(world, REFUND, "returned")
    found = order(world, DRILL_BITS)
    assert (found["state"], found["refund"]["state"]) == ("refunding", "returned")
    assert sums(world, DRILL_BITS)["refunded"] == 7520


def test_the_same_result_twice_is_booked_once_and_another_one_is_refused(world: Database) -> None:
    cancelled(world)
    for _ in range(2):
        answered(world, REFUND, "settled")
    with refused("result_out_of_order"):
        answered(world, REFUND, "failed")
    kinds = [entry["kind"] for entry in journal_of(world)]
    assert kinds.count("E7") == 2, "one journal of two postings"


def journal_of(world: Database) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = builtins(world.read(lambda work: service.journal(work, DRILL_BITS)))[
        "items"
    ]
    return found


@pytest.mark.parametrize("result", ["failed", "returned"])
def test_a_refund_that_did_not_arrive_is_paid_again_to_the_same_payment(world: Database, result: str) -> None:
    cancelled(world)
    answered(world, REFUND, result)
    confirmed(world, SARA, asked(world, SARA, "pay_again", instruction=REFUND))
    found = order(world, DRILL_BITS)
    assert found["refund"] == {"state": "pending", "amount": usd(7520)}
    assert (found["state"], found["next"]["what"]) == ("refunding", "refund")
    assert refunds(world, DRILL_BITS)[1] == ("pending", 7520, f"PSP-{DRILL_BITS}")
    answered(world, f"REF-{DRILL_BITS}-2", "settled")
    found = order(world, DRILL_BITS)
    assert (found["state"], found["refund"]) == ("refunded", {"state": "settled", "amount": usd(7520)})


def test_of_two_refunds_the_one_that_did_not_arrive_is_told_and_paid_again_alone(world: Database) -> None:
    paid(world, DRILL_BITS, 300)
    cancelled(world)
    answered(world, REFUND, "settled")
    answered(world, f"REF-{DRILL_BITS}-2", "failed")
    assert order(world, DRILL_BITS)["refund"] == {"state": "failed", "amount": usd(7520)}
    confirmed(world, SARA, asked(world, SARA, "pay_again", instruction=f"REF-{DRILL_BITS}-2"))
    assert refunds(world, DRILL_BITS)[2] == ("pending", 7520, f"PSP-{DRILL_BITS}")
    answered(world, f"REF-{DRILL_BITS}-3", "settled")
    assert order(world, DRILL_BITS)["state"] == "refunded"


# What is paid too late, or twice


def test_a_payment_for_a_cancelled_order_is_booked_and_sent_back(world: Database) -> None:
    cancelled(world, id=WALL_LAMPS)
    paid(world, WALL_LAMPS, 99000)
    found = order(world, WALL_LAMPS)
    assert (found["state"], found["next"]["what"]) == ("cancelled", "refund")
    assert sums(world, WALL_LAMPS) == {"paid": 99000, "held": 0, "released": 0, "refunded": 99000}
    assert refunds(world, WALL_LAMPS) == [("pending", 99000, "PSP-late")]
    assert told(world, WALL_LAMPS)[-2:] == both("payment_sent_back", "shenzhen-lumen")
    answered(world, f"REF-{WALL_LAMPS}-1", "settled")
    found = order(world, WALL_LAMPS)
    assert (found["state"], found["next"]["who"]) == ("cancelled", "nobody")


@pytest.mark.parametrize("id", [DRILL_BITS, "TA-20944-1002", LAMPS, "TA-20931-7714", STREET_LAMPS, BOXES])
def test_what_is_paid_again_goes_back_wherever_the_order_stands(world: Database, id: str) -> None:
    before = order(world, id)
    paid(world, id, 500)
    after = order(world, id)
    assert after["state"] == before["state"]
    assert after["money"]["refunded"] == usd(500)
    for name in ("held", "released"):
        assert after["money"][name] == before["money"][name]
    assert refunds(world, id) == [("pending", 500, "PSP-late")]


def test_a_payment_for_a_refunded_order_goes_back_and_the_order_stays_over(world: Database) -> None:
    cancelled(world)
    answered(world, REFUND, "settled")
    paid(world, DRILL_BITS, 7520)
    answered(world, f"REF-{DRILL_BITS}-2", "settled")
    assert order(world, DRILL_BITS)["state"] == "refunded"
    assert sums(world, DRILL_BITS) == {"paid": 15040, "held": 0, "released": 0, "refunded": 15040}


def test_an_order_is_refunded_only_when_what_was_paid_meanwhile_is_there_too(world: Database) -> None:
    cancelled(world)
    paid(world, DRILL_BITS, 300)
    answered(world, REFUND, "settled")
    assert order(world, DRILL_BITS)["state"] == "refunding"
    answered(world, f"REF-{DRILL_BITS}-2", "settled")
    assert order(world, DRILL_BITS)["state"] == "refunded"


def test_a_cancel_after_something_was_paid_twice_sends_back_the_rest_alone(world: Database) -> None:
    paid(world, DRILL_BITS, 300)
    quote = asked(world, ALICE, "cancel", order=DRILL_BITS)
    assert quote["effect"]["amount"] == usd(7520)
    confirmed(world, ALICE, quote)
    assert refunds(world, DRILL_BITS) == [
        ("pending", 300, "PSP-late"),
        ("pending", 7520, f"PSP-{DRILL_BITS}"),
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "payment", "code"),
    [
        (100, "EUR", "PSP-x", "wrong_currency"),
        (0, "USD", "PSP-x", "amount_not_positive"),
        (-5, "USD", "PSP-x", "amount_not_positive"),
        (7520, "USD", f"PSP-{DRILL_BITS}", "payment_known"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_changes_nothing(
    world: Database, minor: int, currency: str, payment: str, code: str
) -> None:
    before = order(world, DRILL_BITS)
    with pytest.raises(Refusal) as refusal:
        paid(world, DRILL_BITS, minor, payment, currency)
    assert refusal.value.code == code
    assert order(world, DRILL_BITS) == before


# What comes back from the supplier's bank after the end


def test_a_payout_that_comes_back_after_the_order_was_closed_opens_it_again(world: Database) -> None:
    assert order(world, BOXES)["state"] == "closed"
    answered(world, f"PAY-{BOXES}-1", "returned")
    found = order(world, BOXES)
    assert (found["state"], found["next"]["what"]) == ("releasing", "pay_out_again")
    world.write(outbox.accept_all)
