"""Asked whether it has arrived, received by rule, more days: in the demo world, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from contract.codes import OrderState
from escrow import intake, outbox
from escrow.audit import audit
from escrow.callers import Caller
from escrow.store.database import Database
from escrow.tables import accounts
from tests.escrow.asking import (
    ALICE,
    CHEN,
    LAMPS,
    LATER,
    LUMEN,
    OMAR,
    asked,
    builtins,
    confirmed,
    refused,
)
from tests.escrow.worlds import MADE, Copies, delivered, demo_world, order_over_total

FLOODLIGHTS, DRILL_BITS, DRILLS = "TA-20944-1002", "TA-20950-3310", "TA-20931-7714"
DAY = timedelta(days=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    return Copies(demo_world, tmp_path_factory.mktemp("days"), server)


@pytest.fixture
def world(copies: Copies) -> Iterator[Database]:
    database = copies.open()
    yield database
    breaches = database.read(audit).breaches
    copies.drop(database)
    assert not breaches


def order(world: Database, id: str, now: datetime = LATER) -> dict[str, Any]:
    from escrow import service

    told: dict[str, Any] = builtins(world.read(lambda work: service.order(work, OMAR, id, now)))
    return told


def at(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


def fire_until(world: Database, instant: datetime) -> None:
    """Each at its own instant, and whoever is told of it is told then."""
    from escrow import engine

    def fire(work: Any) -> bool:
        fired = engine.fire_next(work, instant)
        outbox.accept_all(work)
        return fired

    while world.write(fire):
        pass


def told(world: Database, kind: str) -> list[tuple[str, str]]:
    from sqlalchemy import select

    from escrow.tables import notices

    wanted = select(notices.c.account, notices.c.at).where(notices.c.kind == kind).order_by(notices.c.id)
    found = world.read(lambda work: [(row.account, row.at[:19]) for row in work.connection.execute(wanted)])
    return [each for each in found if each[1] >= MADE.isoformat()[:19]]


def extended(world: Database, id: str, who: Caller = ALICE, now: datetime = LATER) -> dict[str, Any]:
    quote = asked(world, who, "extend", now, order=id)
    confirmed(world, who, quote, now)
    return quote


def answered(world: Database, id: str, yes: bool, now: datetime) -> dict[str, Any]:
    quote = asked(world, ALICE, "arrived", now, order=id, yes=yes)
    confirmed(world, ALICE, quote, now)
    return quote


# Receipt by rule


def test_a_shipped_order_is_asked_about_three_days_before_it_counts_as_received(world: Database) -> None:
    receipt = at(order(world, FLOODLIGHTS)["receipt_at"])
    shipped = at(order(world, FLOODLIGHTS)["shipped_at"])
    assert receipt == max(shipped + 15 * DAY, receipt)
    fire_until(world, receipt - 3 * DAY - timedelta(seconds=1))
    assert told(world, "order_arrival_asked") == []
    fire_until(world, receipt - timedelta(seconds=1))
    (buyer, _) = told(world, "order_arrival_asked")
    assert buyer == ("adeyemi-trading", (receipt - 3 * DAY).isoformat()[:19])
    assert order(world, FLOODLIGHTS)["state"] == OrderState.SHIPPED
    fire_until(world, receipt)
    received = order(world, FLOODLIGHTS)
    assert received["state"] == OrderState.DELIVERED and at(received["delivered_at"]) == receipt
    assert at(received["release_at"]) == receipt + 15 * DAY
    assert len(told(world, "order_received_by_rule")) == 2


def test_nothing_counts_as_received_while_a_claim_says_that_it_never_came(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=FLOODLIGHTS, reason="not_delivered", share="1/1")
    confirmed(world, ALICE, quote)
    receipt = at(order(world, FLOODLIGHTS)["receipt_at"])
    fire_until(world, receipt + 2 * DAY)
    waits = order(world, FLOODLIGHTS)
    assert (waits["state"], at(waits["receipt_at"])) == (OrderState.SHIPPED, receipt + 3 * DAY)
    assert told(world, "order_arrival_asked") == []


# Arrived, and not yet


def test_a_yes_is_delivered_now_and_releases_nothing(world: Database) -> None:
    quote = answered(world, FLOODLIGHTS, True, LATER)
    assert quote["effect"] == {"held": {"minor": 215000, "currency": "USD"}, "new_state": "delivered"}
    assert at(quote["preview"]["claim_until"]) > LATER + 30 * DAY and quote["postings"] == []
    arrived = order(world, FLOODLIGHTS)
    assert (arrived["state"], at(arrived["delivered_at"])) == (OrderState.DELIVERED, LATER)
    assert arrived["money"]["held"]["minor"] == 215000


def test_a_no_before_the_question_is_told_when_it_will_be_asked(world: Database) -> None:
    with refused("not_asked_yet") as refusal:
        asked(world, ALICE, "arrived", order=FLOODLIGHTS, yes=False)
    assert refusal.value.facts["asked_at"] == at(order(world, FLOODLIGHTS)["receipt_at"]) - 3 * DAY
    assert refusal.value.what_next == "wait_until"


def test_a_first_no_adds_fifteen_days_and_a_new_question_before_they_end(world: Database) -> None:
    receipt = at(order(world, FLOODLIGHTS)["receipt_at"])
    fire_until(world, receipt - 2 * DAY)
    quote = answered(world, FLOODLIGHTS, False, receipt - 2 * DAY)
    assert quote["effect"]["extension_days"] == 15 and quote["effect"]["new_state"] == "shipped"
    assert at(quote["preview"]["receipt_at"]) == receipt + 15 * DAY
    assert at(order(world, FLOODLIGHTS)["receipt_at"]) == receipt + 15 * DAY
    assert len(told(world, "order_arrival_asked")) == 2
    fire_until(world, receipt + 12 * DAY)
    assert told(world, "order_arrival_asked")[-1][1] == (receipt + 12 * DAY).isoformat()[:19]
    fire_until(world, receipt + 15 * DAY)
    assert order(world, FLOODLIGHTS)["state"] == OrderState.DELIVERED


def test_after_a_second_no_the_desk_is_called_and_nothing_counts_as_received(world: Database) -> None:
    receipt = at(order(world, FLOODLIGHTS)["receipt_at"])
    fire_until(world, receipt - 2 * DAY)
    answered(world, FLOODLIGHTS, False, receipt - 2 * DAY)
    again = receipt + 13 * DAY
    fire_until(world, again)
    quote = answered(world, FLOODLIGHTS, False, again)
    assert "extension_days" not in quote["effect"] and quote["preview"] == {}
    fire_until(world, receipt + 100 * DAY)
    waits = order(world, FLOODLIGHTS, receipt + 100 * DAY)
    assert (waits["state"], waits["receipt_at"]) == (OrderState.SHIPPED, None)
    assert waits["next"]["who"] == "platform" and at(waits["next"]["by"]) > receipt + 100 * DAY
    with refused("desk_decides"):
        asked(world, ALICE, "arrived", again, order=FLOODLIGHTS, yes=False)
    assert answered(world, FLOODLIGHTS, True, receipt + 100 * DAY)["effect"]["new_state"] == "delivered"


@pytest.mark.parametrize(("id", "state"), [(DRILL_BITS, "funded"), (LAMPS, "delivered")])
def test_only_what_is_underway_can_arrive(world: Database, id: str, state: str) -> None:
    for yes in (True, False):
        with refused("wrong_state") as refusal:
            asked(world, ALICE, "arrived", order=id, yes=yes)
        assert refusal.value.facts["state"] == state


# More days


def test_a_buyer_holds_the_release_fifteen_days_longer_once(world: Database) -> None:
    release = at(order(world, LAMPS)["release_at"])
    quote = extended(world, LAMPS)
    assert quote["effect"]["extension_days"] == 15 and quote["effect"]["new_state"] == "delivered"
    assert quote["effect"]["held"]["minor"] == 128000 and quote["postings"] == []
    assert at(quote["preview"]["release_at"]) == release + 15 * DAY
    held = order(world, LAMPS)
    assert (at(held["release_at"]), held["extended_by"]) == (release + 15 * DAY, ["buyer"])
    with refused("already_extended"):
        asked(world, ALICE, "extend", order=LAMPS)
    fire_until(world, release + 15 * DAY - timedelta(seconds=1))
    assert order(world, LAMPS)["money"]["held"]["minor"] == 128000
    fire_until(world, release + 15 * DAY)
    assert order(world, LAMPS)["state"] == OrderState.RELEASING


def test_both_sides_of_a_shipped_order_have_more_days_once_each(world: Database) -> None:
    receipt = at(order(world, FLOODLIGHTS)["receipt_at"])
    for n, who in enumerate((LUMEN, ALICE), 1):
        quote = extended(world, FLOODLIGHTS, who)
        assert at(quote["preview"]["receipt_at"]) == receipt + n * 15 * DAY
        assert at(order(world, FLOODLIGHTS)["receipt_at"]) == receipt + n * 15 * DAY
        with refused("already_extended"):
            asked(world, who, "extend", order=FLOODLIGHTS)
    assert order(world, FLOODLIGHTS)["extended_by"] == ["supplier", "buyer"]
    answered(world, FLOODLIGHTS, True, LATER)
    with refused("already_extended"):
        asked(world, ALICE, "extend", order=FLOODLIGHTS)


def test_the_supplier_cannot_hold_their_own_release(world: Database) -> None:
    with refused("not_found"):
        asked(world, LUMEN, "extend", order=LAMPS)
    with refused("not_found"):
        asked(world, CHEN, "extend", order=LAMPS)


@pytest.mark.parametrize(("id", "state"), [(DRILL_BITS, "funded"), (DRILLS, "releasing")])
def test_where_no_time_of_receipt_or_release_runs_there_is_nothing_to_extend(
    world: Database, id: str, state: str
) -> None:
    with refused("wrong_state") as refusal:
        asked(world, ALICE, "extend", order=id)
    assert refusal.value.facts["state"] == state


def test_what_a_claim_holds_whole_cannot_be_held_longer(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    confirmed(world, ALICE, quote)
    with refused("nothing_to_extend"):
        asked(world, ALICE, "extend", order=LAMPS)


def test_more_days_before_the_notice_is_accepted_count_from_when_it_is(world: Database) -> None:
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=LATER))
    quote = extended(world, FLOODLIGHTS)
    assert quote["preview"] == {}
    world.write(outbox.accept_all)
    assert at(order(world, FLOODLIGHTS)["release_at"]) == LATER + 30 * DAY


# Reminders


def test_before_a_release_both_sides_are_reminded_with_the_sum_and_the_instant(world: Database) -> None:
    release = at(order(world, LAMPS)["release_at"])
    fire_until(world, release)
    reminded = [when for account, when in told(world, "order_release_soon") if account == "adeyemi-trading"]
    days = [(release - n * DAY).isoformat()[:19] for n in (3, 1)]
    assert {*days} & {*reminded} == {each for each in days if each >= MADE.isoformat()[:19]}


def test_one_who_has_more_days_is_reminded_again_before_they_end(world: Database) -> None:
    """Also where a reminder had rung already."""
    release = at(order(world, LAMPS)["release_at"])
    fire_until(world, release - DAY)
    extended(world, LAMPS, now=release - DAY + timedelta(hours=1))
    before = len(told(world, "order_release_soon"))
    fire_until(world, release + 15 * DAY)
    new = told(world, "order_release_soon")[before:]
    lamps = {when for account, when in new if when >= (release + 10 * DAY).isoformat()[:19]}
    assert {(release + n * DAY).isoformat()[:19] for n in (12, 14)} <= lamps


def test_nobody_is_reminded_of_a_release_of_nothing(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    confirmed(world, ALICE, quote)
    release = at(order(world, LAMPS)["release_at"])
    fire_until(world, release)
    assert not [when for _, when in told(world, "order_release_soon") if when == release.isoformat()[:19]]


# Without the badge


def test_without_the_badge_at_payment_the_release_waits_for_the_claim_window(world: Database) -> None:
    """As it was when the buyer paid, whatever becomes of the badge."""

    def paid(work: Any) -> None:
        badge = update(accounts).where(accounts.c.id == "shenzhen-lumen")
        work.connection.execute(badge.values(badge=0))
        made = order_over_total(work, "TA-1", LATER)
        intake.make(work, made, at=LATER)
        intake.pay(work, "TA-1", made.total, payment="PSP-1", at=LATER)
        work.connection.execute(badge.values(badge=1))

    world.write(paid)
    world.write(lambda work: intake.ship(work, "TA-1", at=LATER + DAY))
    world.write(lambda work: intake.deliver(work, "TA-1", at=LATER + 2 * DAY))
    world.write(outbox.accept_all)
    waits = order(world, "TA-1")
    assert waits["release_at"] == waits["claim_until"]["at"] == waits["next"]["by"]
    assert waits["next"]["by_zone"] == waits["claim_until"]["zone"]
    fire_until(world, at(waits["release_at"]) + timedelta(minutes=2))
    assert order(world, "TA-1")["state"] == OrderState.CLOSED


def test_with_the_badge_it_does_not(world: Database) -> None:
    world.write(lambda work: delivered(work, "TA-1", LATER))
    assert at(order(world, "TA-1")["release_at"]) == LATER + 15 * DAY
