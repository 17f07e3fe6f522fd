"""Each order says two moments: when its money leaves escrow by itself, and until when a claim is possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from contract.codes import Reason
from escrow import intake, outbox, service
from escrow.callers import Caller
from escrow.requests import OrderSearch, WhatIf
from escrow.store.database import Database
from tests.escrow.asking import (
    ALICE,
    LAMPS,
    LATER,
    OMAR,
    builtins,
    fire_until,
    half_claim,
    order,
)
from tests.escrow.worlds import Copies, demo_world

NIGHT, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return Copies(demo_world, tmp_path_factory.mktemp("moments"))


def listed(world: Database, who: Caller = OMAR) -> list[dict[str, Any]]:
    page = world.read(lambda work: service.list_orders(work, who, OrderSearch(), LATER))
    told: list[dict[str, Any]] = builtins(page)["items"]
    return told


def deadline(world: Database, id: str, reason: Reason) -> tuple[str | None, str | None]:
    asked = WhatIf(reason=reason)
    told = builtins(world.read(lambda work: service.verdict(work, OMAR, id, asked, LATER)))
    return told["deadline"], told["deadline_zone"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_delivered_order_releases_before_its_claim_window_ends(world: Database) -> None:
    lamps = order(world, LAMPS)
    delivered = at(lamps["delivered_at"])
    assert at(lamps["release_at"]) == delivered + 15 * DAY
    assert lamps["claim_until"]["zone"] == "Africa/Lagos"
    assert 30 * DAY < at(lamps["claim_until"]["at"]) - delivered <= 31 * DAY + NIGHT


def test_the_end_of_claims_is_the_one_that_a_verdict_names(world: Database) -> None:
    for told in listed(world):
        until = told["claim_until"]
        reason = Reason.DAMAGED if told["delivered_at"] else Reason.NOT_SHIPPED
        if told["paid_at"] is None:
            assert until is None
        elif told["id"] != "TA-40015-2200":  # its open claim is what its verdict is about
            at_, zone = deadline(world, told["id"], reason)
            assert until == ({"at": at_, "zone": zone} if at_ else None)


def test_no_day_ends_a_claim_before_delivery(world: Database) -> None:
    waiting = [told for told in listed(world) if told["delivered_at"] is None]
    assert {told["state"] for told in waiting} >= {"funded", "shipped"}
    assert [told["claim_until"] for told in waiting] == [None] * len(waiting)


def test_once_released_no_release_is_ahead_and_a_claim_is_still_possible(world: Database) -> None:
    fire_until(world, at(order(world, LAMPS)["release_at"]))
    lamps = order(world, LAMPS)
    assert lamps["release_at"] is None and at(lamps["claim_until"]["at"]) > LATER


def test_beside_a_claim_the_rest_still_has_its_instant(world: Database) -> None:
    before = order(world, LAMPS)
    half_claim(world)
    beside = order(world, LAMPS)
    assert beside["release_at"] == before["release_at"] != beside["next"]["by"]
    assert beside["claim_until"] == before["claim_until"]


def test_until_its_notice_was_accepted_a_release_has_no_instant(world: Database) -> None:
    world.write(lambda work: intake.deliver(work, "TA-20944-1002", at=LATER))
    waiting = order(world, "TA-20944-1002")
    assert waiting["release_at"] is None and waiting["claim_until"]
    world.write(outbox.accept_all)
    assert at(order(world, "TA-20944-1002")["release_at"]) == LATER + 15 * DAY


def test_a_list_says_the_same_as_each_order_and_reads_no_more_for_more_of_them(world: Database) -> None:
    told = listed(world)
    assert told == [order(world, each["id"]) for each in told]
    with_one = Caller("nordholm", "nordholm-handel", "buyer", "c", "t")
    assert statements(world, ALICE) == statements(world, with_one)


def statements(world: Database, who: Caller) -> int:
    ran: list[str] = []

    def count(*given: Any) -> None:
        ran.append(given[2])

    event.listen(world.engine, "before_cursor_execute", count)
    assert listed(world, who)
    event.remove(world.engine, "before_cursor_execute", count)
    return len(ran)
