"""The deeds on an order with the real action server and a real escrow, and every sentence read."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from messenger import demo, tokens
from tests.actions.conftest import Chat, Server, render, running

STRIPS, LAMPS, LATE, BITS, UNPAID = (
    "20001234567890123",
    "TA-20931-7741",
    "TA-20944-1002",
    "TA-20950-3310",
    "TA-20951-0007",
)
Chats = Callable[[str | None], Chat]
Story = Callable[[Chats], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("deeds")
    tokens.ensure_keys(home)
    return home


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """One world: what is only looked at comes first, and what is done then is done on an order of its own."""
    yield from running(home)


@pytest.fixture
def tell(url: str, home: Path) -> Tell:
    return partial(told, url, home)


def told(url: str, home: Path, story: Story) -> None:
    async def run() -> None:
        async with Server(url, home) as server:
            await story(server.chat)

    asyncio.run(run())


def advance(url: str, home: Path, days: int) -> None:
    omar = tokens.of_demo(demo.people()["omar"])
    token = tokens.delegated_token(omar, tokens.load_keys(home), conversation="desk", turn="desk-1")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"advance-{days}"}
    body = json.dumps({"days": days}).encode()
    asked = urllib.request.Request(f"{url}/v1/demo/advance", body, headers, method="POST")
    with urllib.request.urlopen(asked, timeout=60) as given:
        assert given.status == 200


async def quoted(chat: Chat, task: str, order: str, arrival: str | None = None) -> str:
    """What is read when the task's deed is asked for on that order."""
    said: dict[str, Any] = {"arrival": ("arrival", arrival)} if arrival else {}
    chat.open(task, order=("order_id", order), **said)
    await chat.act("action_find_order")
    return "\n".join(map(render, await chat.act("action_quote")))


async def answered(chat: Chat, action: str = "action_confirm_quote") -> str:
    return "\n".join(map(render, await chat.act(action, intent="affirm")))


@pytest.mark.parametrize(
    ("task", "found"),
    [
        ("cancel_order", {BITS, UNPAID}),
        ("extend", {LAMPS, STRIPS, LATE}),
        ("ontime_credit", LATE),
        ("arrived", LATE),
    ],
)
def test_unsaid_only_what_fits_is_offered_and_one_alone_is_taken(tell: Tell, task: str, found: Any) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        chat.open(task, asked="order")
        told = await chat.act("action_ask")
        if isinstance(found, str):
            assert chat.frame["values"]["order"]["is"] == found
        else:
            assert {one["press"]["entities"][0]["value"] for one in told[0]["options"]} == found

    tell(story)


@pytest.mark.parametrize("task", ["cancel_order", "extend", "arrived", "ontime_credit"])
def test_who_has_nothing_of_the_kind_is_told_so(tell: Tell, task: str) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("bruno")
        chat.open(task, asked="order")
        (told,) = await chat.act("action_ask")
        assert "Shall I show them to you?" in render(told)
        assert chat.slots["recent"]["offer"]["task"] == "list_orders"

    tell(story)


@pytest.mark.parametrize(
    ("order", "read"),
    [
        (LATE, "You can open a claim"),
        (LAMPS, "you can still open a claim until 23:59"),
        ("TA-20931-6650", "US$310.50 has been paid to the supplier"),
    ],
)
def test_what_has_left_cannot_be_cancelled_and_it_is_said_what_can(tell: Tell, order: str, read: str) -> None:
    async def story(chats: Chats) -> None:
        told = await quoted(chats("alice"), "cancel_order", order)
        assert read in told and "can't be cancelled any more" in told

    tell(story)


@pytest.mark.parametrize(
    ("person", "order", "read"),
    [
        ("alice", BITS, "has not been shipped"),
        ("alice", UNPAID, "has not been paid"),
        ("alice", "TA-20931-7714", "has been released already"),
        ("shenzhen-lumen", LAMPS, "only the buyer can ask for more days"),
        ("shenzhen-lumen", LATE, "15 more days to arrive"),
    ],
)
def test_more_time_is_given_or_it_is_said_why_not(tell: Tell, person: str, order: str, read: str) -> None:
    async def story(chats: Chats) -> None:
        assert read in await quoted(chats(person), "extend", order)

    tell(story)


def test_what_has_not_come_and_was_not_asked_about_is_told_how_late_it_is(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "arrived", LATE, arrival="no")
        assert "was promised for" in read and "You can open a claim that it has not arrived" in read
        assert not chat.slots["tasks"]

    tell(story)


@pytest.mark.parametrize(
    ("order", "read"), [(LAMPS, "does not carry the On-time Delivery Guarantee"), (UNPAID, "does not carry")]
)
def test_without_the_guarantee_there_is_no_credit(tell: Tell, order: str, read: str) -> None:
    async def story(chats: Chats) -> None:
        assert read in await quoted(chats("alice"), "ontime_credit", order)

    tell(story)


def test_the_money_is_held_longer_and_a_claims_days_are_not(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "extend", LAMPS)
        assert (
            "The US$1,280.00 for order TA-20931-7741, 40 × Desk lamps, stays in escrow 15 days longer, until"
            in read
        )
        assert "The days for a claim do not move with it: one is possible until 23:59" in read
        assert "the money for order TA-20931-7741 stays in escrow until" in await answered(chat)
        assert "More days can be had once" in await quoted(chat, "extend", LAMPS)

    tell(story)


def test_the_credit_for_a_late_order_is_asked_for(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "ontime_credit", LATE)
        assert "you get a credit of US$100.00: 10% of the goods, at most US$100.00" in read
        assert "as soon as this one is delivered, until 23:59" in read and "It is no refund" in read
        assert "the credit of US$100.00 for order TA-20944-1002 is on record" in await answered(chat)
        assert "was granted already" in await quoted(chat, "ontime_credit", LATE)

    tell(story)


def test_what_has_come_counts_as_delivered_and_its_money_stays(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "arrived", LATE, arrival="yes")
        assert (
            "counts as delivered from now on" in read and "The US$2,150.00 stays in escrow meanwhile" in read
        )
        assert "counts as delivered. Please look at the goods" in await answered(chat)
        again = await quoted(chat, "arrived", LATE, arrival="yes")
        assert "that is on record already" in again and "I can release the money with you" in again
        assert chat.slots["recent"]["offer"]["task"] == "confirm_receipt"

    tell(story)


def test_what_is_unpaid_is_cancelled_at_no_cost_by_either_side(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        for person in ("alice", "shenzhen-lumen"):
            assert "Nothing has been paid for it" in await quoted(chats(person), "cancel_order", UNPAID)
        seller = chats("shenzhen-lumen")
        await quoted(seller, "cancel_order", UNPAID)
        assert "Nothing had been paid for it." in await answered(seller)

    tell(story)


def test_what_was_just_paid_is_cancelled_and_comes_back(tell: Tell) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "cancel_order", BITS)
        assert "Order TA-20950-3310, 2 × Sets of drill bits, is cancelled for good" in read
        assert "US$75.20, all that is held for it, goes back to where your payment came from" in read
        assert "Confirm cancels the order, Cancel leaves it as it is" in read
        assert "order TA-20950-3310 is cancelled. US$75.20 goes back" in await answered(chat)
        again = await quoted(chat, "cancel_order", BITS)
        assert "has come to its end already" in again

    tell(story)


def test_too_late_to_cancel_offers_what_is_possible(tmp_path: Path) -> None:
    async def story(chats: Chats) -> None:
        chat = chats("alice")
        read = await quoted(chat, "cancel_order", BITS)
        assert "you could have cancelled order TA-20950-3310 yourself" in read and "[Open a claim]" in read
        offer = chat.slots["recent"]["offer"]
        assert (offer["task"], offer["values"]["reason"]) == ("open_claim", "not_shipped")

    tokens.ensure_keys(tmp_path)
    for url in running(tmp_path):
        advance(url, tmp_path, 1)
        told(url, tmp_path, story)
