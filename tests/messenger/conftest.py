"""The messenger with real sockets and both stores; small HTTP servers in the place of its neighbours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
import psycopg
import pytest
from aiohttp import web

from messenger.app import make_app
from messenger.settings import Settings
from messenger.tokens import Person, ensure_keys, load_keys, session_token

ALICE = Person(sub="alice", account="adeyemi-trading", role="buyer")
BRUNO = Person(sub="bruno", account="bruno-lda", role="buyer")
OMAR = Person(sub="omar", account="desk", role="agent")

Answer = Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]]


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 100))


async def echo(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Says what it heard, through words of the tests' own."""
    heard = turn["press"]["intent"] if turn["press"] else turn["text"]
    return [{"say": "heard", "facts": {"x": heard}}]


@dataclass
class Bot:
    """Speaks the channel's protocol; `answer` decides what, `turns` is what came."""

    port: int
    answer: Answer = echo
    turns: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    status: int = 200

    async def take(self, request: web.Request) -> web.Response:
        turn = await request.json()
        self.turns.append(turn)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            sayings = await self.answer(turn)
        finally:
            self.at_once -= 1
        if self.status != 200:
            return web.json_response({"code": "turn_failed"}, status=self.status)
        return web.json_response({"sayings": sayings, "understood": {"intent": "x", "confidence": 1.0}})


@dataclass
class Escrow:
    """The part of escrow's interface that messenger calls: notices, revoked turns, orders, the clock."""

    port: int
    notices: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    now: str = "2026-11-24T09:00:00Z"
    accepts: bool = True
    # The ids of each person's orders, and the queries with which they were asked for.
    orders: dict[str, list[str]] = field(default_factory=dict)
    asked_orders: list[str] = field(default_factory=list)
    # What it answers next, instead, to being told that a notice is stored.
    answers: list[int] = field(default_factory=list)

    async def page(self, request: web.Request) -> web.Response:
        after = int(request.query["after"])
        for _ in range(20):
            if items := [item for item in self.notices if item["id"] > after]:
                return self._answer({"items": items, "next": items[-1]["id"]})
            await asyncio.sleep(0.02)
        return self._answer({"items": [], "next": after})

    async def accept(self, request: web.Request) -> web.Response:
        if not self.accepts:
            raise web.HTTPServiceUnavailable
        if self.answers:
            return web.json_response({}, status=self.answers.pop(0))
        self.accepted.append(request.match_info["id"])
        return self._answer({})

    async def revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(request.match_info["id"])
        return self._answer({})

    async def list_orders(self, request: web.Request) -> web.Response:
        """One order a page, by the person whom the token names."""
        token = request.headers["Authorization"].removeprefix("Bearer ")
        ids = self.orders.get(jwt.decode(token, options={"verify_signature": False})["sub"], [])
        self.asked_orders.append(request.query_string)
        first = ids.index(request.query["after"]) + 1 if "after" in request.query else 0
        page = [{"id": id} for id in ids[first : first + 1]]
        return self._answer({"items": page, "next": ids[first] if first + 1 < len(ids) else None})

    async def health(self, _request: web.Request) -> web.Response:
        return self._answer({"status": "ok"})

    async def task(self, request: web.Request) -> web.Response:
        """Tells what was asked of it, and by whom; a task that is called gone has been taken."""
        token = request.headers["Authorization"].removeprefix("Bearer ")
        told = {"by": jwt.decode(token, options={"verify_signature": False})["sub"], "asked": request.path}
        if request.method == "POST":
            told |= {"key": bool(request.headers["Idempotency-Key"]), "body": await request.json()}
        if request.match_info.get("id") == "T-GONE-1":
            return web.json_response({"code": "task_taken"}, status=409)
        return self._answer(told)

    async def advance(self, request: web.Request) -> web.Response:
        """Moves the clock by nothing but tells who asked, as their token says."""
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.now = "2026-11-27T09:00:00Z"
        claims = jwt.decode(token, options={"verify_signature": False})
        return self._answer({"now": self.now, "by": claims["sub"], **await request.json()})

    def _answer(self, body: Any) -> web.Response:
        return web.json_response(body, headers={"Assure-Now": self.now})


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_serving(bot: Bot) -> AsyncIterator[Bot]:
    app = web.Application()
    app.router.add_post("/webhooks/assure/turn", bot.take)
    app.router.add_get("/webhooks/assure/", _well)
    app.router.add_get("/health", _well)
    async with serving(app, bot.port):
        yield bot


@asynccontextmanager
async def escrow_serving(escrow: Escrow) -> AsyncIterator[Escrow]:
    app = web.Application()
    app.router.add_get("/v1/notices", escrow.page)
    app.router.add_post("/v1/notices/{id}/accepted", escrow.accept)
    app.router.add_post("/v1/turns/{id}/revoke", escrow.revoke)
    app.router.add_post("/v1/demo/advance", escrow.advance)
    app.router.add_get("/v1/orders", escrow.list_orders)
    app.router.add_get("/v1/desk/tasks", escrow.task)
    app.router.add_post("/v1/desk/tasks/{id}/{deed}", escrow.task)
    app.router.add_get("/healthz", escrow.health)
    async with serving(app, escrow.port):
        yield escrow


async def _well(_request: web.Request) -> web.Response:
    return web.Response()


class Client:
    """A page or terminal: sends frames, keeps every frame that came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.conversation = ""

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=20)
        self.frames.append(frame)
        return frame

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """The next frame in which all of `wanted` is so."""
        while True:
            frame = await self.next()
            if all(frame.get(name) == value for name, value in wanted.items()):
                return frame

    async def hello(self, **more: Any) -> dict[str, Any]:
        await self.send(frame="hello", **{"tz": "Africa/Lagos", "locale": "en", "after": 0} | more)
        ready = await self.until(frame="ready")
        self.conversation = ready["conversation"]
        return ready

    async def say(self, text: str, cid: str | None = None) -> list[dict[str, Any]]:
        """The frames of one turn of the bot's, to its end."""
        return await self._turn(cid=cid or uuid4().hex, text=text)

    async def press(self, reply_id: str) -> list[dict[str, Any]]:
        return await self._turn(cid=uuid4().hex, reply_id=reply_id)

    async def _turn(self, **send: Any) -> list[dict[str, Any]]:
        before = len(self.frames)
        await self.send(frame="send", **send)
        await self.until(frame="ack", cid=send["cid"])
        await self.until(frame="typing", on=False)
        return self.frames[before:]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["frame"] == "event"]

    @property
    def texts(self) -> list[str]:
        return [event["body"]["text"] for event in self.events]


@dataclass
class World:
    """One messenger with its neighbours; clients come and go."""

    settings: Settings
    bot: Bot
    escrow: Escrow
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def token(self, person: Person = ALICE, lives_s: float = 600) -> str:
        return session_token(person, load_keys(self.settings.home), lives_s=lives_s)

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[Client]:
        async with self.http.ws_connect(f"{self.url}/ws", headers=headers) as socket:
            yield Client(socket)

    @asynccontextmanager
    async def ready(self, person: Person = ALICE, **hello: Any) -> AsyncIterator[Client]:
        """A client that has said hello and seen all that there was, a new conversation by default."""
        async with self.client() as client:
            wanted = {"token": self.token(person), "conversation": "new"} | hello
            ready = await client.hello(**wanted)
            if ready["seq"] > wanted.get("after", 0):
                await client.until(frame="event", seq=ready["seq"])
            yield client

    @asynccontextmanager
    async def messenger(self) -> AsyncIterator[None]:
        async with serving(await make_app(self.settings), self.settings.port):
            yield


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    ensure_keys(tmp_path)
    database = None if request.param == "sqlite" else _emptied(str(request.getfixturevalue("pg_url")))
    ports = _ports(4)
    rasa, actions, escrow = (f"http://127.0.0.1:{port}" for port in (ports[1], ports[1], ports[3]))
    settings = Settings(home=tmp_path, port=ports[0], rasa_url=rasa, actions_url=actions, escrow_url=escrow)
    words = tmp_path / "words"
    words.mkdir()
    (words / "en.yml").write_text((settings.words / "en.yml").read_text() + '\nheard: "heard {x}"\n')
    return replace(settings, database_url=database, notice_wait_s=1, words=words)


def _emptied(url: str) -> str:
    """The tests of a module share its database, each begins with nothing in it."""
    with psycopg.connect(url, autocommit=True) as work:
        work.execute("DROP SCHEMA IF EXISTS messenger CASCADE")
    return url


def _ports(n: int) -> list[int]:
    held = [socket.socket() for _ in range(n)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


@asynccontextmanager
async def world_of(
    settings: Settings, *, messenger: bool = True, bot: bool = True, escrow: bool = True
) -> AsyncIterator[World]:
    """The messenger with its neighbours, without those that are False."""
    async with AsyncExitStack() as stack:
        its_bot = Bot(port=int(settings.rasa_url.rsplit(":", 1)[1]))
        its_escrow = Escrow(port=int(settings.escrow_url.rsplit(":", 1)[1]))
        if bot:
            await stack.enter_async_context(bot_serving(its_bot))
        if escrow:
            await stack.enter_async_context(escrow_serving(its_escrow))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(settings, its_bot, its_escrow, http)
        if messenger:
            await stack.enter_async_context(world.messenger())
        yield world
