"""An order that leaves in parts: what is shipped and delivered, on whose word, and when it is all there."""

from __future__ import annotations

from typing import Any

import pytest

from contract import answers
from contract.codes import Code, OrderState, Source
from escrow import engine, intake
from escrow.machines.order import OrderEvent
from escrow.shipments import Shipment, delivered_at, dispatched_at, on_the_way, unshipped
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.views.orders import order_views
from tests.escrow.samples import AT, ORDER
from tests.escrow.told import DAY, HOUR, NOW, agreed, order, refused, tell

TWO = [
    {"title": "Lamps", "quantity": 10, "unit_price": 500},
    {"title": "Stands", "quantity": 4, "unit_price": 1000},
]


@pytest.fixture
def paid(trade: Database) -> Database:
    """10 lamps and 4 stands, paid for a month ago."""
    agreed(trade, lines=TWO, now=NOW - 30 * DAY)
    tell(trade, "paid", now=NOW - 30 * DAY)
    return trade


def ship(trade: Database, shipment: str, *lines: tuple[int, int], **more: Any) -> str:
    told = [{"line": line, "quantity": quantity} for line, quantity in lines]
    given = {"id": f"ship-{shipment}", "shipment": shipment} | ({"lines": told} if told else {})
    return tell(trade, "shipped", **given | more).state


def deliver(trade: Database, shipment: str, **more: Any) -> str:
    given = {"id": f"deliver-{shipment}", "shipment": shipment}
    return tell(trade, "delivered", **given | more).state


def shown(trade: Database, id: str = "TA-1") -> list[answers.Shipment]:
    found = trade.read(lambda work: work.orders.get(id))
    return trade.read(lambda work: order_views(work, [found], NOW))[0].shipments


def test_an_order_in_parts_is_delivered_with_the_last_of_them(paid: Database) -> None:
    assert ship(paid, "S-1", (1, 10), now=NOW - 9 * DAY) == "shipped"
    assert deliver(paid, "S-1", now=NOW - 5 * DAY) == "shipped"
    assert ship(paid, "S-2", (2, 4), now=NOW - 4 * DAY) == "shipped"
    assert deliver(paid, "S-2", now=NOW) == "delivered"
    found = order(paid)
    assert (found.shipped_at, found.dispatched_at) == (NOW - 9 * DAY, NOW - 4 * DAY)
    assert found.delivered_at == NOW


def test_the_window_counts_from_the_last_delivery_whichever_is_told_last(paid: Database) -> None:
    ship(paid, "S-1", (1, 10), now=NOW - 9 * DAY)
    ship(paid, "S-2", (2, 4), now=NOW - 9 * DAY)
    deliver(paid, "S-2", now=NOW - 3 * DAY)
    deliver(paid, "S-1", at=(NOW - 7 * DAY).isoformat())
    assert order(paid).delivered_at == NOW - 3 * DAY


def test_an_order_shows_its_shipments_line_by_line(paid: Database) -> None:
    ship(paid, "S-1", (2, 1), (1, 3), (2, 2))
    deliver(paid, "S-1")
    (one,) = shown(paid)
    assert [(each.line, each.quantity) for each in one.lines] == [(1, 3), (2, 3)]
    assert (one.carrier, one.tracking, one.source, one.delivered_by) == ("DHL", "1Z", "carrier", "carrier")


def test_many_orders_show_their_shipments_with_one_statement(paid: Database) -> None:
    for n in (2, 3):
        agreed(paid, f"TA-{n}")
        tell(paid, "paid", order=f"TA-{n}")
        ship(paid, "S-1", order=f"TA-{n}")
    ship(paid, "S-1", (1, 1))
    ship(paid, "S-2", (2, 1))

    def look(work: Any) -> list[int]:
        work.shipments.load(["TA-1", "TA-2", "TA-3"])
        work.shipments._run = None
        return [len(work.shipments.of(id)) for id in ("TA-1", "TA-2", "TA-3")]

    assert paid.read(look) == [2, 1, 1]


@pytest.mark.parametrize("lines", [[(1, 11)], [(3, 1)], [(1, 6), (1, 5)]])
def test_no_more_is_shipped_than_was_ordered(paid: Database, lines: list[tuple[int, int]]) -> None:
    with refused(Code.MORE_THAN_ORDERED):
        ship(paid, "S-1", *lines)
    assert order(paid).state is OrderState.FUNDED


def test_what_has_left_does_not_leave_again(paid: Database) -> None:
    ship(paid, "S-1", (1, 10))
    with refused(Code.MORE_THAN_ORDERED) as wrong:
        ship(paid, "S-2", (1, 1), (2, 1))
    assert wrong.value.facts == {"order": "TA-1", "line": 1, "left": 0}
    ship(paid, "S-2")
    assert [(each.line, each.quantity) for each in shown(paid)[1].lines] == [(2, 4)]
    with refused(Code.MORE_THAN_ORDERED):
        ship(paid, "S-3")


def test_no_more_is_delivered_than_was_shipped(paid: Database) -> None:
    ship(paid, "S-1")
    with refused(Code.MORE_THAN_SHIPPED):
        deliver(paid, "S-2")


def test_a_delivery_of_what_nobody_said_had_left_is_of_all_that_had_not(paid: Database) -> None:
    ship(paid, "S-1", (1, 10))
    assert deliver(paid, "S-2") == "shipped"
    assert deliver(paid, "S-1") == "delivered"
    assert [(each.line, each.quantity) for each in shown(paid)[1].lines] == [(2, 4)]


def test_a_shipment_that_is_told_after_its_delivery_only_gets_its_number(paid: Database) -> None:
    assert deliver(paid, "S-1") == "delivered"
    assert ship(paid, "S-1", at=(NOW - DAY).isoformat()) == "delivered"
    (one,) = shown(paid)
    assert (one.carrier, one.tracking) == ("DHL", "1Z")


def test_a_shipment_that_is_told_twice_with_other_lines_contradicts_itself(paid: Database) -> None:
    ship(paid, "S-1", (1, 10))
    with refused(Code.EVENT_CONTRADICTS):
        ship(paid, "S-1", (1, 9), id="again")
    assert ship(paid, "S-1", (1, 10), id="again") == "shipped"


def test_nothing_arrives_before_it_has_left(paid: Database) -> None:
    ship(paid, "S-1")
    with refused(Code.EVENT_CONTRADICTS):
        deliver(paid, "S-1", at=(NOW - HOUR).isoformat())


def test_a_delivery_twice_is_once(paid: Database) -> None:
    ship(paid, "S-1")
    deliver(paid, "S-1")
    assert deliver(paid, "S-1", id="again", now=NOW + DAY) == "delivered"
    assert order(paid).delivered_at == NOW


# Whose word it is


def test_the_suppliers_word_alone_delivers_nothing_and_is_kept(paid: Database) -> None:
    ship(paid, "S-1")
    assert deliver(paid, "S-1", source="supplier") == "shipped"
    assert order(paid).delivered_at is None
    assert shown(paid)[0].delivered_by == "supplier"


@pytest.mark.parametrize("source", ["carrier", "marketplace", "buyer"])
def test_anybody_elses_word_delivers_also_after_the_suppliers(paid: Database, source: str) -> None:
    ship(paid, "S-1")
    deliver(paid, "S-1", source="supplier")
    assert deliver(paid, "S-1", id="again", now=NOW + DAY, source=source) == "delivered"
    assert order(paid).delivered_at == NOW + DAY
    assert deliver(paid, "S-1", id="third", now=NOW + 2 * DAY, source="supplier") == "delivered"
    assert shown(paid)[0].delivered_by == source


def test_the_suppliers_word_that_it_left_is_no_dispatch_until_somebody_else_says_so(paid: Database) -> None:
    assert ship(paid, "S-1", source="supplier", now=NOW - 3 * DAY) == "shipped"
    assert (order(paid).shipped_at, order(paid).dispatched_at) == (NOW - 3 * DAY, None)
    ship(paid, "S-1", id="again", now=NOW - 2 * DAY)
    assert (order(paid).shipped_at, order(paid).dispatched_at) == (NOW - 3 * DAY, NOW - 2 * DAY)
    ship(paid, "S-1", id="third", now=NOW, source="marketplace")
    assert order(paid).dispatched_at == NOW - 2 * DAY


def test_the_supplier_who_says_that_it_arrived_has_shipped_it_and_no_more(paid: Database) -> None:
    assert deliver(paid, "S-1", source="supplier") == "shipped"
    assert order(paid).dispatched_at is None


def test_an_order_in_parts_is_dispatched_with_the_last_of_them(paid: Database) -> None:
    ship(paid, "S-1", (1, 10), source="supplier")
    ship(paid, "S-2", (2, 4))
    assert order(paid).dispatched_at is None
    deliver(paid, "S-1", source="carrier")
    assert order(paid).dispatched_at == NOW


# What is reckoned of them


def of(source: Source, *lines: tuple[int, int], arrived: Source | None = None) -> Shipment:
    at = AT + DAY if arrived else None
    return Shipment("S", "TA-1", lines, source, AT, delivered_at=at, delivered_by=arrived)


def test_what_has_not_left_and_what_has_not_arrived_are_told_by_line() -> None:
    lines = (ORDER.lines[0], ORDER.lines[0])
    some = [of(Source.CARRIER, (1, 1), arrived=Source.BUYER), of(Source.CARRIER, (1, 1), (2, 1))]
    assert unshipped(lines, some) == ((2, 1),)
    assert on_the_way(lines, some) == ((1, 1), (2, 2))
    assert dispatched_at(lines, some) is None
    more = [*some, of(Source.CARRIER, (2, 1), arrived=Source.SUPPLIER)]
    assert (unshipped(lines, more), dispatched_at(lines, more)) == ((), AT)
    assert delivered_at(more) == AT + DAY


# Orders from before


def test_an_order_that_was_shipped_before_shipments_were_told_of_is_delivered_all_the_same(
    paid: Database,
) -> None:
    def ship_as_then(work: Work) -> None:
        found = work.orders.lock("TA-1")
        engine.apply(work, found, OrderEvent.SHIP, found, actor=intake.MARKETPLACE, at=NOW)

    paid.write(ship_as_then)
    assert shown(paid) == []
    assert deliver(paid, "S-7") == "delivered"
    assert [each.id for each in shown(paid)] == ["S-7"]
