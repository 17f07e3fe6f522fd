"""When the money goes out, until when a claim is possible, why it waits: from a real escrow's answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actions.moments import when_to_claim
from contract.answers import Order, Verdict
from contract.codes import OrderState, Reason
from messenger import tokens
from tests import samples
from tests.actions.conftest import Chat, Server, render, running

LAMPS, STRIPS, DRILLS, LATE = "TA-20931-7741", "20001234567890123", "TA-20931-7714", "TA-20944-1002"
FRESH, UNPAID, BOXES, CLAIMED = "TA-20950-3310", "TA-20951-0007", "TA-20931-6650", "TA-40015-2200"
STREET = "TA-31200-0450"
DAY = r"\w+day \d+ \w+"

Chats = Callable[[str | None], Chat]
Ask = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("moments")
    tokens.ensure_keys(made)
    return made


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """A world of its own: in that of the folder others open claims and confirm."""
    yield from running(home)


@pytest.fixture
def ask(url: str, home: Path) -> Ask:
    """`ask("alice", "release_time", LAMPS)`: all that is said, as the person reads it."""

    def said(person: str | None, task: str, order: str | None = None, **slots: Any) -> str:
        async def story() -> str:
            async with Server(url, home) as server:
                chat = server.chat(person)
                chat.slots |= slots
                given: Any = {"order": ("order_id", order)} if order else {}
                chat.open("request_refund" if task == "verdict" else task, **given)
                if order:
                    assert await chat.act("action_find_order") == []
                return "\n".join(map(render, await chat.act(f"action_{task}")))

        return asyncio.run(story())

    return said


def test_a_buyer_is_told_both_moments_of_a_delivered_order(ask: Ask) -> None:
    when, claim, *buttons = ask("alice", "release_time", LAMPS).splitlines()
    assert buttons == ["[All is well, release it]", "[Hold the money longer]", "[Open a claim]"]
    assert re.fullmatch(
        rf"On {DAY}, \d\d:\d\d the US\$1,280.00 for order {LAMPS} goes to the supplier.+", when
    )
    assert re.fullmatch(
        rf"After that you can still open a claim until 23:59 \w+ time, {DAY}, but nothing is held any more\.",
        claim,
    )


def test_a_supplier_is_told_both_moments_from_their_side(ask: Ask) -> None:
    when, claim = ask("shenzhen-lumen", "release_time", LAMPS).splitlines()
    assert re.match(rf"On {DAY}, \d\d:\d\d the US\$1,280.00 for order {LAMPS} is released to you", when)
    assert claim.startswith("After that the buyer can still open a claim until 23:59 ")


@pytest.mark.parametrize(
    ("person", "order", "said"),
    [
        ("alice", UNPAID, "Nothing has been paid"),
        ("shenzhen-lumen", UNPAID, "has not been paid yet, so there is nothing to pay out"),
        ("alice", FRESH, "stays in escrow until the goods are there"),
        ("ningbo-tools", FRESH, "is released to you when the buyer confirms the goods"),
        ("alice", LATE, "You can open a claim that it has not arrived, as long as it has not."),
        (
            "shenzhen-lumen",
            LATE,
            "The buyer can open a claim that it has not arrived, as long as it",
        ),
        ("alice", DRILLS, "the bank did not take the payout"),
        ("alice", BOXES, "has been paid to the supplier"),
        ("ningbo-tools", BOXES, "has been paid out to you"),
        ("chen", CLAIMED, "the US$2,200.00 of order TA-40015-2200 that is not claimed goes to the supplier"),
        ("ningbo-tools", CLAIMED, "the other US$1,100.00 stays in escrow until their claim is settled"),
        ("bruno", STREET, "You can still open a claim until 23:59"),
    ],
)
def test_whatever_has_become_of_the_money_is_told(ask: Ask, person: str, order: str, said: str) -> None:
    assert said in ask(person, "release_time", order)


@pytest.mark.parametrize(
    ("person", "order", "said"),
    [
        ("alice", LAMPS, "Because you still have time to look at the goods"),
        ("shenzhen-lumen", LAMPS, "Because the buyer still has time to look at the goods"),
        ("alice", LATE, "Because the goods are not there yet"),
        ("shenzhen-lumen", LATE, "Because the goods are not with the buyer yet"),
        ("shenzhen-lumen", UNPAID, "has not been paid yet"),
        ("chen", CLAIMED, "Because of the open claim: US$1,100.00 of the US$3,300.00"),
        ("ningbo-tools", CLAIMED, "Because of the buyer's claim: US$1,100.00 of the US$3,300.00"),
        ("ningbo-tools", BOXES, "has been paid out to you, and the bank took it"),
        ("alice", BOXES, "has been paid to the supplier, and the bank took it"),
    ],
)
def test_why_the_money_waits_is_the_first_that_is_said(ask: Ask, person: str, order: str, said: str) -> None:
    assert said in ask(person, "payout_problem", order).splitlines()[0]


def test_a_failed_payout_is_told_to_the_supplier_with_what_happened_what_we_do_and_what_they_can_do(
    ask: Ask,
) -> None:
    happened, we, they = ask("ningbo-tools", "payout_problem", DRILLS).splitlines()
    assert happened.startswith(f"The bank did not take the payout of US$640.00 for order {DRILLS}.")
    assert re.search(rf"again, and is asked anew on {DAY}", we)
    assert they.startswith("What you can do: ")


def test_a_failed_payout_is_told_to_the_buyer_as_nothing_of_theirs(ask: Ask) -> None:
    told = ask("alice", "payout_problem", DRILLS)
    assert "the supplier has not received it yet" in told and "Nothing for you to do" in told
    assert "bank details" not in told and "you have not received" not in told


def test_without_an_order_the_one_payout_that_waits_is_meant_or_all_are_told(ask: Ask) -> None:
    assert DRILLS in ask("ningbo-tools", "payout_problem").splitlines()[0]
    assert "is in escrow now" in ask("shenzhen-lumen", "payout_problem")
    assert "What is released to you next" in ask("shenzhen-lumen", "release_time")


def test_a_visitor_is_told_in_general(ask: Ask) -> None:
    assert "15 days after they are told of the delivery" in ask(None, "release_time")


# All of an account's money


def test_all_held_money_begins_with_the_total_and_names_the_next_releases(ask: Ask) -> None:
    total, _, lamps, strips, rest, gone, _ = ask("alice", "my_money").splitlines()
    assert total == "US$7,705.20 of yours is in escrow now."
    assert re.fullmatch(rf"· {DAY}: US\$1,280.00 of order {LAMPS}", lamps)
    assert re.fullmatch(rf"· {DAY}: US\$4,200.00 of order {STRIPS}", strips)
    assert rest.startswith("The other US$2,225.20 waits for a delivery")
    assert gone == "So far US$950.50 has been released to suppliers."


def test_a_supplier_sees_each_currency_and_what_has_not_reached_them(ask: Ask) -> None:
    assert ask("shenzhen-lumen", "my_money").startswith("KWD 1,250.500 and US$15,330.00 for your orders")
    assert f"US$640.00 of order {DRILLS} has been released and has not reached you" in ask(
        "ningbo-tools", "my_money"
    )


def test_a_credit_stands_among_the_money_with_its_last_day(ask: Ask) -> None:
    assert re.search(
        rf"a credit of KWD 30.769 for a later order, the first of it until {DAY}", ask("chen", "my_money")
    )


def test_whoever_has_no_orders_is_told_so(ask: Ask) -> None:
    assert ask("nadia", "my_money") == "There are no orders under your account yet, so nothing is held."
    assert "Nothing of yours is in escrow now" in ask("bruno", "my_money")


# The status and the verdict


@pytest.mark.parametrize(("person", "whose"), [("alice", "you can"), ("shenzhen-lumen", "the buyer can")])
def test_the_status_of_a_delivered_order_names_both_moments(ask: Ask, person: str, whose: str) -> None:
    told = ask(person, "order_status", LAMPS)
    assert re.search(rf"by|until {DAY}, \d\d:\d\d", told)
    assert f"After that {whose} still open a claim until 23:59" in told


@pytest.mark.parametrize("order", [STREET, LATE, LAMPS, BOXES, FRESH])
def test_no_status_says_twice_that_a_claim_is_possible(ask: Ask, order: str) -> None:
    person = "bruno" if order == STREET else "alice"
    assert ask(person, "order_status", order).count("claim until") <= 1


def test_a_verdict_says_its_days_and_from_what_they_count_and_when_the_money_leaves(ask: Ask) -> None:
    told = ask("alice", "verdict", LAMPS)
    assert re.search(
        rf"until 23:59 \w+ time, {DAY}: 30 days from the delivery on {DAY}; with an Enterprise account 60\.",
        told,
    )
    assert re.search(rf"The money leaves escrow before that, on {DAY}, \d\d:\d\d: what you claim", told)


def test_a_verdict_on_what_has_not_arrived_has_no_end_as_long_as_it_has_not(ask: Ask) -> None:
    told = ask("alice", "verdict", LATE)
    assert re.search(rf"was promised for {DAY} and has not been delivered yet\. You can open a claim", told)
    assert "as long as it has not come" in told and "23:59" not in told


@pytest.mark.parametrize("task", ["release_time", "order_status", "verdict", "delivery_delay"])
@pytest.mark.parametrize("order", [LATE, FRESH])
def test_before_delivery_no_end_of_a_claim_is_named(ask: Ask, task: str, order: str) -> None:
    told = ask("alice", task, order)
    assert not re.search(r"until None|claim[^.]* until \d", told)


def test_who_asks_about_the_goods_themselves_is_offered_that_they_are_late(url: str, home: Path) -> None:
    async def story() -> None:
        async with Server(url, home) as server:
            chat = server.chat("alice")
            chat.open("request_refund", order=("order_id", LATE), reason=("reason", Reason.DAMAGED))
            assert await chat.act("action_find_order") == []
            told = "\n".join(map(render, await chat.act("action_verdict")))
            assert "That they have not arrived can be claimed now." in told and "[Open a claim]" in told
            recent = chat.slots["recent"]
            assert recent["offer"]["values"] == {"order": LATE, "reason": Reason.NOT_DELIVERED}
            assert recent["reason"] == Reason.NOT_DELIVERED

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changed", "which"),
    [
        ({"shipped_at": samples.MADE, "promised_at": samples.MADE}, "late"),
        ({"shipped_at": samples.MADE, "promised_at": None}, "late"),
        ({"shipped_at": None, "ship_by": samples.MADE, "promised_at": samples.LATER}, "unsent"),
        ({"shipped_at": None, "ship_by": None, "promised_at": samples.MADE}, "unsent"),
        ({"shipped_at": None, "ship_by": samples.LATER, "promised_at": samples.LATER}, "from_delivery"),
        ({"shipped_at": None, "ship_by": None, "promised_at": None}, "from_delivery"),
    ],
)
def test_before_delivery_what_is_late_is_told_as_claimable(changed: dict[str, Any], which: str) -> None:
    waits = samples.ORDER | {"state": "shipped", "delivered_at": None, "claim_until": None} | changed
    now = samples.VERDICT["facts"] | {"delivered_at": None, "now": "2026-11-20T09:00:00Z"}
    verdict = samples.VERDICT | {"deadline": None, "deadline_zone": None, "facts": now}
    found = when_to_claim(msgspec.convert(waits, Order), msgspec.convert(verdict, Verdict))
    assert found == which


def test_a_verdict_for_an_enterprise_account_says_that_its_days_are_its_accounts(ask: Ask) -> None:
    told = ask("bruno", "verdict", STREET)
    assert re.search(rf"60 days from the delivery on {DAY}, as with every Enterprise account", told)


def test_a_window_that_is_over_says_how_many_days_it_had(ask: Ask) -> None:
    assert re.search(
        rf"was possible until .+: 30 days from the delivery on {DAY}", ask("alice", "verdict", BOXES)
    )


@pytest.mark.parametrize("state", [OrderState.REFUNDING, OrderState.REFUNDED, OrderState.CANCELLED])
def test_of_what_goes_back_no_days_for_a_claim_are_told(state: OrderState) -> None:
    order = msgspec.convert(samples.ORDER | {"state": state, "delivered_at": None}, Order)
    assert when_to_claim(order, msgspec.convert(samples.VERDICT, Verdict)) == "none"
