"""A choice is pressed once, by its own person, while nothing newer was said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from messenger.settings import Settings
from tests.messenger.conftest import BRUNO, run, world_of

pytestmark = pytest.mark.slow


async def offer(_turn: dict[str, Any]) -> list[dict[str, Any]]:
    options = [
        {"say": "option.open_claim", "press": {"intent": "open_claim", "entities": []}},
        {"say": "option.claim_status", "press": {"intent": "claim_status", "entities": []}},
    ]
    return [{"say": "heard", "facts": {"x": "choose"}, "options": options}]


def test_a_press_goes_to_the_bot_once_and_only_while_nothing_newer_was_said(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = offer
            await client.say("hi")
            first, second = (option["id"] for option in client.events[-1]["body"]["options"])
            await client.press(first)
            assert world.bot.turns[-1]["press"] == {"intent": "open_claim", "entities": []}
            assert client.texts[-2] == "Open a claim"
            for reply in (first, second, "made-up"):
                await client.send(frame="send", cid=f"late-{reply}", reply_id=reply)
                assert (await client.next())["code"] == "expired_reply"
            newest = client.events[-1]["body"]["options"][0]["id"]
            await client.say("something else")
            await client.send(frame="send", cid="old", reply_id=newest)
            assert (await client.next())["code"] == "expired_reply"

    run(scene())


def test_a_choice_pressed_in_two_tabs_at_once_counts_once(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as one:
            world.bot.answer = offer
            await one.say("hi")
            reply = one.events[-1]["body"]["options"][0]["id"]
            async with world.ready(conversation=one.conversation) as two:
                await asyncio.gather(
                    one.send(frame="send", cid="one", reply_id=reply),
                    two.send(frame="send", cid="two", reply_id=reply),
                )
                answers = [await client.until(cid=cid) for client, cid in ((one, "one"), (two, "two"))]
                # Whether the one that counts is acknowledged or shown first is not promised.
                assert sorted(answer["frame"] == "error" for answer in answers) == [False, True]
                await one.until(frame="typing", on=False)
                assert len(world.bot.turns) == 2

    run(scene())


def test_another_conversations_choice_is_not_mine_to_press(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.ready(BRUNO) as bruno:
            world.bot.answer = offer
            await alice.say("hi")
            reply = alice.events[-1]["body"]["options"][0]["id"]
            await bruno.send(frame="send", cid="theft", reply_id=reply)
            assert (await bruno.next())["code"] == "expired_reply"

    run(scene())
