"""A notice names what its own step moved, in its words: not what has moved of the order in all."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from contract.codes import InstructionState, Reason, Tell
from escrow import executor, outbox
from escrow.callers import Caller
from escrow.clocks import Clock
from escrow.store.database import Database
from escrow.store.work import Work
from messenger.notices import facts_of
from messenger.wording import Voice, Words
from tests.escrow.asking import ALICE, LAMPS, LATER, asked, confirmed, fire_until, notices
from tests.escrow.told import DAY, NOW, agreed, tell
from tests.escrow.worlds import MADE

WORDS = Words()
FLOODLIGHTS = "TA-20944-1002"
LUMEN = Caller("shenzhen-lumen", "shenzhen-lumen", "supplier", "c4", "c4-2")


def said(world: Database, kind: Tell, order: str = "TA-1") -> list[tuple[str, str]]:
    """As it is read, by role; oldest first."""
    items = [each for each in notices(world)["items"] if each["kind"] == kind and each["order"] == order]
    return [(each["role"], _read(each)) for each in items]


def _read(item: dict[str, Any]) -> str:
    voice = Voice("en", "en", "Africa/Lagos", LATER)
    return WORDS.render(f"notice.{item['kind']}.{item['role']}", facts_of(item, item["role"]), voice)


def last(world: Database, kind: Tell, order: str = "TA-1") -> dict[str, str]:
    return dict(said(world, kind, order))


def paid(trade: Database, minor: int, n: int) -> None:
    amount = {"minor": minor, "currency": "USD"}
    tell(trade, "paid", f"pay-{n}", payment=f"PSP-{n}", amount=amount)


def settle(id: str, work: Work) -> None:
    executor.result(work, id, InstructionState.SETTLED, actor="executor:bank", at=NOW)


def settled(trade: Database) -> None:
    """All that is on its way back is there."""
    pending = trade.read(lambda work: executor.listed(work, InstructionState.PENDING, None)).items
    for each in pending:
        if each.order == "TA-1":
            trade.write(partial(settle, each.id))


@pytest.fixture
def overpaid(trade: Database) -> Database:
    """US$100.00 are in escrow; US$115.00 and US$7.77 more came, and go back."""
    agreed(trade)
    for n, minor in enumerate((100_00, 115_00, 7_77)):
        paid(trade, minor, n)
    return trade


# What goes back


def test_each_payment_too_much_is_told_with_its_own_sum(overpaid: Database) -> None:
    for role in ("buyer", "supplier"):
        first, second = [text for who, text in said(overpaid, Tell.PAYMENT_SENT_BACK) if who == role]
        assert "US$115.00" in first and "US$7.77" in second and "122" not in second


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize(
    ("who", "kind"),
    [(ALICE, Tell.ORDER_CANCELLED_BY_BUYER), (LUMEN, Tell.ORDER_CANCELLED_BY_SUPPLIER)],
)
def test_a_cancel_tells_what_it_gives_back(
    overpaid: Database, who: Caller, kind: Tell, arrived: bool
) -> None:
    if arrived:
        settled(overpaid)
    confirmed(overpaid, who, asked(overpaid, who, "cancel", NOW, order="TA-1"), NOW)
    told = last(overpaid, kind)
    assert set(told) == {"buyer", "supplier"}
    assert all("US$100.00" in text and "222" not in text for text in told.values())


def test_what_was_never_shipped_is_told_with_what_goes_back_by_it(overpaid: Database) -> None:
    overpaid.write(outbox.accept_all)
    fire_until(overpaid, NOW + 90 * DAY)
    told = last(overpaid, Tell.ORDER_UNSHIPPED)
    assert set(told) == {"buyer", "supplier"}
    assert all("US$100.00" in text and "222" not in text for text in told.values())


# What is released


def claimed(
    world: Database, order: str, share: str, reason: Reason = Reason.DAMAGED, now: datetime = LATER
) -> None:
    quote = asked(world, ALICE, "open_claim", now, order=order, reason=reason, share=share)
    confirmed(world, ALICE, quote, now)


def received(world: Database, order: str) -> None:
    confirmed(world, ALICE, asked(world, ALICE, "confirm_receipt", order=order))


def test_a_receipt_beside_a_claim_names_what_goes_and_what_stays(world: Database) -> None:
    claimed(world, LAMPS, "1/4")
    received(world, LAMPS)
    told = last(world, Tell.ORDER_REST_RELEASED, LAMPS)
    assert set(told) == {"buyer", "supplier"}
    assert all("US$960.00" in text and "US$320.00 stays" in text for text in told.values())


def test_a_silence_beside_a_claim_names_what_goes_and_what_stays(world: Database) -> None:
    claimed(world, LAMPS, "1/4")
    fire_until(world, MADE + timedelta(days=3))
    told = last(world, Tell.ORDER_REST_RELEASED, LAMPS)
    assert all("US$960.00" in text and "US$320.00 stays" in text for text in told.values()) and told


def test_a_receipt_of_what_was_shipped_names_what_goes_and_what_stays_for_the_claim(world: Database) -> None:
    claimed(world, FLOODLIGHTS, "1/2", Reason.NOT_DELIVERED)
    received(world, FLOODLIGHTS)
    told = last(world, Tell.ORDER_REST_RELEASED, FLOODLIGHTS)
    assert set(told) == {"buyer", "supplier"}
    assert all(text.count("US$1,075.00") == 2 for text in told.values())
    assert not said(world, Tell.ORDER_DELIVERED, FLOODLIGHTS)


def test_a_receipt_of_what_is_claimed_whole_says_that_all_of_it_stays(world: Database) -> None:
    claimed(world, FLOODLIGHTS, "1/1", Reason.NOT_DELIVERED)
    received(world, FLOODLIGHTS)
    told = last(world, Tell.ORDER_DELIVERED, FLOODLIGHTS)
    assert set(told) == {"buyer", "supplier"}
    assert all("US$2,150.00 stays in escrow until" in text for text in told.values())
    assert not any("if nothing is said" in text for text in told.values())


@pytest.mark.parametrize("share", ["1/2", "1/1"])
def test_the_clocks_of_what_was_received_beside_a_claim_start_with_its_notice(
    world: Database, share: str
) -> None:
    claimed(world, FLOODLIGHTS, share, Reason.NOT_DELIVERED)
    received(world, FLOODLIGHTS)
    timers = world.read(lambda work: work.timers.of(FLOODLIGHTS))
    assert timers[Clock.SILENT_RELEASE].started is None
    world.write(outbox.accept_all)
    assert world.read(lambda work: work.timers.of(FLOODLIGHTS))[Clock.SILENT_RELEASE].started is not None


def test_a_delivery_beside_a_claim_promises_the_supplier_only_what_is_not_claimed(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid")
    tell(trade, "shipped")
    late = NOW + 20 * DAY
    claimed(trade, "TA-1", "1/4", Reason.NOT_DELIVERED, late)
    tell(trade, "delivered", now=late)
    told = last(trade, Tell.ORDER_DELIVERED)
    assert all("US$75.00 in escrow" in text for text in told.values()) and told


# One that was kept before


def test_a_notice_of_before_tells_what_it_knew() -> None:
    money = {"released": {"minor": 5, "currency": "USD"}}
    assert facts_of({"facts": {"money": money}}, "buyer")["moved"] == money
