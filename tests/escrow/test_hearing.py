"""What the marketplace tells: parties, orders as agreed, and what happened to them, each thing once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from contract import kept
from contract.asked import Arrived
from contract.codes import Code, TaskWhy
from contract.told import AccountTold, Agreement, ProductTold, SupplierTold
from escrow import accounts, engine, outbox, quotes
from escrow.audit import audit
from escrow.callers import Caller
from escrow.clocks import Clock, quick_cancel
from escrow.policies import policy_of
from escrow.store.database import Database
from escrow.store.parties import Account
from tests.escrow.told import AGREED, DAY, HOUR, NOW, agreed, order, refused, tell
from tests.escrow.worlds import MADE

ALICE = Caller("alice", "adeyemi-trading", "buyer", "cli", "t")
ACCOUNT: dict[str, Any] = {"name": "Ayo", "role": "buyer", "zone": "Africa/Lagos", "tier": "enterprise"}


# Events


def test_an_order_is_told_of_from_its_agreement_to_its_delivery(trade: Database) -> None:
    agreed(trade)
    states = [tell(trade, event).state for event in ("paid", "shipped", "delivered")]
    assert states == ["funded", "shipped", "delivered"]


def test_the_same_event_twice_is_once_and_answered_the_same(trade: Database) -> None:
    agreed(trade)
    first = tell(trade, "paid", at=NOW.isoformat())
    assert tell(trade, "shipped").state == "shipped"
    assert tell(trade, "paid", now=NOW + DAY, at=NOW.isoformat()) == first
    paid = trade.read(lambda work: work.ledger.position(work.orders.get("TA-1")).paid)
    assert paid.minor == 100_00


def test_another_event_under_a_number_that_was_told_is_refused_as_reused(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid", "E-1")
    others: list[dict[str, Any]] = [
        {"event": "shipped"},
        {"event": "paid", "payment": "PSP-2"},
        {"event": "paid", "at": MADE.isoformat()},
    ]
    for other in others:
        with refused(Code.EVENT_REUSED) as wrong:
            tell(trade, id="E-1", **other)
        assert wrong.value.status == 422


def test_numbers_are_of_their_order(trade: Database) -> None:
    agreed(trade)
    agreed(trade, "TA-2")
    tell(trade, "paid", "1")
    assert tell(trade, "paid", "1", order="TA-2").state == "funded"


def test_what_was_refused_may_be_told_again_under_its_number(trade: Database) -> None:
    agreed(trade)
    with refused(Code.WRONG_STATE):
        tell(trade, "shipped", "E-1")
    tell(trade, "paid")
    assert tell(trade, "shipped", "E-1").state == "shipped"


def test_an_event_of_an_unknown_order_is_not_found(trade: Database) -> None:
    with refused(Code.NOT_FOUND):
        tell(trade, "paid")


def test_the_marketplaces_clock_may_be_a_little_ahead_and_then_it_is_now(trade: Database) -> None:
    agreed(trade)
    with refused(Code.EVENT_IN_FUTURE):
        tell(trade, "paid", at=(NOW + timedelta(minutes=5, seconds=1)).isoformat())
    assert tell(trade, "paid", at=(NOW + timedelta(minutes=5)).isoformat()).at == "2027-01-03T09:00:00Z"
    assert order(trade).paid_at == NOW


def test_a_payment_of_nothing_or_in_a_currency_that_does_not_exist_is_refused(trade: Database) -> None:
    agreed(trade)
    for minor in (0, -1):
        with refused(Code.AMOUNT_NOT_POSITIVE):
            tell(trade, "paid", amount={"minor": minor, "currency": "USD"})
    with refused(Code.MALFORMED):
        tell(trade, "paid", amount={"minor": 1, "currency": "ZZZ"})


def test_rights_count_from_the_day_of_the_fact_and_the_desk_acts_when_it_hears(
    trade: Database,
) -> None:
    """A delivery that is told late takes no day from the buyer's answer, nor gives one to the claim."""
    agreed(trade)
    tell(trade, "paid", at=(NOW - 9 * DAY).isoformat())
    tell(trade, "shipped", at=(NOW - 8 * DAY).isoformat())
    tell(trade, "delivered", at=(NOW - 3 * DAY).isoformat())
    found = order(trade)
    assert (found.paid_at, found.shipped_at, found.delivered_at) == (
        NOW - 9 * DAY,
        NOW - 8 * DAY,
        NOW - 3 * DAY,
    )
    journals = trade.read(lambda work: work.ledger.journal("TA-1"))
    assert {row["at"] for row in journals} == {"2027-01-03T09:00:00.000000Z"}
    trade.write(outbox.accept_all)
    silent = trade.read(lambda work: work.timers.of("TA-1"))[Clock.SILENT_RELEASE]
    assert silent.due == NOW + 15 * DAY


def test_no_clock_fires_for_a_time_before_anybody_was_told(trade: Database) -> None:
    """Paid long before it was told, and to be shipped by then: late now, not then."""
    agreed(trade, ship_by=(NOW - 20 * DAY).isoformat())
    tell(trade, "paid", at=(NOW - 30 * DAY).isoformat())
    late = trade.read(lambda work: work.timers.of("TA-1"))[Clock.SHIP]
    assert late.due == NOW
    assert trade.write(lambda work: engine.fire_next(work, NOW))


def test_goods_do_not_arrive_before_they_have_left(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid")
    tell(trade, "shipped")
    with refused(Code.EVENT_CONTRADICTS):
        tell(trade, "delivered", at=(NOW - HOUR).isoformat())


def test_what_was_delivered_has_been_shipped(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid")
    assert tell(trade, "delivered").state == "delivered"
    assert order(trade).shipped_at == NOW


# Orders as agreed


def test_the_same_agreement_again_is_the_same_also_when_it_is_paid(trade: Database) -> None:
    first = agreed(trade)
    assert agreed(trade, now=NOW + HOUR) == first
    tell(trade, "paid")
    assert agreed(trade, now=NOW + DAY).state == "funded"


def test_terms_are_agreed_anew_until_they_are_paid_and_no_longer(trade: Database) -> None:
    agreed(trade)
    five = [{"title": "Lamps", "quantity": 5, "unit_price": 900}]
    anew = agreed(trade, lines=five, incoterm="FOB", place="Shenzhen")
    assert anew.total.minor == 55_00
    assert order(trade) == anew
    tell(trade, "paid", amount={"minor": 55_00, "currency": "USD"})
    with refused(Code.TERMS_DIFFER):
        agreed(trade)


def test_an_order_never_changes_its_sides(trade: Database) -> None:
    agreed(trade)
    trade.write(lambda work: accounts.put(work, "ayo", msgspec.convert(ACCOUNT, AccountTold)))
    with refused(Code.TERMS_DIFFER):
        agreed(trade, buyer="ayo")


@pytest.mark.parametrize("wrong", [{"buyer": "nobody"}, {"buyer": "shenzhen-lumen"}, {"currency": "ZZZ"}])
def test_an_order_of_nobody_and_in_no_currency_is_malformed(trade: Database, wrong: dict[str, Any]) -> None:
    with refused(Code.MALFORMED) as found:
        agreed(trade, **wrong)
    assert found.value.facts["field"] in wrong


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"title": "Lamps", "quantity": 0, "unit_price": 900}]},
        {"lines": [{"title": "Lamps", "quantity": 1, "unit_price": 9.5}]},
        {"lines": [{"title": "Lamps", "quantity": 10**9, "unit_price": 10**15}]},
        {"lines": [{"title": "Lamps", "quantity": 1, "unit_price": 0}], "freight": 0},
        {"deposit": 10000},
        {"deposit": 0},
        {"balance_due": "2027-01-01T00:00:00Z"},
        {"place": "Lagos"},
        {"incoterm": "XXX", "place": "Lagos"},
        {"ship_by": "9999-01-01T00:00:00Z"},
        {"ship_by": "2027-01-10T00:00:00"},
    ],
    ids=str,
)
def test_what_nobody_can_have_agreed_does_not_fit(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(AGREED | wrong, Agreement)


@pytest.mark.parametrize("id", ["TA:1", "own_funds", "x" * 65])
def test_an_order_has_a_name_that_the_books_can_tell_apart(trade: Database, id: str) -> None:
    with refused(Code.MALFORMED):
        agreed(trade, id)


def test_the_policy_and_the_buyers_tier_are_those_of_the_day_on_which_it_is_told(trade: Database) -> None:
    trade.write(lambda work: accounts.put(work, "ayo", msgspec.convert(ACCOUNT, AccountTold)))
    made = agreed(trade, buyer="ayo")
    assert (made.policy_version, made.tier, made.zone) == (1, "enterprise", "Africa/Lagos")
    assert made.created_at == NOW


# Parties and products


def account(trade: Database, id: str = "ayo", **more: Any) -> kept.Account:
    return trade.write(lambda work: accounts.put(work, id, msgspec.convert(ACCOUNT | more, AccountTold)))


def test_an_account_is_what_was_told_of_it_last(trade: Database) -> None:
    verified = [{"id": "IBAN-1", "verified_at": "2027-01-01T00:00:00Z"}]
    account(trade, persons=[{"id": "ayo1", "name": "Ayo", "email": "ayo@example.org"}], destinations=verified)
    again = account(trade, tier="standard", persons=[{"id": "ola"}])
    assert (again.tier, again.badge, again.destinations) == ("standard", False, [])
    assert [(each.id, each.name, each.email) for each in again.persons] == [
        ("ayo1", "Ayo", "ayo@example.org"),
        ("ola", "ola", None),
    ]


def test_an_account_keeps_its_side_and_a_person_their_account(trade: Database) -> None:
    account(trade)
    with refused(Code.BELONGS_ELSEWHERE):
        account(trade, role="supplier")
    with refused(Code.BELONGS_ELSEWHERE):
        account(trade, persons=[{"id": "alice"}])


def test_the_desks_own_account_is_not_the_marketplaces_to_change(trade: Database) -> None:
    desk = Account("desk", "Desk", "agent", "standard", "UTC", "en", False)
    trade.write(lambda work: work.parties.add_account(desk))
    with refused(Code.NOT_FOUND):
        account(trade, "desk")


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "supervisor"},
        {"persons": [{"id": "a"}, {"id": "a"}]},
        {"persons": [{"id": "a", "email": "nobody"}]},
        {"locale": "../en"},
        {"tier": "gold"},
    ],
    ids=str,
)
def test_what_is_no_account_does_not_fit(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(ACCOUNT | wrong, AccountTold)


def test_a_zone_that_does_not_exist_is_malformed(trade: Database) -> None:
    with refused(Code.MALFORMED):
        account(trade, zone="Mars/Base")


def test_a_supplier_gets_and_loses_the_badge_and_a_buyer_has_none(trade: Database) -> None:
    def badge(id: str, badge: bool) -> bool:
        return trade.write(lambda work: accounts.put_supplier(work, id, SupplierTold(badge))).badge

    assert [badge("shenzhen-lumen", each) for each in (False, True)] == [False, True]
    for id in ("adeyemi-trading", "nobody"):
        with refused(Code.NOT_FOUND):
            badge(id, True)


def test_a_product_is_its_suppliers(trade: Database) -> None:
    account(trade, "other", role="supplier")

    def titled(supplier: str, title: str) -> str:
        told = ProductTold(supplier, title)
        return trade.write(lambda work: accounts.put_product(work, "P-1", told)).title

    assert [titled("shenzhen-lumen", each) for each in ("Lamp", "Desk lamp")] == ["Lamp", "Desk lamp"]
    for supplier, code in (("other", Code.BELONGS_ELSEWHERE), ("adeyemi-trading", Code.MALFORMED)):
        with refused(code):
            titled(supplier, "Lamp")


# What an attacker tried


@pytest.mark.parametrize(
    "id", ["CLM-1001", "PAY-TA-1-1", "REF-X-1", "T-TA-1-1", "X-5", "ta-1001", "A" * 33, "TA_10"]
)
def test_an_order_is_not_called_like_something_of_ours_or_so_that_nobody_could_name_it(
    trade: Database, id: str
) -> None:
    with refused(Code.MALFORMED):
        agreed(trade, id)


@pytest.mark.parametrize("minor", [10**15 + 1, 9 * 10**18, -(10**15) - 1])
@pytest.mark.parametrize("what", ["amount", "credit", "fee"])
def test_no_payment_is_larger_than_what_the_books_can_add_up(trade: Database, what: str, minor: int) -> None:
    agreed(trade)
    with pytest.raises(msgspec.ValidationError):
        sum: dict[str, Any] = {what: {"minor": minor, "currency": "USD"}}
        tell(trade, "paid", **sum)
    assert order(trade).state == "awaiting_payment"


def test_one_payment_pays_for_one_order(trade: Database) -> None:
    agreed(trade)
    agreed(trade, "TA-2")
    tell(trade, "paid", payment="ONE")
    with refused(Code.BELONGS_ELSEWHERE):
        tell(trade, "paid", order="TA-2", payment="ONE")
    assert order(trade, "TA-2").state == "awaiting_payment"


def test_what_came_before_it_was_paid_or_sent_contradicts_and_takes_no_days(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid")
    for at in (NOW - 60 * DAY, NOW - HOUR):
        with refused(Code.EVENT_CONTRADICTS):
            tell(trade, "delivered", at=at.isoformat())
        with refused(Code.EVENT_CONTRADICTS):
            tell(trade, "shipped", at=at.isoformat())
    tell(trade, "shipped", now=NOW + 5 * DAY)
    with refused(Code.EVENT_CONTRADICTS):
        tell(trade, "delivered", now=NOW + 6 * DAY, at=(NOW + 4 * DAY).isoformat())
    assert tell(trade, "delivered", now=NOW + 6 * DAY).state == "delivered"


def test_an_order_that_is_told_of_after_its_payment_can_be_cancelled_from_then_on(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid", at=(NOW - DAY).isoformat())
    paid = order(trade)
    assert paid.paid_at == NOW - DAY
    rules = trade.read(lambda work: policy_of(work, paid))
    assert quick_cancel(paid, rules) == NOW + 2 * HOUR


@pytest.mark.parametrize("lines", [None, [{"line": 1, "quantity": 4}]])
def test_a_no_to_an_order_in_doubt_moves_what_the_desk_waits_for(trade: Database, lines: Any) -> None:
    """On the supplier's word, or in part: every clock after it fires, and the audit finds nothing."""
    agreed(trade, ship_by=(NOW + DAY).isoformat(), promised_at=(NOW + DAY).isoformat())
    tell(trade, "paid")
    more = {"lines": lines} if lines else {}
    tell(trade, "shipped", source="carrier" if lines else "supplier", **more)
    lived_on(trade, NOW + 3 * DAY)
    if lines is None:
        said = Arrived("TA-1", yes=False)
        quote = trade.write(lambda work: quotes.open_quote(work, ALICE, said, NOW + 3 * DAY))
        trade.write(lambda work: quotes.confirm(work, ALICE, quote.quote_id, NOW + 3 * DAY))
    lived_on(trade, NOW + 60 * DAY)
    tasks = trade.read(lambda work: [task.why for task in work.tasks.of("TA-1")])
    assert TaskWhy.ARRIVAL_UNANSWERED in tasks
    assert not trade.read(audit).breaches


def lived_on(trade: Database, until: datetime) -> None:
    while trade.write(lambda work: engine.fire_next(work, until)):
        trade.write(outbox.accept_all)
