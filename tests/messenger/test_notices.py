"""Escrow's notices reach each person once, through crashes and an escrow that comes and goes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from messenger.settings import Settings
from tests.messenger.conftest import ALICE, Escrow, World, escrow_serving, run, world_of

pytestmark = pytest.mark.slow


def notice(id: int, **more: Any) -> dict[str, Any]:
    about = {"id": id, "kind": "claim_in_mediation", "account": ALICE.account, "persons": ["alice"]}
    about |= {"order": "TA-1", "claim": "CLM-1", "facts": {"order": "TA-1", "claim": "CLM-1"}}
    return about | {"at": "2026-11-24T09:00:00Z"} | more


async def accepted(escrow: Escrow, n: int) -> None:
    while len(escrow.accepted) < n:
        await asyncio.sleep(0.02)


async def shown(world: World) -> list[str]:
    async with world.ready(conversation=None) as client:
        return [str(event["body"].get("order")) for event in client.events if event["type"] == "notice"]


def test_a_notice_appears_in_an_open_conversation_and_is_then_accepted(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.escrow.notices.append(notice(1))
            event = await client.until(frame="event", type="notice")
            assert (event["from"], event["body"]["claim"], event["seq"]) == ("system", "CLM-1", 2)
            await accepted(world.escrow, 1)

    run(scene())


def test_a_notice_for_somebody_without_a_conversation_waits_in_a_new_one(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            world.escrow.notices += [notice(1, persons=["alice", "tunde"]), notice(2)]
            await accepted(world.escrow, 2)
            async with world.ready(conversation=None) as client:
                assert [event["type"] for event in client.events] == ["message", "notice", "notice"]

    run(scene())


def test_a_restart_shows_no_notice_twice_and_misses_none(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings, messenger=False) as world:
            async with world.messenger():
                world.escrow.notices += [notice(1, order="TA-1"), notice(2, order="TA-2")]
                await accepted(world.escrow, 2)
            world.escrow.notices.append(notice(3, order="TA-3"))
            async with world.messenger():
                await accepted(world.escrow, 3)
                assert await shown(world) == ["TA-1", "TA-2", "TA-3"]
            assert world.escrow.accepted == ["1", "2", "3"]

    run(scene())


def test_a_notice_stored_before_a_crash_is_accepted_after_it(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings, messenger=False) as world:
            world.escrow.accepts = False
            async with world.messenger(), world.ready() as client:
                world.escrow.notices.append(notice(1, order="TA-1"))
                await client.until(frame="event", type="notice")
            world.escrow.accepts = True
            async with world.messenger():
                await accepted(world.escrow, 1)
                assert await shown(world) == ["TA-1"]

    run(scene())


def test_notices_come_when_escrow_is_back(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings, escrow=False) as world, AsyncExitStack() as stack:
            client = await stack.enter_async_context(world.ready())
            await client.say("is escrow needed to talk?")
            await stack.enter_async_context(escrow_serving(world.escrow))
            world.escrow.notices.append(notice(5))
            await client.until(frame="event", type="notice")

    run(scene())


def test_a_notice_is_told_again_until_escrow_takes_it_or_knows_none(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.escrow.answers = [401, 422, 500, 404]
            world.escrow.notices += [notice(1), notice(2)]
            for _ in range(2):
                await client.until(frame="event", type="notice")
            await accepted(world.escrow, 1)
            assert (world.escrow.answers, world.escrow.accepted) == ([], ["2"])

    run(scene())
