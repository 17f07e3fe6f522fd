"""What the marketplace tells: parties, orders as agreed, and what happened to them, each thing once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from contract import kept
from contract.codes import Code
from contract.told import AccountTold, Agreement, ProductTold, SupplierTold, Told
from escrow import accounts, agreements, engine, hearing, outbox
from escrow.audit import audit
from escrow.clocks import Clock
from escrow.orders import Order
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.parties import Account
from tests.escrow.worlds import MADE, Copies, market

NOW = MADE + timedelta(days=40)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGREED: dict[str, Any] = {
    "buyer": "adeyemi-trading",
    "supplier": "shenzhen-lumen",
    "currency": "USD",
    "lines": [{"title": "Lamps", "quantity": 10, "unit_price": 900}],
    "freight": 1000,
    "mode": "air",
    "ship_by": "2027-01-10T00:00:00Z",
    "promised_at": "2027-01-20T00:00:00Z",
}
ACCOUNT: dict[str, Any] = {"name": "Ayo", "role": "buyer", "zone": "Africa/Lagos", "tier": "enterprise"}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return Copies(market, tmp_path_factory.mktemp("market"))


@pytest.fixture
def books(copies: Copies) -> Iterator[Database]:
    """At the end they are right, whatever a test has done."""
    database = copies.open()
    yield database
    assert database.read(audit).breaches == []
    copies.drop(database)


def agreed(books: Database, id: str = "TA-1", *, now: datetime = NOW, **more: Any) -> Order:
    wanted = msgspec.convert(AGREED | more, Agreement)
    return books.write(lambda work: agreements.put(work, id, wanted, now))


def tell(
    books: Database, event: str, id: str = "", *, order: str = "TA-1", now: datetime = NOW, **more: Any
) -> kept.Heard:
    """As of `now` unless it says when."""
    body: dict[str, Any] = {"event": event, "id": id or f"E-{event}", "at": now.isoformat()}
    usual: dict[str, dict[str, Any]] = {
        "paid": {"payment": f"PSP-{order}", "amount": {"minor": 100_00, "currency": "USD"}},
        "shipped": {"shipment": "S-1", "source": "carrier", "carrier": "DHL", "tracking": "1Z"},
        "delivered": {"shipment": "S-1", "source": "carrier"},
    }
    told = msgspec.convert(body | usual[event] | more, Told)
    return books.write(lambda work: hearing.hear(work, order, told, now))


def refused(code: Code) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")


def order(books: Database, id: str = "TA-1") -> Order:
    return books.read(lambda work: work.orders.get(id))


# Events


def test_an_order_is_told_of_from_its_agreement_to_its_delivery(books: Database) -> None:
    agreed(books)
    states = [tell(books, event).state for event in ("paid", "shipped", "delivered")]
    assert states == ["funded", "shipped", "delivered"]


def test_the_same_event_twice_is_once_and_answered_the_same(books: Database) -> None:
    agreed(books)
    first = tell(books, "paid", at=NOW.isoformat())
    assert tell(books, "shipped").state == "shipped"
    assert tell(books, "paid", now=NOW + DAY, at=NOW.isoformat()) == first
    paid = books.read(lambda work: work.ledger.position(work.orders.get("TA-1")).paid)
    assert paid.minor == 100_00


def test_another_event_under_a_number_that_was_told_is_refused_as_reused(books: Database) -> None:
    agreed(books)
    tell(books, "paid", "E-1")
    others: list[dict[str, Any]] = [
        {"event": "shipped"},
        {"event": "paid", "payment": "PSP-2"},
        {"event": "paid", "at": MADE.isoformat()},
    ]
    for other in others:
        with refused(Code.EVENT_REUSED) as wrong:
            tell(books, id="E-1", **other)
        assert wrong.value.status == 422


def test_numbers_are_of_their_order(books: Database) -> None:
    agreed(books)
    agreed(books, "TA-2")
    tell(books, "paid", "1")
    assert tell(books, "paid", "1", order="TA-2").state == "funded"


def test_what_was_refused_may_be_told_again_under_its_number(books: Database) -> None:
    agreed(books)
    with refused(Code.WRONG_STATE):
        tell(books, "shipped", "E-1")
    tell(books, "paid")
    assert tell(books, "shipped", "E-1").state == "shipped"


def test_an_event_of_an_unknown_order_is_not_found(books: Database) -> None:
    with refused(Code.NOT_FOUND):
        tell(books, "paid")


def test_the_marketplaces_clock_may_be_a_little_ahead_and_then_it_is_now(books: Database) -> None:
    agreed(books)
    with refused(Code.EVENT_IN_FUTURE):
        tell(books, "paid", at=(NOW + timedelta(minutes=5, seconds=1)).isoformat())
    assert tell(books, "paid", at=(NOW + timedelta(minutes=5)).isoformat()).at == "2027-01-03T09:00:00Z"
    assert order(books).paid_at == NOW


def test_a_payment_of_nothing_or_in_a_currency_that_does_not_exist_is_refused(books: Database) -> None:
    agreed(books)
    for minor in (0, -1):
        with refused(Code.AMOUNT_NOT_POSITIVE):
            tell(books, "paid", amount={"minor": minor, "currency": "USD"})
    with refused(Code.MALFORMED):
        tell(books, "paid", amount={"minor": 1, "currency": "ZZZ"})


def test_rights_count_from_the_day_of_the_fact_and_the_desk_acts_when_it_hears(
    books: Database,
) -> None:
    """A delivery that is told late takes no day from the buyer's answer, nor gives one to the claim."""
    agreed(books)
    tell(books, "paid", at=(NOW - 9 * DAY).isoformat())
    tell(books, "shipped", at=(NOW - 8 * DAY).isoformat())
    tell(books, "delivered", at=(NOW - 3 * DAY).isoformat())
    found = order(books)
    assert (found.paid_at, found.shipped_at, found.delivered_at) == (
        NOW - 9 * DAY,
        NOW - 8 * DAY,
        NOW - 3 * DAY,
    )
    journals = books.read(lambda work: work.ledger.journal("TA-1"))
    assert {row["at"] for row in journals} == {"2027-01-03T09:00:00.000000Z"}
    books.write(outbox.accept_all)
    silent = books.read(lambda work: work.timers.of("TA-1"))[Clock.SILENT_RELEASE]
    assert silent.due == NOW + 15 * DAY


def test_no_clock_fires_for_a_time_before_anybody_was_told(books: Database) -> None:
    """Paid long before it was told, and to be shipped by then: late now, not then."""
    agreed(books, ship_by=(NOW - 20 * DAY).isoformat())
    tell(books, "paid", at=(NOW - 30 * DAY).isoformat())
    late = books.read(lambda work: work.timers.of("TA-1"))[Clock.SHIP]
    assert late.due == NOW
    assert books.write(lambda work: engine.fire_next(work, NOW))


def test_goods_do_not_arrive_before_they_have_left(books: Database) -> None:
    agreed(books)
    tell(books, "paid")
    tell(books, "shipped")
    with refused(Code.EVENT_CONTRADICTS):
        tell(books, "delivered", at=(NOW - HOUR).isoformat())


def test_what_was_delivered_has_been_shipped(books: Database) -> None:
    agreed(books)
    tell(books, "paid")
    assert tell(books, "delivered").state == "delivered"
    assert order(books).shipped_at == NOW


# Orders as agreed


def test_the_same_agreement_again_is_the_same_also_when_it_is_paid(books: Database) -> None:
    first = agreed(books)
    assert agreed(books, now=NOW + HOUR) == first
    tell(books, "paid")
    assert agreed(books, now=NOW + DAY).state == "funded"


def test_terms_are_agreed_anew_until_they_are_paid_and_no_longer(books: Database) -> None:
    agreed(books)
    five = [{"title": "Lamps", "quantity": 5, "unit_price": 900}]
    anew = agreed(books, lines=five, incoterm="FOB", place="Shenzhen")
    assert anew.total.minor == 55_00
    assert order(books) == anew
    tell(books, "paid", amount={"minor": 55_00, "currency": "USD"})
    with refused(Code.TERMS_DIFFER):
        agreed(books)


def test_an_order_never_changes_its_sides(books: Database) -> None:
    agreed(books)
    books.write(lambda work: accounts.put(work, "ayo", msgspec.convert(ACCOUNT, AccountTold)))
    with refused(Code.TERMS_DIFFER):
        agreed(books, buyer="ayo")


@pytest.mark.parametrize("wrong", [{"buyer": "nobody"}, {"buyer": "shenzhen-lumen"}, {"currency": "ZZZ"}])
def test_an_order_of_nobody_and_in_no_currency_is_malformed(books: Database, wrong: dict[str, Any]) -> None:
    with refused(Code.MALFORMED) as found:
        agreed(books, **wrong)
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
def test_an_order_has_a_name_that_the_books_can_tell_apart(books: Database, id: str) -> None:
    with refused(Code.MALFORMED):
        agreed(books, id)


def test_the_policy_and_the_buyers_tier_are_those_of_the_day_on_which_it_is_told(books: Database) -> None:
    books.write(lambda work: accounts.put(work, "ayo", msgspec.convert(ACCOUNT, AccountTold)))
    made = agreed(books, buyer="ayo")
    assert (made.policy_version, made.tier, made.zone) == (1, "enterprise", "Africa/Lagos")
    assert made.created_at == NOW


# Parties and products


def account(books: Database, id: str = "ayo", **more: Any) -> kept.Account:
    return books.write(lambda work: accounts.put(work, id, msgspec.convert(ACCOUNT | more, AccountTold)))


def test_an_account_is_what_was_told_of_it_last(books: Database) -> None:
    verified = [{"id": "IBAN-1", "verified_at": "2027-01-01T00:00:00Z"}]
    account(books, persons=[{"id": "ayo1", "name": "Ayo", "email": "ayo@example.org"}], destinations=verified)
    again = account(books, tier="standard", persons=[{"id": "ola"}])
    assert (again.tier, again.badge, again.destinations) == ("standard", False, [])
    assert [(each.id, each.name, each.email) for each in again.persons] == [
        ("ayo1", "Ayo", "ayo@example.org"),
        ("ola", "ola", None),
    ]


def test_an_account_keeps_its_side_and_a_person_their_account(books: Database) -> None:
    account(books)
    with refused(Code.BELONGS_ELSEWHERE):
        account(books, role="supplier")
    with refused(Code.BELONGS_ELSEWHERE):
        account(books, persons=[{"id": "alice"}])


def test_the_desks_own_account_is_not_the_marketplaces_to_change(books: Database) -> None:
    desk = Account("desk", "Desk", "agent", "standard", "UTC", "en", False)
    books.write(lambda work: work.parties.add_account(desk))
    with refused(Code.NOT_FOUND):
        account(books, "desk")


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


def test_a_zone_that_does_not_exist_is_malformed(books: Database) -> None:
    with refused(Code.MALFORMED):
        account(books, zone="Mars/Base")


def test_a_supplier_gets_and_loses_the_badge_and_a_buyer_has_none(books: Database) -> None:
    def badge(id: str, badge: bool) -> bool:
        return books.write(lambda work: accounts.put_supplier(work, id, SupplierTold(badge))).badge

    assert [badge("shenzhen-lumen", each) for each in (False, True)] == [False, True]
    for id in ("adeyemi-trading", "nobody"):
        with refused(Code.NOT_FOUND):
            badge(id, True)


def test_a_product_is_its_suppliers(books: Database) -> None:
    account(books, "other", role="supplier")

    def titled(supplier: str, title: str) -> str:
        told = ProductTold(supplier, title)
        return books.write(lambda work: accounts.put_product(work, "P-1", told)).title

    assert [titled("shenzhen-lumen", each) for each in ("Lamp", "Desk lamp")] == ["Lamp", "Desk lamp"]
    for supplier, code in (("other", Code.BELONGS_ELSEWHERE), ("adeyemi-trading", Code.MALFORMED)):
        with refused(code):
            titled(supplier, "Lamp")
