"""A no after a quote: said is what became of that quote, not what anybody else has done meanwhile."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from messenger import demo, tokens
from tests.actions.conftest import Chat, Server, render, running

LAMPS, CLAIM = "TA-20931-7741", "CLM-1001"
Story = Callable[[Callable[[str], Chat]], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tokens.ensure_keys(tmp_path)
    return tmp_path


@pytest.fixture
def url(home: Path) -> Iterator[str]:
    """Of one test alone: its clock is moved."""
    yield from running(home)


@pytest.fixture
def tell(url: str, home: Path) -> Tell:
    def run(story: Story) -> None:
        async def told() -> None:
            async with Server(url, home) as server:
                await story(server.chat)

        asyncio.run(told())

    return run


@pytest.fixture
def advance(url: str, home: Path) -> Callable[[int], None]:
    def days(count: int) -> None:
        omar = tokens.of_demo(demo.people()["omar"])
        token = tokens.delegated_token(omar, tokens.load_keys(home), conversation="desk", turn="desk-1")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"advance-{count}"}
        body = json.dumps({"days": count}).encode()
        asked = urllib.request.Request(f"{url}/v1/demo/advance", body, headers, method="POST")
        with urllib.request.urlopen(asked, timeout=60) as given:
            assert given.status == 200

    return days


async def only(sayings: Awaitable[list[dict[str, Any]]]) -> dict[str, Any]:
    (saying,) = await sayings
    assert render(saying).strip()
    return saying


async def claim_quoted(chat: Chat, share: str) -> None:
    chat.open("open_claim", order=("order_id", LAMPS), reason=("reason", "damaged"), amount=("share", share))
    await chat.act("action_find_order")
    assert (await only(chat.act("action_quote")))["say"] == "quote.open_claim"


async def mediation_quoted(chat: Chat) -> None:
    chat.open("escalate", claim=("claim_id", CLAIM))
    await chat.act("action_find_claim")
    assert (await only(chat.act("action_quote")))["say"] == "quote.escalate"


async def after_a_no(chat: Chat) -> dict[str, Any]:
    return await only(chat.act("action_cancel_quote", intent="deny"))


async def after_a_lost_answer(chat: Chat) -> dict[str, Any]:
    before = chat.slots["tasks"]
    await only(chat.act("action_confirm_quote", intent="affirm"))
    chat.slots["tasks"] = before
    return await after_a_no(chat)


def test_a_claim_that_a_colleague_opened_is_not_told_as_theirs(tell: Tell) -> None:
    async def story(chats: Callable[[str], Chat]) -> None:
        alice, tunde = chats("alice"), chats("tunde")
        await claim_quoted(alice, "1/2")
        await claim_quoted(tunde, "1/3")
        assert (await only(tunde.act("action_confirm_quote")))["say"] == "confirmed.open_claim"
        told = await after_a_no(alice)
        assert (told["say"], told["facts"]) == ("cancelled.open_claim", {})
        assert "claim" not in alice.slots.get("recent", {})

    tell(story)


def test_what_the_clock_did_is_not_told_as_theirs(tell: Tell, advance: Callable[[int], None]) -> None:
    async def story(chats: Callable[[str], Chat]) -> None:
        chat = chats("chen")
        await mediation_quoted(chat)
        await asyncio.to_thread(advance, 4)
        chat.open("claim_status", claim=("claim_id", CLAIM))
        assert (await only(chat.act("action_claim_status")))["card"]["facts"]["state"] == "in_mediation"
        chat.slots["tasks"].pop()
        assert (await after_a_no(chat))["say"] == "cancelled.escalate"

    tell(story)


def test_what_they_did_themselves_is_told_as_done(tell: Tell) -> None:
    async def story(chats: Callable[[str], Chat]) -> None:
        alice, chen = chats("alice"), chats("chen")
        await claim_quoted(alice, "1/2")
        opened = await after_a_lost_answer(alice)
        assert (opened["say"], opened["facts"]["order"]) == ("done_already.open_claim", LAMPS)
        await mediation_quoted(chen)
        told = await after_a_lost_answer(chen)
        assert (told["say"], told["facts"]["claim"]) == ("done_already.escalate", CLAIM)

    tell(story)


def test_a_no_to_a_quote_that_ran_out_is_no_more_than_a_no(tell: Tell) -> None:
    async def story(chats: Callable[[str], Chat]) -> None:
        chat = chats("alice")
        await claim_quoted(chat, "1/2")
        chat.frame["quote"] = None
        assert (await after_a_no(chat))["say"] == "cancelled.open_claim"

    tell(story)
