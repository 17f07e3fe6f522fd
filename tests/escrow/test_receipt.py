"""Receipt: whoever confirms it releases what no claim holds; in the demo world, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.codes import OrderState
from escrow import intake
from escrow.callers import Caller
from escrow.store.database import Database
from tests.escrow.asking import (
    ALICE,
    CHEN,
    GRINDERS,
    LAMPS,
    LATER,
    LUMEN,
    TUNDE,
    asked,
    confirmed,
    fire_until,
    journal,
    order,
    refused,
    usd,
)

FLOODLIGHTS, DRILL_BITS, WALL_LAMPS, WRENCHES = (
    "TA-20944-1002",
    "TA-20950-3310",
    "TA-20951-0007",
    "TA-40015-2200",
)
DRILLS = "TA-20931-7714"
SOON = LATER + timedelta(minutes=5)


def receipt(world: Database, id: str, who: Caller = ALICE, now: datetime = LATER) -> dict[str, Any]:
    return asked(world, who, "confirm_receipt", now, order=id)


def claimed(world: Database, id: str, share: str, reason: str = "damaged") -> None:
    quote = asked(world, ALICE, "open_claim", order=id, reason=reason, share=share)
    confirmed(world, ALICE, quote)


# A delivered order


def test_the_quote_of_a_receipt_shows_what_is_released_exactly_and_moves_nothing(world: Database) -> None:
    before, quote = order(world, LAMPS), receipt(world, LAMPS)
    assert quote["effect"] == {"amount": usd(128000), "held": usd(0), "new_state": "releasing"}
    assert quote["postings"] == [
        {"account": f"2000:{LAMPS}", "debit": usd(128000)},
        {"account": f"2100:shenzhen-lumen:{LAMPS}", "credit": usd(128000)},
    ]
    assert quote["signatures"] == ["buyer"] and quote["order"] == LAMPS and "claim" not in quote
    assert order(world, LAMPS) == before


def test_a_yes_releases_what_was_shown_and_the_supplier_is_paid(world: Database) -> None:
    quote = receipt(world, LAMPS)
    done = confirmed(world, ALICE, quote)
    assert done == {"quote_id": quote["quote_id"], "order": LAMPS, "done": True}
    released = order(world, LAMPS)
    assert released["state"] == OrderState.RELEASING
    assert (released["money"]["held"], released["money"]["released"]) == (usd(0), usd(128000))
    assert [row["kind"] for row in journal(world, LAMPS)][-2:] == ["E4", "E4"]
    assert released["payout"] == {"state": "pending", "amount": usd(128000)}
    fire_until(world, SOON)
    assert order(world, LAMPS)["state"] == OrderState.COMPLETED


def test_the_end_of_the_claim_window_stays_where_it_was_after_a_receipt(world: Database) -> None:
    quote = receipt(world, LAMPS)
    delivered = datetime.fromisoformat(order(world, LAMPS)["delivered_at"])
    until = datetime.fromisoformat(quote["preview"]["claim_until"])
    assert timedelta(days=30) < until - delivered <= timedelta(days=31, hours=1)
    confirmed(world, ALICE, quote)
    fire_until(world, SOON)
    assert order(world, LAMPS)["next"]["by"] == quote["preview"]["claim_until"]


def test_beside_a_claim_the_rest_alone_is_released_and_the_state_stays(world: Database) -> None:
    claimed(world, LAMPS, "1/4")
    quote = receipt(world, LAMPS)
    assert quote["effect"] == {"amount": usd(96000), "held": usd(32000), "new_state": "delivered"}
    confirmed(world, ALICE, quote)
    beside = order(world, LAMPS)
    assert (beside["state"], beside["money"]["on_claim"]) == ("delivered", usd(32000))
    assert beside["money"]["released"] == usd(96000)
    assert journal(world, LAMPS)[-1]["kind"] == "E3"


@pytest.mark.parametrize("twice", [False, True], ids=["claimed whole", "the rest was released before"])
def test_where_a_claim_holds_all_that_is_left_there_is_nothing_to_release(
    world: Database, twice: bool
) -> None:
    claimed(world, LAMPS, "1/4" if twice else "1/1")
    if twice:
        confirmed(world, ALICE, receipt(world, LAMPS))
    with refused("nothing_to_release") as refusal:
        receipt(world, LAMPS)
    assert refusal.value.what_next == "see_claim" and refusal.value.facts == {"order": LAMPS}


# A shipped one


def test_the_receipt_of_a_shipped_order_is_its_delivery_now_and_its_release(world: Database) -> None:
    quote = receipt(world, FLOODLIGHTS)
    assert quote["effect"] == {"amount": usd(215000), "held": usd(0), "new_state": "releasing"}
    until = datetime.fromisoformat(quote["preview"]["claim_until"])
    assert timedelta(days=30) < until - LATER <= timedelta(days=31, hours=1)
    confirmed(world, ALICE, quote, SOON)
    received = order(world, FLOODLIGHTS)
    assert received["state"] == OrderState.RELEASING and received["money"]["released"] == usd(215000)
    assert datetime.fromisoformat(received["delivered_at"]) == SOON


def test_beside_a_claim_a_shipped_order_is_delivered_and_the_rest_released(world: Database) -> None:
    claimed(world, FLOODLIGHTS, "1/2", "not_delivered")
    quote = receipt(world, FLOODLIGHTS)
    assert quote["effect"] == {"amount": usd(107500), "held": usd(107500), "new_state": "delivered"}
    confirmed(world, ALICE, quote)
    assert order(world, FLOODLIGHTS)["state"] == OrderState.DELIVERED


# Where it is refused


@pytest.mark.parametrize(
    ("id", "who", "state"),
    [
        (DRILL_BITS, ALICE, "funded"),
        (WALL_LAMPS, ALICE, "awaiting_payment"),
        (DRILLS, ALICE, "releasing"),
        (GRINDERS, Caller("bruno", "bruno-comercio", "buyer", "c", "t"), "closed"),
    ],
)
def test_what_was_not_shipped_or_is_released_already_cannot_be_received(
    world: Database, id: str, who: Caller, state: str
) -> None:
    with refused("wrong_state") as refusal:
        receipt(world, id, who)
    assert refusal.value.facts["state"] == state and refusal.value.what_next == "see_order"


@pytest.mark.parametrize("who", [CHEN, LUMEN])
def test_nobody_but_its_buyer_confirms_a_receipt(world: Database, who: Caller) -> None:
    with refused("not_found"):
        receipt(world, LAMPS, who)


def test_another_person_of_the_buyers_account_may(world: Database) -> None:
    assert confirmed(world, TUNDE, receipt(world, LAMPS, TUNDE))["done"]


def test_a_receipt_is_done_once_and_not_after_the_silence_has_done_it(world: Database) -> None:
    quote = receipt(world, LAMPS)
    assert confirmed(world, ALICE, quote) == confirmed(world, ALICE, quote)
    release = datetime.fromisoformat(order(world, "20001234567890123")["next"]["by"])
    late = receipt(world, "20001234567890123", now=release - timedelta(minutes=5))
    fire_until(world, release)
    with refused("wrong_state"):
        confirmed(world, ALICE, late, release + timedelta(minutes=1))


def test_a_delivery_between_the_look_and_the_yes_is_shown_again_first(world: Database) -> None:
    """Of an order of which a claim keeps a part: else the effect is the same, and done as shown."""
    claimed(world, FLOODLIGHTS, "1/1", "not_delivered")
    quote = receipt(world, FLOODLIGHTS)
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=LATER))
    with refused("nothing_to_release"):
        confirmed(world, ALICE, quote)


def test_what_the_notice_says_went_to_the_supplier_is_what_went(world: Database) -> None:
    confirmed(world, ALICE, receipt(world, LAMPS))
    page = world.read(lambda work: [row for row in work.notices.after(0) if row.kind == "order_received"])
    assert {row.account for row in page} == {"adeyemi-trading", "shenzhen-lumen"}
    assert all('"released":{"minor":128000' in row.facts.replace(" ", "") for row in page)
