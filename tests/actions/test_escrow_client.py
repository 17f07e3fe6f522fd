"""The client against a real HTTP server that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from actions import escrow_client
from actions.escrow_client import Escrow, EscrowClient, Refused, Unavailable
from contract.asked import Escalate
from tests import samples

Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Heard:
    """What reached the server."""

    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def escrow(*answers: Answer, token: str | None = "t") -> AsyncIterator[tuple[Escrow, Heard]]:
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
        yield client.speaking_for(token), heard
        await client.close()


def tells(body: Any) -> Answer:
    async def told(_: web.Request) -> web.Response:
        return web.json_response(body)

    return told


EMPTY = tells({"items": [], "next": None})
ORDER = tells(samples.ORDER)
QUOTE = tells(samples.ESCALATION)
PROGRAMME = tells({"claim": {}})
ASKED = Escalate("CLM-1")


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
        async with escrow(broken, EMPTY) as (client, heard):
            assert await client.orders() == []
            assert heard.paths == ["/v1/orders", "/v1/orders"]

    asyncio.run(story())


def test_a_write_is_tried_again_with_the_same_key_only() -> None:
    async def story() -> None:
        async with escrow(broken, broken, QUOTE) as (client, heard):
            await client.quote(ASKED, key="c:1:x")
            assert heard.keys == ["c:1:x"] * 3

    asyncio.run(story())


@pytest.mark.parametrize("key", ["", "  "])
def test_no_write_leaves_without_a_key(key: str) -> None:
    async def story() -> None:
        async with escrow(QUOTE) as (client, heard):
            with pytest.raises(ValueError, match="key"):
                await client.quote(ASKED, key=key)
            assert heard.paths == []

    asyncio.run(story())


@pytest.mark.parametrize("answer", [broken, nonsense])
def test_an_answer_that_cannot_be_used_is_no_answer(answer: Answer) -> None:
    async def story() -> None:
        async with escrow(answer) as (client, heard):
            with pytest.raises(Unavailable):
                await client.orders()
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
                await client.orders()
            return time.monotonic() - began

    assert asyncio.run(story()) < 1.5


def test_nobody_at_the_port_is_unavailable_and_not_an_error_of_ours() -> None:
    async def story() -> None:
        client = EscrowClient("http://127.0.0.1:9")
        with pytest.raises(Unavailable):
            await client.speaking_for(None).programme()
        await client.close()

    asyncio.run(story())


def test_a_refusal_keeps_its_code_and_facts_and_is_not_tried_again() -> None:
    async def story() -> None:
        async with escrow(refusal) as (client, heard):
            with pytest.raises(Refused) as refused:
                await client.quote(ASKED, key="k")
            assert refused.value.code == "window_closed"
            assert refused.value.facts == {"order": "TA-1"}
            assert refused.value.what_next == "talk_to_person"
            assert len(heard.paths) == 1

    asyncio.run(story())


def test_what_people_typed_stays_one_part_of_the_path() -> None:
    async def story() -> None:
        async with escrow(ORDER) as (client, heard):
            await client.order("../accounts?x=1")
            assert heard.paths == ["/v1/orders/..%2Faccounts%3Fx=1"]

    asyncio.run(story())


def test_a_visitor_sends_no_token_and_an_empty_wish_is_left_out() -> None:
    async def story() -> None:
        async with escrow(PROGRAMME, EMPTY, token=None) as (client, heard):
            await client.programme()
            await client.orders(q=None, amount="2150")
            assert heard.tokens == [None, None]
            assert heard.paths == ["/v1/programme", "/v1/orders?amount=2150"]

    asyncio.run(story())


def test_what_a_newer_escrow_says_beside_what_is_known_is_passed_over() -> None:
    newer = samples.ORDER | {"carbon": 7, "money": samples.ORDER["money"] | {"insured": {"minor": 1}}}

    async def story() -> None:
        async with escrow(tells(newer), tells(samples.ORDER)) as (client, _):
            assert await client.order("TA-1") == await client.order("TA-1")

    asyncio.run(story())


def without(*path: str) -> dict[str, Any]:
    """The order, with what is at `path` left out."""
    left: dict[str, Any] = copy.deepcopy(samples.ORDER)
    inner = left
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return left


@pytest.mark.parametrize(
    "answer",
    [
        without("state"),
        without("delivered_at"),
        without("money", "charged_back"),
        without("next"),
        samples.ORDER | {"state": "sold to Bruno"},
        samples.ORDER | {"created_at": "2026-11-23T09:00:00.5Z"},
        ["Bruno"],
    ],
    ids=["no state", "no instant", "no sum", "no move", "unknown state", "half a second", "a list"],
)
def test_an_answer_of_another_shape_is_no_answer_and_nothing_of_it_gets_into_a_log(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> Unavailable:
        async with escrow(tells(answer)) as (client, _):
            with pytest.raises(Unavailable) as away:
                await client.order("TA-1")
            return away.value

    caplog.set_level(0)
    away = asyncio.run(story())
    assert str(away) == "ValidationError"
    assert away.__cause__ is None and away.__suppress_context__
    assert "Bruno" not in caplog.text and samples.ORDER["supplier"]["name"] not in caplog.text


@pytest.mark.parametrize("body", [{"code": "window_closed"}, {"detail": "Bruno"}, "no"])
def test_a_no_that_does_not_say_why_is_no_answer(body: Any) -> None:
    async def no(_: web.Request) -> web.Response:
        return web.json_response(body, status=409)

    async def story() -> None:
        async with escrow(no) as (client, _):
            with pytest.raises(Unavailable):
                await client.claims()

    asyncio.run(story())


def test_a_refusal_of_a_newer_escrow_is_still_a_refusal() -> None:
    async def no(_: web.Request) -> web.Response:
        body = {"code": "moon_is_full", "message": "…", "facts": {}, "what_next": "wait_for_dawn", "since": 1}
        return web.json_response(body, status=409)

    async def story() -> None:
        async with escrow(no) as (client, _):
            with pytest.raises(Refused, match="moon_is_full"):
                await client.money()

    asyncio.run(story())
