"""What a late order brought pays a later one, in its currency, while it lasts; and comes back as credit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.codes import Role, Tell
from escrow import chart, engine, intake, outbox, service
from escrow.audit import audit
from escrow.machines.order import OrderEvent
from escrow.money import Money
from escrow.orders import Order
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.asking import (
    ALICE,
    LATER,
    TUNDE,
    asked,
    builtins,
    confirmed,
    fire_until,
    journal,
    order,
    refused,
)
from tests.escrow.test_goodwill import IVO, SARA
from tests.escrow.worlds import MADE, MOMENT, TOTAL, events, order_over_total

FLOODLIGHTS, LAMPS, NEW = "TA-20944-1002", "TA-20931-7741", "TA-1"
DAY = timedelta(days=1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def rich(world: Database) -> Database:
    """Alice has US$100 for the floodlights, which have come, and US$5 of goodwill that ends a day later."""
    quote = asked(world, ALICE, "ontime_credit", MADE, order=FLOODLIGHTS)
    confirmed(world, ALICE, quote, MADE)
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=MADE + MOMENT))
    told = {"amount": builtins_of(500), "because": "we were slow"}
    more = asked(world, SARA, "goodwill", MADE + DAY, order=LAMPS, **told)
    for who in (SARA, IVO):
        confirmed(world, who, more, MADE + DAY)
    world.write(lambda work: intake.make(work, order_over_total(work, NEW, MADE + DAY), at=MADE + DAY))
    return world


def builtins_of(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}


def pay(world: Database, cash: int, credit: int, at: datetime = MADE + 2 * DAY, n: int = 1) -> Order:
    """The payment has come, and the rest is taken from the credits."""
    return world.write(
        lambda work: intake.pay(work, NEW, usd(cash), payment=f"PSP-{n}", credit=usd(credit), at=at)
    )


def states(world: Database) -> dict[str, tuple[str, int]]:
    """Of all credits but the new order's own promise."""

    def read(work: Work) -> dict[str, tuple[str, int]]:
        all_of_them = [each for id in (FLOODLIGHTS, LAMPS, NEW) for each in work.credits.of(id)]
        found = {each.id: (str(each.state), each.unspent.minor) for each in all_of_them}
        return {id: state for id, state in found.items() if id != f"credit:{NEW}"}

    return world.read(read)


def usable(world: Database) -> int:
    credits = builtins(world.read(lambda work: service.my_money(work, ALICE, None)))["credits"]
    return sum(each["usable"]["minor"] for each in credits)


def test_it_is_paid_with_and_counts_as_paid(rich: Database) -> None:
    assert usable(rich) == 10_500
    assert pay(rich, 6_000, 4_000).state == "funded"
    money = order(rich, NEW)["money"]
    assert money["paid"] == money["held"] == builtins_of(TOTAL.minor)
    legs = [(each["account"], each.get("debit"), each.get("credit")) for each in journal(rich, NEW)]
    assert legs[-4:] == [
        ("1010", builtins_of(4_000), None),
        ("1020", None, builtins_of(4_000)),
        (f"2000:{NEW}", None, builtins_of(4_000)),
        ("2300:adeyemi-trading", builtins_of(4_000), None),
    ]
    assert states(rich)[f"credit:{FLOODLIGHTS}"] == ("spendable", 6_000)
    assert usable(rich) == 6_500


def test_what_ends_first_is_spent_first_and_then_the_next(rich: Database) -> None:
    assert pay(rich, 0, 10_000).state == "funded"
    assert states(rich) == {f"credit:{FLOODLIGHTS}": ("spent", 0), f"credit:{LAMPS}:1": ("spendable", 500)}


def test_what_is_paid_already_takes_no_more_credit(rich: Database) -> None:
    pay(rich, 1, 9_999)
    with refused("amount_above_cap"):
        pay(rich, 1, 1, n=2)
    assert usable(rich) == 501


@pytest.mark.parametrize(("cash", "credit", "code"), [(0, 10_001, "amount_above_cap"), (1, 10_000, None)])
def test_no_more_credit_is_spent_than_the_order_still_costs(
    rich: Database, cash: int, credit: int, code: str | None
) -> None:
    if code:
        with refused(code):
            pay(rich, cash, credit)
        assert usable(rich) == 10_500
    else:
        assert pay(rich, cash, credit).state == "funded"


def test_who_has_not_so_much_is_told_how_much_there_is(world: Database) -> None:
    world.write(lambda work: intake.make(work, order_over_total(work, NEW, MADE), at=MADE))
    with refused("credit_short") as wrong:
        pay(world, 0, 1)
    assert wrong.value.facts["usable"] == builtins_of(0)
    assert order(world, NEW)["state"] == "awaiting_payment"


def test_what_has_expired_and_what_waits_for_its_delivery_pays_nothing(world: Database) -> None:
    world.write(lambda work: intake.make(work, order_over_total(work, NEW, MADE), at=MADE))
    quote = asked(world, ALICE, "ontime_credit", MADE, order=FLOODLIGHTS)
    confirmed(world, ALICE, quote, MADE)
    with refused("credit_short"):
        pay(world, 0, 1)
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=MADE + MOMENT))
    end = datetime.fromisoformat("2027-02-22T23:00:00Z")
    with refused("credit_short"):
        pay(world, 0, 1, at=end)


def test_another_currency_pays_nothing(world: Database) -> None:
    """Chen's credit is in dinars."""
    five = {"minor": 5, "currency": "KWD"}
    quote = asked(world, SARA, "goodwill", order="TA-40015-2311", amount=five, because="we were slow")
    for who in (SARA, IVO):
        confirmed(world, who, quote)
    assert world.read(lambda work: work.credits.usable("chen-instruments", "USD", MADE)) == []


def test_over_two_credits_each_is_told_in_the_order_that_it_comes_from(rich: Database) -> None:
    def make(work: Work) -> None:
        big = replace(order_over_total(work, "TA-2", MADE + DAY), freight=usd(15_00))
        intake.make(work, big, at=MADE + DAY)
        at = MADE + 2 * DAY
        intake.pay(work, "TA-2", usd(0), payment="PSP-2", credit=usd(10_500), at=at)

    rich.write(make)
    told = {each.chain: json.loads(each.facts) for each in events(rich) if each.event == "credit.spend"}
    spent = {order: facts["spent"]["minor"] for order, facts in told.items()}
    assert spent == {FLOODLIGHTS: 10_000, LAMPS: 500}
    assert {facts["on"] for facts in told.values()} == {"TA-2"}
    assert {state for state, _ in states(rich).values()} == {"spent"} and usable(rich) == 0


def test_of_a_third_party_no_credit_is_taken_beside_its_money(rich: Database) -> None:
    who: dict[str, Any] = {"payment": "P", "payer": "mallory", "credit": usd(5)}
    with refused("wrong_state"):
        rich.write(lambda work: intake.pay(work, NEW, usd(5), at=MADE + 2 * DAY, **who))
    assert usable(rich) == 10_500


# It comes back as it was


def cancelled(world: Database, at: datetime) -> None:
    quote = asked(world, TUNDE, "cancel", at, order=NEW)
    confirmed(world, TUNDE, quote, at)


def test_of_a_cancelled_order_cash_goes_to_its_payment_and_the_rest_is_credit_again(rich: Database) -> None:
    paid_at = MADE + 2 * DAY
    pay(rich, 6_000, 4_000, paid_at)
    last = rich.read(lambda work: work.notices.last())
    cancelled(rich, paid_at + timedelta(minutes=5))
    refunds = rich.read(lambda work: [(each.kind, each.amount.minor) for each in work.instructions.of(NEW)])
    assert refunds == [("refund", 6_000)]
    money = order(rich, NEW)["money"]
    assert (money["refunded"], money["held"]) == (builtins_of(10_000), builtins_of(0))
    assert states(rich)[f"credit:{NEW}:2"] == ("spendable", 4_000)
    assert usable(rich) == 10_500
    told = {each.kind for each in rich.read(lambda work: outbox.notices_after(work, last)).items}
    assert Tell.CREDIT_BACK in told
    assert order(rich, NEW)["state"] == "refunding"
    fire_until(rich, paid_at + DAY)
    assert order(rich, NEW)["state"] == "refunded"


def test_what_was_paid_by_credit_alone_is_refunded_at_once(rich: Database) -> None:
    paid_at = MADE + 2 * DAY
    pay(rich, 0, 10_000, paid_at)
    cancelled(rich, paid_at + timedelta(minutes=5))
    assert order(rich, NEW)["state"] == "refunded"
    assert rich.read(lambda work: work.instructions.of(NEW)) == []
    assert usable(rich) == 10_500
    own, owed = rich.read(
        lambda work: (work.ledger.balance(chart.OWN_FUNDS(), "USD"), work.ledger.total(chart.CREDIT, "USD"))
    )
    assert (own, owed) == (5_000_000, -10_500)


def test_a_refunded_order_takes_back_what_was_not_spent_of_its_credit_and_leaves_nothing_to_ask(
    world: Database,
) -> None:
    def make(work: Work) -> None:
        order = order_over_total(work, NEW, MADE - 12 * DAY)
        intake.make(work, order, at=MADE - 12 * DAY)
        intake.pay(work, NEW, TOTAL, payment="PSP-1", at=MADE - 12 * DAY + MOMENT)

    world.write(make)
    confirmed(world, ALICE, asked(world, ALICE, "ontime_credit", MADE, order=NEW), MADE)
    last = world.read(lambda work: work.notices.last())

    def undo(work: Work) -> None:
        order = work.orders.lock(NEW)
        actor = f"{Role.SUPPLIER}:shenzhen-lumen"
        engine.apply(work, order, OrderEvent.SUPPLIER_CANCEL, order, actor=actor, at=MADE + MOMENT)

    world.write(undo)
    (revoked,) = world.read(lambda work: list(work.credits.of(NEW)))
    assert (revoked.state, revoked.unspent.minor) == ("revoked", 900)
    assert "E9v" in {each["kind"] for each in journal(world, NEW)}
    assert world.read(lambda work: work.ledger.total(chart.CREDIT, "USD")) == 0
    told = world.read(lambda work: outbox.notices_after(work, last)).items
    assert [(each.kind, each.account) for each in told if each.kind == Tell.CREDIT_REVOKED] == [
        (Tell.CREDIT_REVOKED, "adeyemi-trading")
    ]
    with refused("credit_already_granted"):
        asked(world, ALICE, "ontime_credit", LATER, order=NEW)
    assert not world.read(audit).breaches
