"""A credit that the platform gives of its own will: what two supervisors sign, of own money alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from contract.codes import Tell
from escrow import chart, funds, outbox, service
from escrow.callers import Caller
from escrow.engine import SYSTEM
from escrow.money import Money
from escrow.store.database import Database
from escrow.tables import texts
from tests.escrow.asking import (
    ALICE,
    LAMPS,
    LATER,
    asked,
    builtins,
    confirmed,
    fire_until,
    journal,
    refused,
    usd,
)
from tests.escrow.worlds import MADE, events

SARA = Caller("sara", "desk", "supervisor", "d1", "d1-1")
IVO = Caller("ivo", "desk", "supervisor", "d2", "d2-1")
MEI = Caller("mei", "desk", "mediator", "d3", "d3-1")
WHY = "three of our answers came late"


def quoted(world: Database, minor: int = 5000, **more: Any) -> dict[str, Any]:
    amount = more.pop("amount", usd(minor))
    return asked(world, SARA, "goodwill", order=LAMPS, amount=amount, because=WHY, **more)


def usable(world: Database) -> list[dict[str, Any]]:
    money = builtins(world.read(lambda work: service.my_money(work, ALICE, None)))
    return list(money["credits"])


def test_two_supervisors_sign_it_and_only_then_it_is_there_and_told(world: Database) -> None:
    last = world.read(lambda work: work.notices.last())
    quote = quoted(world)
    assert quote["signatures"] == ["supervisor", "supervisor"]
    assert quote["effect"] == {
        "amount": usd(5000),
        "new_state": "spendable",
        "because": WHY,
        "valid_days": 90,
        "expires_at_zone": "Africa/Lagos",
    }
    assert quote["preview"] == {"expires_at": "2027-02-22T23:00:00Z"}
    assert not confirmed(world, SARA, quote)["done"] and usable(world) == []
    assert confirmed(world, SARA, quote)["waits_for"] == "supervisor"
    assert confirmed(world, IVO, quote)["done"]
    (mine,) = usable(world)
    assert (mine["usable"], mine["usable_until"]) == (usd(5000), "2027-02-22T23:00:00Z")
    assert [(each["kind"], each["account"]) for each in journal(world, LAMPS)[-2:]] == [
        ("E10", "2300:adeyemi-trading"),
        ("E10", "5000"),
    ]
    told = world.read(lambda work: outbox.notices_after(work, last)).items
    assert [(each.kind, each.account) for each in told] == [(Tell.CREDIT_GIVEN, "adeyemi-trading")]


def test_its_reason_is_kept_beside_its_hash_and_no_history_has_the_words(world: Database) -> None:
    quote = quoted(world)
    for who in (SARA, IVO):
        confirmed(world, who, quote)
    (kept,) = world.read(lambda work: list(work.connection.execute(select(texts))))
    assert kept.text == WHY
    (row,) = [each for each in events(world) if each.event == "credit.give"]
    assert kept.id in row.facts and WHY not in row.facts
    assert row.actor == "supervisor:sara"


def test_only_supervisors_give_it(world: Database) -> None:
    for who in (ALICE, MEI):
        with refused("not_found"):
            asked(world, who, "goodwill", order=LAMPS, amount=usd(1), because=WHY)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (usd(0), "amount_not_positive"),
        (usd(-5), "amount_not_positive"),
        ({"minor": 5, "currency": "EUR"}, "wrong_currency"),
        ({"minor": 5, "currency": "ABC"}, "malformed"),
    ],
)
def test_what_is_no_sum_of_the_orders_currency_is_refused(
    world: Database, amount: dict[str, Any], code: str
) -> None:
    with refused(code):
        quoted(world, amount=amount)


def test_own_funds_must_cover_it_at_the_quote_and_at_the_last_signature(world: Database) -> None:
    with refused("own_funds_short") as wrong:
        quoted(world, 5_000_001)
    assert wrong.value.facts["free"] == usd(5_000_000)
    quote = quoted(world, 5_000_000)
    confirmed(world, SARA, quote)
    world.write(lambda work: funds.take_out(work, Money(1, "USD"), actor=SYSTEM, at=MADE))
    with refused("own_funds_short"):
        confirmed(world, IVO, quote)
    assert usable(world) == []


def test_several_can_be_given_and_each_ends_by_itself(world: Database) -> None:
    for minor in (1000, 2000):
        quote = quoted(world, minor)
        for who in (SARA, IVO):
            confirmed(world, who, quote)
    assert usable(world)[0]["usable"] == usd(3000)
    end = datetime.fromisoformat("2027-02-22T23:00:00Z")
    fire_until(world, end - timedelta(seconds=1))
    assert usable(world)[0]["usable"] == usd(3000)
    fire_until(world, end)
    assert usable(world) == []
    balance = world.read(lambda work: work.ledger.balance(chart.CREDIT_BREAKAGE(), "USD"))
    assert balance == -3000
    assert end > LATER
