"""The client against a real HTTP server that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from actions import escrow_client
from actions.escrow_client import EscrowClient, Refused, Unavailable

Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Heard:
    """What reached the server."""

    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def escrow(*answers: Answer) -> AsyncIterator[tuple[EscrowClient, Heard]]:
    """A server that gives the answers in turn, the last of them for ever."""
    heard, left = Heard(), list(answers)

    async def handle(request: web.Request) -> web.Response:
        heard.paths.append(request.path_qs)
        heard.keys.append(request.headers.get("Idempotency-Key"))
        heard.tokens.append(request.headers.get("Authorization"))
        answer = left.pop(0) if len(left) > 1 else left[0]
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        client = EscrowClient(str(server.make_url("")))
        yield client, heard
        await client.close()


async def fine(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def broken(_: web.Request) -> web.Response:
    return web.json_response({"code": "unavailable"}, status=503)


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def nonsense(_: web.Request) -> web.Response:
    return web.Response(text="<html>", content_type="text/html")


async def refusal(_: web.Request) -> web.Response:
    body = {
        "code": "window_closed",
        "message": "…",
        "facts": {"order": "TA-1"},
        "what_next": "talk_to_person",
    }
    return web.json_response(body, status=409)


def test_a_read_is_tried_again_when_escrow_stumbles() -> None:
    async def story() -> None:
        async with escrow(broken, fine) as (client, heard):
            assert await client.read("orders", token="t") == {"ok": True}
            assert heard.paths == ["/v1/orders", "/v1/orders"]

    asyncio.run(story())


def test_a_write_is_tried_again_with_the_same_key_only() -> None:
    async def story() -> None:
        async with escrow(broken, broken, fine) as (client, heard):
            await client.write("quotes", token="t", key="c:1:x", body={})
            assert heard.keys == ["c:1:x"] * 3

    asyncio.run(story())


@pytest.mark.parametrize("key", ["", "  "])
def test_no_write_leaves_without_a_key(key: str) -> None:
    async def story() -> None:
        async with escrow(fine) as (client, heard):
            with pytest.raises(ValueError, match="key"):
                await client.write("quotes", token="t", key=key, body={})
            assert heard.paths == []

    asyncio.run(story())


@pytest.mark.parametrize("answer", [broken, nonsense])
def test_an_answer_that_cannot_be_used_is_no_answer(answer: Answer) -> None:
    async def story() -> None:
        async with escrow(answer) as (client, heard):
            with pytest.raises(Unavailable):
                await client.read("orders", token="t")
            assert len(heard.paths) == 3

    asyncio.run(story())


def test_an_escrow_that_never_answers_costs_five_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert escrow_client.TOTAL_SECONDS == 5.0
    monkeypatch.setattr(escrow_client, "TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(escrow_client, "ATTEMPT_SECONDS", 0.22)

    async def story() -> float:
        async with escrow(hang) as (client, _):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await client.read("orders", token="t")
            return time.monotonic() - began

    assert asyncio.run(story()) < 1.5


def test_nobody_at_the_port_is_unavailable_and_not_an_error_of_ours() -> None:
    async def story() -> None:
        client = EscrowClient("http://127.0.0.1:9")
        with pytest.raises(Unavailable):
            await client.read("programme")
        await client.close()

    asyncio.run(story())


def test_a_refusal_keeps_its_code_and_facts_and_is_not_tried_again() -> None:
    async def story() -> None:
        async with escrow(refusal) as (client, heard):
            with pytest.raises(Refused) as refused:
                await client.write("quotes", token="t", key="k", body={})
            assert refused.value.code == "window_closed"
            assert refused.value.facts == {"order": "TA-1"}
            assert refused.value.what_next == "talk_to_person"
            assert len(heard.paths) == 1

    asyncio.run(story())


def test_what_people_typed_stays_one_part_of_the_path() -> None:
    async def story() -> None:
        async with escrow(fine) as (client, heard):
            await client.read("orders", "../accounts?x=1", token="t")
            assert heard.paths == ["/v1/orders/..%2Faccounts%3Fx=1"]

    asyncio.run(story())


def test_a_visitor_sends_no_token_and_an_empty_wish_is_left_out() -> None:
    async def story() -> None:
        async with escrow(fine) as (client, heard):
            await client.read("programme", query={"at": None})
            assert heard.tokens == [None]
            assert heard.paths == ["/v1/programme"]

    asyncio.run(story())
