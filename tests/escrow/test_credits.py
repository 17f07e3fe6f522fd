"""On-time credit from the promise to its end: who gets it, from when, until when, and of whose money."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from contract.codes import CreditKind, CreditState, Tell
from escrow import chart, funds, intake, outbox, service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.engine import SYSTEM
from escrow.machines.credit import CREDIT, CreditEvent
from escrow.money import Money
from escrow.store.database import Database
from tests.escrow import samples
from tests.escrow.asking import (
    ALICE,
    CHEN,
    LUMEN,
    asked,
    builtins,
    confirmed,
    fire_until,
    journal,
    order,
    refused,
)
from tests.escrow.samples import AT, case, usd
from tests.escrow.test_machines import happens
from tests.escrow.worlds import MADE, late, market, order_over_total

FLOODLIGHTS, PANELS, LAMPS, STAGE = "TA-20944-1002", "TA-40015-2311", "TA-20931-7741", "TA-31207-7777"
# The floodlights were promised for 20 November; the 30 days after that end then in Lagos.
OVER = "2026-12-20T23:00:00Z"
DAY = timedelta(days=1)
NADIA = Caller("nadia", "nadia-studio", "buyer", "c9", "c9-2")


def credit_of(world: Database, id: str) -> dict[str, Any]:
    told: dict[str, Any] = order(world, id)["credit"]
    return told


def asks(world: Database, at: datetime = MADE, id: str = FLOODLIGHTS, who: Caller = ALICE) -> dict[str, Any]:
    quote = asked(world, who, "ontime_credit", at, order=id)
    assert confirmed(world, who, quote, at)["done"]
    return quote


def my_credits(world: Database, who: Caller = ALICE) -> list[dict[str, Any]]:
    money = builtins(world.read(lambda work: service.my_money(work, who, None)))
    return list(money["credits"])


def told_of_credits(world: Database, after: int) -> list[tuple[str, str]]:
    items = world.read(lambda work: outbox.notices_after(work, after)).items
    return [(each.kind, each.account) for each in items if each.kind.startswith("credit_")]


def last_notice(world: Database) -> int:
    return world.read(lambda work: work.notices.last())


def leave(world: Database, minor: int) -> None:
    """So much of the platform's own dollars that no credit may ask for."""
    free = world.read(lambda work: funds.available(work, "USD"))
    world.write(lambda work: funds.take_out(work, free - Money(minor, "USD"), actor=SYSTEM, at=MADE))


# Every cell of its machine: what an event does under which conditions

LATE, EARLY, IN_TIME = {"promised_at": AT}, {"promised_at": AT + 40 * DAY}, {"delivered_at": AT}
PRO, CAME = {"tier": "enterprise_pro"}, {"delivered_at": AT + 20 * DAY}
GRANT, SPENDABLE = "amount, unspent, granted_at, expires_at", "credit_spendable"
NOT_ASKED = ("promised", "eligible")
NOT_GRANTED, UNSPENT = ("promised", "eligible", "waiting"), ("granted", "spendable")
REVOKED = ("revoked", "E9v", "", "credit_revoked")
CELLS: list[tuple[str | None, str, dict[str, Any], dict[str, Any], tuple[str, ...] | str]] = [
    (None, "promise", LATE, {}, ("promised", "", "", "")),
    ("promised", "order_came", EARLY | CAME, {}, ("kept", "", "", "")),
    ("promised", "order_came", LATE | CAME, {}, "wrong_state"),
    ("promised", "promised_day_over", LATE, {}, ("eligible", "", "", "credit_possible")),
    ("promised", "promised_day_over", LATE | PRO, {}, ("granted", "E9", GRANT, "credit_granted")),
    ("promised", "promised_day_over", LATE | PRO | CAME, {}, ("spendable", "E9", GRANT, SPENDABLE)),
    ("promised", "promised_day_over", LATE | PRO, {"own_funds": 19}, ("waiting", "", "", "credit_waiting")),
    ("promised", "promised_day_over", LATE, {"at": AT + 31 * DAY}, ("lapsed", "", "", "")),
    ("promised", "ask", LATE, {}, ("granted", "E9", GRANT, "credit_granted")),
    ("promised", "ask", EARLY, {}, "not_late_yet"),
    ("promised", "ask", LATE | IN_TIME, {}, "delivered_in_time"),
    ("promised", "ask", LATE, {"at": AT + 31 * DAY}, "credit_time_over"),
    ("eligible", "ask", LATE, {}, ("granted", "E9", GRANT, "credit_granted")),
    ("eligible", "ask", LATE | CAME, {}, ("spendable", "E9", GRANT, SPENDABLE)),
    ("eligible", "ask", LATE, {"own_funds": 20}, ("granted", "E9", GRANT, "credit_granted")),
    ("eligible", "ask", LATE, {"own_funds": 19}, ("waiting", "", "", "credit_waiting")),
    ("eligible", "ask", LATE, {"at": AT + 31 * DAY}, "credit_time_over"),
    ("eligible", "time_to_ask_over", LATE, {}, ("lapsed", "", "", "")),
    ("waiting", "cover_again", LATE, {"own_funds": 19}, ("waiting", "", "", "")),
    ("waiting", "cover_again", LATE, {}, ("granted", "E9", GRANT, "credit_granted")),
    ("waiting", "cover_again", LATE | CAME, {}, ("spendable", "E9", GRANT, SPENDABLE)),
    ("granted", "order_came", LATE | CAME, {}, ("spendable", "", "", SPENDABLE)),
    *((state, "promise_moved", LATE, {}, ("promised", "", "", "")) for state in NOT_ASKED),
    ("eligible", "order_came", EARLY | CAME, {}, ("kept", "", "", "")),
    ("eligible", "order_came", LATE | CAME, {}, "wrong_state"),
    (None, "give", {}, {}, ("spendable", "E9", "", "credit_given")),
    (None, "give", {}, {"own_funds": 19}, "own_funds_short"),
    *((state, "order_undone", LATE, {}, ("lapsed", "", "", "")) for state in NOT_GRANTED),
    *((state, "order_undone", LATE, {}, REVOKED) for state in UNSPENT),
    ("spendable", "spend", LATE, {"spent": usd(19)}, ("spendable", "", "unspent", "")),
    ("spendable", "spend", LATE, {"spent": usd(20)}, ("spent", "", "unspent", "")),
    ("spendable", "remind", LATE, {}, ("spendable", "", "", "credit_ends_soon")),
    *((state, "expire", LATE, {}, ("expired", "E9x", "", "credit_expired")) for state in UNSPENT),
]
BY = {
    "ask": "buyer",
    "give": "supervisor",
    "promise": "marketplace",
    "spend": "marketplace",
    "order_came": "marketplace",
}


@pytest.mark.parametrize(("state", "event", "facts", "given", "expected"), CELLS)
def test_each_event_does_under_each_condition_what_is_written(
    state: str | None, event: str, facts: dict[str, Any], given: dict[str, Any], expected: Any
) -> None:
    credit = replace(samples.CREDIT, state=CreditState(state or "promised"))
    at: dict[str, Any] = {"at": AT + 25 * DAY} | given
    found = happens(
        CREDIT,
        CreditState(state) if state else None,
        CreditEvent(event),
        case(credit=credit, facts=facts, **at),
        BY.get(event, "timer"),
    )
    assert found == expected


# By asking


def test_from_the_day_after_the_promised_one_it_is_asked_for_shown_exactly_and_granted_once(
    world: Database,
) -> None:
    assert credit_of(world, FLOODLIGHTS) == {
        "state": "eligible",
        "amount": {"minor": 10000, "currency": "USD"},
        "unspent": {"minor": 0, "currency": "USD"},
        "apply_from": "2026-11-20T23:00:00Z",
        "apply_until": OVER,
        "apply_until_zone": "Africa/Lagos",
        "granted_at": None,
        "expires_at": None,
        "expires_at_zone": None,
    }
    quote = asks(world)
    assert quote["effect"] == {
        "amount": {"minor": 10000, "currency": "USD"},
        "cap": {"minor": 10000, "currency": "USD"},
        "percent": 10,
        "valid_days": 90,
        "new_state": "granted",
        "expires_at_zone": "Africa/Lagos",
    }
    assert quote["preview"] == {"expires_at": "2027-02-22T23:00:00Z"}
    assert quote["signatures"] == ["buyer"] and quote["order"] == FLOODLIGHTS
    posted = journal(world, FLOODLIGHTS)[-2:]
    assert [(each["kind"], each["account"]) for each in posted] == [
        ("E9", "2300:adeyemi-trading"),
        ("E9", "5010"),
    ]
    legs = [{side: each[side] for side in ("account", "debit", "credit") if side in each} for each in posted]
    assert legs == sorted(quote["postings"], key=lambda each: str(each["account"]))
    granted = credit_of(world, FLOODLIGHTS)
    assert (granted["state"], granted["unspent"]["minor"]) == ("granted", 10000)
    assert (granted["apply_until"], granted["expires_at"]) == (None, "2027-02-22T23:00:00Z")
    with refused("credit_already_granted") as wrong:
        asked(world, ALICE, "ontime_credit", MADE, order=FLOODLIGHTS)
    assert wrong.value.facts["amount"] == {"minor": 10000, "currency": "USD"}
    assert wrong.value.facts["state"] == "granted"


def test_the_money_of_the_order_stays_where_it_is(world: Database) -> None:
    before = order(world, FLOODLIGHTS)
    asks(world)
    after = order(world, FLOODLIGHTS)
    assert (after["money"], after["state"]) == (before["money"], before["state"])


def test_an_order_without_the_mark_brings_none(world: Database) -> None:
    with refused("no_guarantee"):
        asked(world, ALICE, "ontime_credit", MADE, order=LAMPS)


def test_another_buyers_order_is_not_there(world: Database) -> None:
    with refused("not_found"):
        asked(world, NADIA, "ontime_credit", MADE, order=FLOODLIGHTS)
    with refused("not_found"):
        asked(world, LUMEN, "ontime_credit", MADE, order=FLOODLIGHTS)


def test_the_supplier_is_shown_no_credit_and_told_of_none(world: Database) -> None:
    seen = builtins(world.read(lambda work: service.order(work, LUMEN, FLOODLIGHTS, MADE)))
    assert seen["credit"] is None
    last = last_notice(world)
    asks(world)
    assert told_of_credits(world, last) == [("credit_granted", "adeyemi-trading")]


@pytest.mark.parametrize("minor", [0, 9999])
def test_what_own_funds_do_not_cover_waits_until_they_do_and_is_granted_then(
    world: Database, minor: int
) -> None:
    leave(world, minor)
    quote = asks(world)
    assert (quote["effect"]["new_state"], quote["postings"], quote["preview"]) == ("waiting", [], {})
    assert my_credits(world) == [
        {
            "currency": "USD",
            "usable": {"minor": 0, "currency": "USD"},
            "usable_until": None,
            "waiting": {"minor": 10000, "currency": "USD"},
        }
    ]
    with refused("credit_already_asked"):
        asked(world, ALICE, "ontime_credit", MADE, order=FLOODLIGHTS)
    fire_until(world, MADE + 2 * DAY)
    assert credit_of(world, FLOODLIGHTS)["state"] == "waiting"
    world.write(lambda work: funds.put_in(work, Money(10_000, "USD"), actor=SYSTEM, at=MADE))
    fire_until(world, MADE + 3 * DAY)
    granted = credit_of(world, FLOODLIGHTS)
    assert (granted["state"], granted["granted_at"]) == ("granted", "2026-11-27T09:00:00Z")


def test_nobody_can_ask_a_second_too_late_and_the_last_second_counts(world: Database) -> None:
    end = datetime.fromisoformat(OVER)
    with refused("credit_time_over") as wrong:
        asked(world, ALICE, "ontime_credit", end, order=FLOODLIGHTS)
    assert wrong.value.facts["deadline"] == end and wrong.value.facts["deadline_zone"] == "Africa/Lagos"
    asks(world, end - timedelta(seconds=1))


def test_when_the_time_to_ask_is_over_it_lapses_and_says_so(world: Database) -> None:
    fire_until(world, datetime.fromisoformat(OVER))
    assert credit_of(world, FLOODLIGHTS)["state"] == "lapsed"
    with refused("credit_time_over"):
        asked(world, ALICE, "ontime_credit", datetime.fromisoformat(OVER), order=FLOODLIGHTS)


def test_a_yes_to_a_quote_of_before_the_own_funds_went_is_refused(world: Database) -> None:
    quote = asked(world, ALICE, "ontime_credit", MADE, order=FLOODLIGHTS)
    leave(world, 0)
    with refused("quote_changed"):
        confirmed(world, ALICE, quote, MADE)


# By itself, after delivery, and its end


def test_an_enterprise_account_has_it_by_itself_the_day_after_the_promised_one(world: Database) -> None:
    granted = credit_of(world, PANELS)
    assert (granted["state"], granted["granted_at"]) == ("spendable", "2026-11-18T16:00:00Z")
    assert granted["amount"] == granted["unspent"] == {"minor": 30769, "currency": "KWD"}
    with refused("credit_already_granted"):
        asked(world, CHEN, "ontime_credit", MADE, order=PANELS)
    assert my_credits(world, CHEN) == [
        {
            "currency": "KWD",
            "usable": {"minor": 30769, "currency": "KWD"},
            "usable_until": granted["expires_at"],
            "waiting": {"minor": 0, "currency": "KWD"},
        }
    ]


def test_it_can_be_used_from_the_delivery_on_and_that_is_told(world: Database) -> None:
    asks(world)
    last = last_notice(world)
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=MADE + DAY))
    assert credit_of(world, FLOODLIGHTS)["state"] == "spendable"
    assert (Tell.CREDIT_SPENDABLE, "adeyemi-trading") in told_of_credits(world, last)
    (mine,) = my_credits(world)
    assert (mine["usable"]["minor"], mine["waiting"]["minor"]) == (10000, 0)


def test_it_is_reminded_of_and_expires_at_its_instant_and_own_funds_are_free_again(world: Database) -> None:
    asks(world)
    world.write(lambda work: intake.deliver(work, FLOODLIGHTS, at=MADE + DAY))
    end = datetime.fromisoformat(credit_of(world, FLOODLIGHTS)["expires_at"])
    last = last_notice(world)
    fire_until(world, end - timedelta(seconds=1))
    assert (Tell.CREDIT_ENDS_SOON, "adeyemi-trading") in told_of_credits(world, last)
    assert credit_of(world, FLOODLIGHTS)["state"] == "spendable"
    fire_until(world, end)
    assert credit_of(world, FLOODLIGHTS)["state"] == "expired" and my_credits(world) == []
    assert journal(world, FLOODLIGHTS)[-1]["kind"] == "E9x"
    assert world.read(lambda work: work.ledger.balance(chart.CREDIT("adeyemi-trading"), "USD")) == 0
    assert (Tell.CREDIT_EXPIRED, "adeyemi-trading") in told_of_credits(world, last)


def test_what_was_given_for_another_reason_stays_whatever_becomes_of_the_order() -> None:
    for state in map(CreditState, UNSPENT):
        given = replace(samples.CREDIT, kind=CreditKind.GOODWILL, state=state)
        assert CREDIT.way(state, CreditEvent.ORDER_UNDONE, case(credit=given)) is None


# Of orders from outside


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    on_sqlite = request.param == "sqlite"
    database = market(f"sqlite:///{tmp_path}/e.db" if on_sqlite else request.getfixturevalue("fresh_pg")())
    yield database
    assert not database.read(audit).breaches
    database.close()


def test_before_the_promised_day_is_over_the_instant_from_which_is_told(shop: Database) -> None:
    shop.write(partial(late, id="TA-1", at=MADE + 12 * DAY))
    with refused("not_late_yet") as wrong:
        asked(shop, ALICE, "ontime_credit", MADE + 3 * DAY, order="TA-1")
    opens = wrong.value.facts["opens_at"]
    assert opens == datetime.fromisoformat("2026-12-04T23:00:00Z")
    with refused("not_late_yet"):
        asked(shop, ALICE, "ontime_credit", opens - timedelta(seconds=1), order="TA-1")
    quote = asked(shop, ALICE, "ontime_credit", opens, order="TA-1")
    assert quote["effect"]["amount"] == {"minor": 900, "currency": "USD"}


def test_what_came_in_time_brings_none(shop: Database) -> None:
    shop.write(partial(late, id="TA-1", at=MADE + 12 * DAY))
    shop.write(lambda work: intake.deliver(work, "TA-1", at=MADE + 4 * DAY))
    with refused("delivered_in_time"):
        asked(shop, ALICE, "ontime_credit", MADE + 5 * DAY, order="TA-1")


def test_what_came_on_the_last_second_of_the_promised_day_came_in_time(shop: Database) -> None:
    end = datetime.fromisoformat("2026-12-04T23:00:00Z")
    for id, at, state in (("TA-1", end - timedelta(seconds=1), "kept"), ("TA-2", end, "promised")):
        shop.write(partial(late, id=id, at=MADE + 12 * DAY))
        shop.write(partial(intake.deliver, id=id, at=at))
        credit = shop.read(lambda work: work.credits.of(id)[0])  # noqa: B023
        assert credit.state == state


def test_what_came_in_time_and_was_told_late_brings_none_either(shop: Database) -> None:
    shop.write(partial(late, id="TA-1", at=MADE + 12 * DAY))
    fire_until(shop, MADE + 12 * DAY)
    in_time = MADE + 9 * DAY
    shop.write(partial(intake.deliver, id="TA-1", at=MADE + 12 * DAY, happened=in_time))
    assert shop.read(lambda work: work.credits.of("TA-1")[0]).state == "kept"
    with refused("delivered_in_time"):
        asked(shop, ALICE, "ontime_credit", MADE + 13 * DAY, order="TA-1")


def test_an_order_that_was_not_paid_brings_none_yet(world: Database) -> None:
    world.write(lambda work: intake.make(work, order_over_total(work, "TA-1", MADE), at=MADE))
    with refused("nothing_paid"):
        asked(world, ALICE, "ontime_credit", MADE + 20 * DAY, order="TA-1")
