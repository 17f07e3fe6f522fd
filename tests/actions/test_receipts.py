"""Letting the money go with the real action server and a real escrow, and every sentence read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from messenger import tokens
from tests.actions.conftest import Chat, Server, render, running

STRIPS, LAMPS, LATE, DRILLS, BITS = (
    "20001234567890123",
    "TA-20931-7741",
    "TA-20944-1002",
    "TA-20931-7714",
    "TA-20950-3310",
)
Story = Callable[[Callable[[str | None], Chat]], Awaitable[None]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("receipts")
    tokens.ensure_keys(home)
    return home


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """Of these tests alone: they let money go."""
    yield from running(home)


@pytest.fixture
def tell(url: str, home: Path) -> Callable[[Story], None]:
    def run(story: Story) -> None:
        async def told() -> None:
            async with Server(url, home) as server:
                await story(server.chat)

        asyncio.run(told())

    return run


async def only(sayings: Awaitable[list[dict[str, Any]]]) -> dict[str, Any]:
    (saying,) = await sayings
    saying["read"] = render(saying)
    return saying


async def quoted(chat: Chat, order: str) -> dict[str, Any]:
    chat.open("confirm_receipt", order=("order_id", order))
    await chat.act("action_find_order")
    return await only(chat.act("action_quote"))


def test_the_quote_says_that_the_money_goes_now_and_what_a_claim_is_worth_afterwards(
    tell: Callable[[Story], None],
) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("nordholm")
        quote = await quoted(chat, "TA-55801-0032")
        read = quote["read"]
        assert "US$7,700.00 goes to the supplier now. From then on nothing is held for it any more." in read
        assert "A claim would still be possible until 23:59" in read and "can't be taken back" in read
        assert "[Confirm]" in read
        again = await only(chat.act("action_ask_again"))
        assert again["read"].startswith("Shall I release US$7,700.00 for order TA-55801-0032")
        no = await only(chat.act("action_cancel_quote", intent="deny"))
        assert "stays where it was" in no["read"]

    tell(story)


def test_a_yes_releases_it_once_and_names_the_last_day_for_a_claim(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        await quoted(chat, STRIPS)
        done = await only(chat.act("action_confirm_quote", intent="affirm"))
        assert "US$4,200.00 goes to the supplier" in done["read"]
        assert "still open a claim until 23:59" in done["read"]
        chat.open("confirm_receipt", order=("order_id", STRIPS))
        await chat.act("action_find_order")
        too_late = await only(chat.act("action_quote"))
        assert "has been released already" in too_late["read"]

    tell(story)


def test_goods_on_their_way_are_received_by_it_and_their_days_begin(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        quote = await quoted(chats("alice"), LATE)
        assert "US$2,150.00 goes to the supplier now" in quote["read"]
        assert "A claim would still be possible until" in quote["read"]

    tell(story)


@pytest.mark.parametrize(
    ("person", "order", "said"),
    [
        ("alice", BITS, "has not been shipped"),
        ("alice", "TA-20951-0007", "has not been paid"),
        ("alice", DRILLS, "has been released already"),
        ("bruno", "TA-31200-0501", "has been released already"),
        ("chen", "TA-40015-2200", "US$2,200.00 goes to the supplier now. US$1,100.00 stays held"),
    ],
)
def test_where_it_is_not_possible_it_is_said_why(
    tell: Callable[[Story], None], person: str, order: str, said: str
) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        assert said in (await quoted(chats(person), order))["read"]

    tell(story)


def test_unsaid_only_orders_whose_money_waits_are_offered(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        alice, bruno, nordholm = map(chats, ("alice", "bruno", "nordholm"))
        alice.open("confirm_receipt", asked="order")
        asked = await only(alice.act("action_ask"))
        offered = {one["press"]["entities"][0]["value"] for one in asked["options"]}
        assert offered <= {LAMPS, STRIPS, LATE} and {LAMPS, LATE} <= offered
        bruno.open("confirm_receipt", asked="order")
        assert (await only(bruno.act("action_ask")))["say"] == "nothing.confirm_receipt"
        nordholm.open("confirm_receipt", asked="order")
        assert await nordholm.act("action_ask") == []
        assert nordholm.frame["values"]["order"]["is"] == "TA-55801-0032"

    tell(story)


def test_of_two_that_a_word_fits_the_one_whose_money_waits_is_meant(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("confirm_receipt", order=("words", "lamps"))
        assert await chat.act("action_find_order") == []
        assert chat.frame["values"]["order"]["is"] == LAMPS

    tell(story)


def test_a_complaint_beside_it_is_asked_about(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("release_or_claim", order=("order_id", LAMPS), reason=("reason", "damaged"))
        asked = await only(chat.act("action_release_or_claim"))
        assert "I release nothing for order TA-20931-7741" in asked["read"]
        wanted = [one["press"]["intent"] for one in asked["options"]]
        assert wanted[0] == "open_claim" and wanted[-1] == "confirm_receipt"
        assert all(one["press"]["entities"][0]["value"] == LAMPS for one in asked["options"])

    tell(story)


def test_unsaid_it_is_asked_of_the_orders_whose_money_waits(tell: Callable[[Story], None]) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("release_or_claim", asked="order")
        asked = await only(chat.act("action_ask"))
        offered = {one["press"]["entities"][0]["value"] for one in asked["options"]}
        assert {LAMPS, LATE} <= offered <= {LAMPS, STRIPS, LATE}

    tell(story)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"order": ("order_id", LAMPS)}, "TA-20931-7741"),
        ({}, "US$"),
        ({"order": ("words", "nonsense")}, "US$"),
    ],
)
def test_a_supplier_is_told_whose_word_it_takes_and_when_the_money_comes(
    tell: Callable[[Story], None], said: dict[str, Any], read: str
) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("shenzhen-lumen")
        chat.open("confirm_receipt", **said)
        first, money = await chat.act("action_find_order")
        assert "Only the buyer" in render(first) and read in render(money)
        assert not chat.slots["tasks"]

    tell(story)
