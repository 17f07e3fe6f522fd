"""What comes in for an order: in parts, too much, from somebody else, on its way, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contract.codes import Code, InstructionKind, OrderState, TaskWhy
from escrow import engine
from escrow.clocks import Clock
from escrow.position import Position
from escrow.store.database import Database
from tests.escrow.told import AGREED, DAY, HOUR, NOW, agreed, order, refused, tell

DUE = NOW + 10 * DAY
SHIP_BY, PROMISED = NOW + 20 * DAY, NOW + 40 * DAY
DEPOSIT: dict[str, Any] = {
    "deposit": 30_00,
    "balance_due": DUE.isoformat(),
    "ship_by": SHIP_BY.isoformat(),
    "promised_at": PROMISED.isoformat(),
}


def pay(trade: Database, minor: int, n: int = 1, **more: Any) -> str:
    amount = {"minor": minor, "currency": "USD"}
    told = {"amount": amount, "payment": f"PSP-{n}"}
    return tell(trade, "paid", f"pay-{n}", **told | more).state


def money(trade: Database, id: str = "TA-1") -> Position:
    return trade.read(lambda work: work.ledger.position(work.orders.get(id)))


def sent_back(trade: Database, id: str = "TA-1") -> dict[str, int]:
    """By payment, what is on its way back."""
    found = trade.read(lambda work: work.instructions.of(id, InstructionKind.REFUND))
    return {each.refers_to: each.amount.minor for each in found}


def tasks(trade: Database, id: str = "TA-1") -> list[str]:
    return [task.why for task in trade.read(lambda work: work.tasks.of(id)) if task.lasts]


def fire_until(trade: Database, at: Any) -> None:
    while trade.write(lambda work: engine.fire_next(work, at)):
        pass


# In parts


def test_a_deposit_waits_in_escrow_for_the_rest(trade: Database) -> None:
    agreed(trade, **DEPOSIT)
    assert pay(trade, 30_00) == "partly_funded"
    assert (money(trade).held.minor, order(trade).paid_at) == (30_00, NOW)
    assert pay(trade, 70_00, 2, now=NOW + 9 * DAY) == "funded"
    assert money(trade).held.minor == 100_00


def test_a_rest_in_time_moves_no_day_and_a_late_one_moves_both_by_as_much(trade: Database) -> None:
    for id, late in (("TA-1", timedelta()), ("TA-2", 3 * DAY)):
        agreed(trade, id, **DEPOSIT)
        pay(trade, 30_00, order=id, payment=f"{id}-1")
        pay(trade, 70_00, 2, order=id, payment=f"{id}-2", now=DUE + late)
        found = order(trade, id)
        assert (found.ship_by, found.promised_at) == (SHIP_BY + late, PROMISED + late)
        assert found.paid_at == NOW


def test_too_little_without_a_deposit_is_an_instalment_from_whose_day_the_delay_counts(
    trade: Database,
) -> None:
    agreed(trade, ship_by=SHIP_BY.isoformat())
    assert pay(trade, 99_99) == "partly_funded"
    assert pay(trade, 1, 2, now=NOW + 2 * DAY) == "funded"
    assert order(trade).ship_by == SHIP_BY + 2 * DAY


def test_many_instalments_are_as_good_as_one(trade: Database) -> None:
    agreed(trade)
    states = [pay(trade, 25_00, n) for n in range(4)]
    assert states == ["partly_funded"] * 3 + ["funded"]


def test_a_rest_that_does_not_come_is_a_desk_task_thirty_days_after_its_day(trade: Database) -> None:
    agreed(trade, **DEPOSIT)
    pay(trade, 30_00)
    timer = trade.read(lambda work: work.timers.of("TA-1"))[Clock.BALANCE]
    assert timer.due == DUE + 30 * DAY
    fire_until(trade, DUE + 30 * DAY - HOUR)
    assert tasks(trade) == []
    fire_until(trade, DUE + 30 * DAY)
    assert tasks(trade) == [TaskWhy.BALANCE_NOT_PAID]
    assert trade.read(lambda work: work.timers.of("TA-1"))[Clock.BALANCE].due == DUE + 31 * DAY
    pay(trade, 70_00, 2, now=DUE + 31 * DAY)
    assert tasks(trade) == []


def test_who_ships_before_the_rest_is_there_does_so_for_what_is_there(trade: Database) -> None:
    agreed(trade, **DEPOSIT)
    pay(trade, 30_00)
    assert tell(trade, "shipped").state == "shipped"
    assert (order(trade).ship_by, money(trade).held.minor) == (SHIP_BY, 30_00)
    assert pay(trade, 60_00, 2) == "shipped"
    assert tell(trade, "delivered").state == "delivered"
    assert pay(trade, 20_00, 3) == "delivered"
    assert (money(trade).held.minor, sent_back(trade)) == (100_00, {"PSP-3": 10_00})


# What does not fit


def test_what_is_over_goes_back_to_the_payment_that_brought_it(trade: Database) -> None:
    agreed(trade)
    assert pay(trade, 120_00) == "funded"
    assert (money(trade).held.minor, sent_back(trade)) == (100_00, {"PSP-1": 20_00})


def test_what_is_over_the_rest_goes_back_from_the_last_instalment(trade: Database) -> None:
    agreed(trade, **DEPOSIT)
    pay(trade, 30_00)
    assert pay(trade, 71_00, 2) == "funded"
    assert (money(trade).held.minor, sent_back(trade)) == (100_00, {"PSP-2": 1_00})


@pytest.mark.parametrize("events", [[], ["shipped"], ["shipped", "delivered"]])
def test_a_payment_that_comes_twice_goes_back_whole(trade: Database, events: list[str]) -> None:
    agreed(trade)
    pay(trade, 100_00)
    for event in events:
        tell(trade, event)
    state = order(trade).state
    assert pay(trade, 100_00, 2) == state
    assert (money(trade).held.minor, sent_back(trade)) == (100_00, {"PSP-2": 100_00})


def test_what_somebody_else_pays_goes_back_and_a_person_looks_at_it(trade: Database) -> None:
    agreed(trade)
    assert pay(trade, 100_00, payer="mallory") == "awaiting_payment"
    assert (money(trade).held.minor, sent_back(trade)) == (0, {"PSP-1": 100_00})
    assert tasks(trade) == [TaskWhy.PAID_BY_THIRD_PARTY]
    assert pay(trade, 100_00, 2, payer=AGREED["buyer"]) == "funded"


def test_the_same_payment_is_not_booked_twice_nor_for_two_orders(trade: Database) -> None:
    agreed(trade)
    agreed(trade, "TA-2")
    pay(trade, 50_00)
    with refused(Code.PAYMENT_KNOWN):
        tell(trade, "paid", "another", payment="PSP-1", amount={"minor": 50_00, "currency": "USD"})
    with refused(Code.BELONGS_ELSEWHERE):
        pay(trade, 50_00, order="TA-2")
    assert (money(trade).paid.minor, money(trade, "TA-2").paid.minor) == (50_00, 0)


def test_a_payment_in_another_currency_is_refused(trade: Database) -> None:
    agreed(trade)
    with refused(Code.WRONG_CURRENCY):
        tell(trade, "paid", amount={"minor": 100_00, "currency": "EUR"})


# On its way


def test_a_payment_on_its_way_stops_the_time_to_pay_until_it_is_known(trade: Database) -> None:
    agreed(trade)
    assert tell(trade, "payment_processing", now=NOW + 59 * DAY).state == "payment_processing"
    fire_until(trade, NOW + 61 * DAY)
    assert order(trade).state is OrderState.PAYMENT_PROCESSING
    assert pay(trade, 100_00, now=NOW + 61 * DAY) == "funded"
    assert order(trade).processing_since is None


def test_a_payment_that_fails_is_waited_for_again(trade: Database) -> None:
    agreed(trade)
    tell(trade, "payment_processing")
    assert tell(trade, "payment_failed", now=NOW + DAY).state == "awaiting_payment"
    assert trade.read(lambda work: work.timers.of("TA-1"))[Clock.PAY].due == NOW + 60 * DAY
    with refused(Code.WRONG_STATE):
        tell(trade, "payment_failed", "again")


def test_a_payment_of_which_nothing_is_known_for_a_day_is_a_desk_task_and_again(trade: Database) -> None:
    agreed(trade)
    tell(trade, "payment_processing")
    fire_until(trade, NOW + DAY - HOUR)
    assert tasks(trade) == []
    fire_until(trade, NOW + DAY)
    assert tasks(trade) == [TaskWhy.PAYMENT_UNANSWERED]
    assert trade.read(lambda work: work.timers.of("TA-1"))[Clock.PROCESSING].due == NOW + 2 * DAY
    pay(trade, 100_00, now=NOW + DAY)
    assert tasks(trade) == []


def test_the_rest_on_its_way_leaves_running_what_ran_before(trade: Database) -> None:
    agreed(trade, **DEPOSIT)
    pay(trade, 30_00)
    assert tell(trade, "payment_processing", now=NOW + DAY).state == "partly_funded"
    timers = trade.read(lambda work: work.timers.of("TA-1"))
    assert (timers[Clock.BALANCE].due, timers[Clock.PROCESSING].due) == (DUE + 30 * DAY, NOW + 2 * DAY)
    assert tell(trade, "payment_failed", now=NOW + DAY + HOUR).state == "partly_funded"
    fire_until(trade, NOW + 5 * DAY)
    assert tasks(trade) == []
    assert pay(trade, 70_00, 2, now=NOW + 5 * DAY) == "funded"
