"""HTTP beside the WebSocket: health, the console's reading and tasks, and the demo's sign-in."""

import secrets
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from contract.codes import Code
from messenger import conversations, demo, log
from messenger.clock import iso
from messenger.desk import Unreachable
from messenger.gateway import MALFORMED, Gateway
from messenger.log import NotFound
from messenger.tokens import (
    AGENTS,
    Person,
    Unauthenticated,
    delegated_token,
    of_demo,
    session_token,
    verify_session,
)

ADVANCE_WITHIN_S = 120


class Api:
    """Whoever is not an agent learns nothing of the console, not even that it is there."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.health)
        app.router.add_get("/api/console/conversations", self.queue)
        app.router.add_get(r"/api/console/conversations/{id:\w{1,64}}", self.transcript)
        app.router.add_get("/api/console/tasks", self.tasks)
        task = r"/api/console/tasks/{id:[A-Za-z0-9][A-Za-z0-9._:-]{0,63}}"
        app.router.add_post(f"{task}/take", partial(self.do_task, deed="take"))
        app.router.add_post(f"{task}/done", partial(self.do_task, deed="done"))
        if self._gateway.settings.demo:
            app.router.add_post("/api/console/advance", self.advance)
            app.router.add_get("/api/demo/people", self.people)
            app.router.add_post("/api/demo/sign-in", self.sign_in)

    async def health(self, _request: web.Request) -> web.Response:
        missing = await self._gateway.desk.missing()
        if missing:
            return _json({"status": "unwell", "missing": missing}, status=503)
        return _json({"status": "ok"})

    async def queue(self, request: web.Request) -> web.Response:
        self._agent(request)
        if request.query.get("state", "waiting") != "waiting":
            return _json({"code": Code.MALFORMED, "field": "state"}, status=422)
        items = await self._gateway.store.read(conversations.waiting)
        await self._gateway.desk.learn_time(older_than_s=5)
        return _json({"items": items, "next": None, "now": iso(self._gateway.desk.clock.now())})

    async def transcript(self, request: web.Request) -> web.Response:
        self._agent(request)
        id = request.match_info["id"]
        try:
            found = await self._gateway.store.read(lambda work: log.find(work, id))
        except NotFound as wrong:
            raise _not_found() from wrong
        events = await self._gateway.store.read(lambda work: log.since(work, id, "agent", 0))
        fields = ("person", "account", "role", "owner", "owner_version", "tz")
        about = {"conversation": id, **{name: getattr(found, name) for name in fields}}
        return _json(about | {"events": [event.frame("agent") for event in events]})

    async def tasks(self, request: web.Request) -> web.Response:
        """What needs a person and is this one's to take, as escrow tells it."""
        return await self._escrow(self._agent(request), "GET", "/v1/desk/tasks")

    async def do_task(self, request: web.Request, deed: str) -> web.Response:
        """Taken, or done with a reason: in the agent's own name, so that escrow says who may."""
        agent, id, body = self._agent(request), request.match_info["id"], await _body(request)
        return await self._escrow(agent, "POST", f"/v1/desk/tasks/{id}/{deed}", body=body)

    async def advance(self, request: web.Request) -> web.Response:
        """The demo's clock, moved by escrow in the agent's own name."""
        agent, body = self._agent(request), await _body(request)
        return await self._escrow(agent, "POST", "/v1/demo/advance", body=body, timeout_s=ADVANCE_WITHIN_S)

    async def _escrow(
        self, agent: Person, method: str, path: str, *, body: Any = None, timeout_s: float = 5
    ) -> web.Response:
        """Escrow's own answer to the agent; each call is a turn of its own."""
        turn = f"console-{secrets.token_hex(6)}"
        token = delegated_token(agent, self._gateway.keys, conversation="console", turn=turn)
        key = turn if method == "POST" else None
        try:
            status, answer = await self._gateway.desk.escrow(
                method, path, token=token, body=body, key=key, timeout_s=timeout_s
            )
        except Unreachable:
            return _json({"code": "escrow_unreachable"}, status=503)
        return _json(answer, status=status)

    async def people(self, _request: web.Request) -> web.Response:
        people = [person.shown() for person in demo.people().values()]
        return _json({"people": people, "asks": demo.asks()})

    async def sign_in(self, request: web.Request) -> web.Response:
        if not self._gateway.own_origin(request):
            raise web.HTTPForbidden(text="This page may not sign anybody in.")
        body = await _body(request)
        known = demo.people().get(str(body.get("person")))
        if known is None:
            raise _not_found()
        token = session_token(of_demo(known), self._gateway.keys)
        return _json({"token": token, **known.shown()})

    def _agent(self, request: web.Request) -> Person:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            person = verify_session(token if scheme == "Bearer" else "", self._gateway.keys)
        except Unauthenticated as wrong:
            raise _not_found() from wrong
        if person.role not in AGENTS:
            raise _not_found()
        return person


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.read(), type=dict[str, Any])
    except MALFORMED as wrong:
        raise web.HTTPUnprocessableEntity(text="The body is not a JSON object.") from wrong


def _not_found() -> web.HTTPNotFound:
    return web.HTTPNotFound(text='{"code":"not_found"}', content_type="application/json")


def _json(value: Any, *, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
