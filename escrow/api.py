"""The way of a request: who asks, is it theirs to ask, is it well-formed, then one unit of work."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from contract.codes import Code, WhatNext
from contract.programs import Advanced
from escrow import poller
from escrow.auth import Authority
from escrow.callers import Caller
from escrow.idempotency import Answer, Declined, Once, answer, fingerprint, refused
from escrow.openapi import document
from escrow.refusals import Refusal, not_found
from escrow.requests import malformed, read_query
from escrow.routes import ROUTES, VISITOR, Call, Route
from escrow.store.database import Database
from escrow.store.faults import Unavailable
from escrow.store.work import Work
from escrow.views.common import instant

logger = logging.getLogger(__name__)
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = re.compile(r"[\x21-\x7e]{1,200}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
# Another process may have written: an outbox that is waited for is looked at this often all the same.
LOOK_AGAIN_S = 0.5


class Api:
    def __init__(self, database: Database, authority: Authority, *, demo: bool) -> None:
        self._database = database
        self._authority = authority
        self._demo = demo
        writers = 1 if database.engine.dialect.name == "sqlite" else 8
        self._readers = ThreadPoolExecutor(4, "escrow-read")
        self._writers = ThreadPoolExecutor(writers, "escrow-write")
        self._lead = timedelta()
        self._advancing = asyncio.Lock()
        self._unanchored_since: float | None = None
        self.written = asyncio.Event()

    def add_routes(self, app: web.Application) -> None:
        for route in ROUTES:
            if self._demo or not route.advances:
                app.router.add_route(route.method, route.path, partial(self._serve, route), name=None)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/openapi.json", self._openapi)
        app.middlewares.append(self._answer_all)
        app.on_cleanup.append(self._close)

    async def write(self, do: Callable[[Work], T]) -> T:
        done = await asyncio.get_running_loop().run_in_executor(self._writers, self._database.write, do)
        self.written.set()
        return done

    async def read(self, do: Callable[[Work], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._database.read, do)

    def tell_anchored(self, well: bool) -> None:
        """Whether the anchors are as they should be, whenever that was looked at."""
        if well:
            self._unanchored_since = None
        elif self._unanchored_since is None:
            self._unanchored_since = asyncio.get_running_loop().time()

    async def _close(self, _app: web.Application) -> None:
        for threads in (self._readers, self._writers):
            threads.shutdown()

    @web.middleware
    async def _answer_all(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever happens, JSON with a code and the desk's time; nothing that was asked gets into a log."""
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = _response(refused(refusal))
        except Unavailable as away:
            logger.warning("the database is away: %s", away)
            response = _response(_failed(503, Code.UNAVAILABLE))
        except web.HTTPException as known:
            response = _known(known)
        except Exception as wrong:
            logger.error("%s failed: %s", request.match_info.route.resource, _where(wrong))
            response = _response(_failed(500, Code.INTERNAL))
        response.headers["Assure-Now"] = instant(datetime.now(UTC) + self._lead)
        return response

    async def _serve(self, route: Route, request: web.Request) -> web.Response:
        caller = self._caller(route, request)
        path = _path(request)
        query = _read_query(route, request)
        raw = await request.read()
        body = _read_body(route, raw)
        call = partial(Call, caller, path, query, body)
        if not route.key:
            return _response(await self._read_answer(route, call))
        once = Once(caller, _key(request), fingerprint(request.method, request.path, raw))
        if route.advances:
            return _response(await self._advance(once, body.days))
        try:
            return _response(await self.write(lambda work: self._once(work, route, call, once)))
        except Declined as declined:
            refusal = declined
        return _response(await self.write(lambda work: once.keep_declined(work, refusal)))

    def _caller(self, route: Route, request: web.Request) -> Caller:
        """Raises Refusal: `unauthenticated` without a valid token, not_found for a role without this door."""
        caller = self._authority.caller(request.headers.get("Authorization"))
        if route.roles is None:
            return caller or VISITOR
        if caller is None:
            raise Refusal(Code.UNAUTHENTICATED)
        caller.must_be(*route.roles)
        return caller

    def _once(self, work: Work, route: Route, call: Callable[[datetime], Call], once: Once) -> Answer:
        now = self._now(work)
        return once.run(work, lambda unit: route.does(unit, call(now)), now)

    async def _read_answer(self, route: Route, call: Callable[[datetime], Call]) -> Answer:
        until = asyncio.get_running_loop().time() + (getattr(call(datetime.now(UTC)).query, "wait", 0))
        while True:
            self.written.clear()
            told = await self.read(lambda work: route.does(work, call(self._now(work))))
            left = until - asyncio.get_running_loop().time()
            if not route.waits or told.items or left <= 0:
                return answer(told)
            try:
                await asyncio.wait_for(self.written.wait(), min(left, LOOK_AGAIN_S))
            except TimeoutError:
                continue

    async def _advance(self, once: Once, days: int) -> Answer:
        """Not one transaction but one for each deadline; the same key again does not move the clock again."""
        async with self._advancing:
            if kept := await self.read(once.kept):
                return kept
            run = asyncio.get_running_loop().run_in_executor
            now = await run(self._writers, poller.advance, self._database, days)
            given = answer(Advanced(instant(now)))
            await self.write(lambda work: once.keep(work, given, self._now(work)))
            return given

    def _now(self, work: Work) -> datetime:
        now = work.records.now()
        self._lead = now - datetime.now(UTC).replace(microsecond=0)
        return now

    async def _health(self, _request: web.Request) -> web.Response:
        """Well as long as it answers; how late its clocks and its anchors are says whether they still go."""
        overdue_s = await self.read(lambda work: poller.overdue_s(work, self._now(work)))
        since = self._unanchored_since
        # From the first failure on: a second has not yet passed, and it is known all the same.
        unanchored_s = 0 if since is None else int(asyncio.get_running_loop().time() - since) + 1
        return web.json_response({"ok": True, "overdue_s": overdue_s, "unanchored_s": unanchored_s})

    async def _openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(document([each for each in ROUTES if self._demo or not each.advances]))


def _where(wrong: Exception) -> str:
    """Its type and where it arose: its text may hold what was asked."""
    frames = traceback.extract_tb(wrong.__traceback__)[-4:]
    return " ".join([type(wrong).__name__, *(f"{frame.name}:{frame.lineno}" for frame in frames)])


def _path(request: web.Request) -> dict[str, str]:
    """The ids in the path; one that no id could be is simply not found."""
    found = dict(request.match_info)
    if not all(ID.fullmatch(value) for value in found.values()):
        raise not_found()
    return found


def _read_query(route: Route, request: web.Request) -> Any:
    twice = [name for name in request.query if len(request.query.getall(name)) > 1]
    if twice:
        raise Refusal(Code.MALFORMED, field=twice[0])
    try:
        return read_query(route.query, request.query)
    except msgspec.ValidationError as wrong:
        raise malformed(wrong) from None


def _read_body(route: Route, raw: bytes) -> Any:
    if route.body is None:
        return None
    try:
        given: Any = msgspec.json.decode(raw or b"{}")
        read = msgspec.convert(given, route.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise malformed(wrong) from None
    return given if route.path == "/v1/verdicts/check" else read


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Refusal(Code.KEY_MISSING)
    return key


def _response(given: Answer) -> web.Response:
    return web.Response(status=given.status, body=given.body, content_type="application/json")


def _failed(status: int, code: str) -> Answer:
    told = answer(
        {"code": code, "message": code.capitalize() + ".", "facts": {}, "what_next": WhatNext.TRY_AGAIN}
    )
    return Answer(status, told.body)


def _known(known: web.HTTPException) -> web.Response:
    if known.status == 404:
        return _response(refused(not_found()))
    response = _response(_failed(known.status, known.reason.lower().replace(" ", "_")))
    if "Allow" in known.headers:
        response.headers["Allow"] = known.headers["Allow"]
    return response
