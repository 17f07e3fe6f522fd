"""The action server: rasa_sdk's executor behind aiohttp, on loopback."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeAlias

from aiohttp import web
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionNotFoundException, Tracker

from actions import (
    answers,
    cancels,
    claims,
    credits,
    delivery,
    find,
    handoff,
    money,
    orders,
    quotes,
    receipts,
    repair,
    status,
    suppliers,
    verdicts,
)
from actions.escrow_client import EscrowClient
from actions.turn import STEPS, Turn, run

TOPICS = (
    answers,
    cancels,
    claims,
    credits,
    delivery,
    find,
    handoff,
    money,
    orders,
    quotes,
    receipts,
    repair,
    status,
    suppliers,
    verdicts,
)
BODY_LIMIT = 4 * 2**20

Perform: TypeAlias = Callable[[CollectingDispatcher, Tracker, Any], Coroutine[Any, Any, list[dict[str, Any]]]]
logger = logging.getLogger(__name__)


def executor(escrow: EscrowClient) -> ActionExecutor:
    """Every step that a topic registered, under the name by which the policy and the rules call it."""
    known = ActionExecutor()
    for name in STEPS:
        known.register_function(name, _performed(name, escrow))
    return known


def _performed(name: str, escrow: EscrowClient) -> Perform:
    async def perform(
        dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        turn = Turn(escrow, tracker.current_state())
        await run(name, turn)
        for saying in turn.sayings:
            dispatcher.utter_message(json_message=saying)
        return turn.events()

    return perform


def build(escrow_url: str) -> web.Application:
    escrow = EscrowClient(escrow_url)
    known = executor(escrow)

    async def webhook(request: web.Request) -> web.Response:
        call = _call(await request.read())
        if call is None:
            return web.json_response({"error": "malformed"}, status=422)
        try:
            return web.json_response(await known.run(call))
        except ActionNotFoundException:
            return web.json_response({"error": "unknown action"}, status=404)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "actions": sorted(known.actions)})

    async def one_session(_: web.Application) -> AsyncIterator[None]:
        yield
        await escrow.close()

    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post("/webhook", webhook)
    app.router.add_get("/health", health)
    app.cleanup_ctx.append(one_session)
    return app


def _call(body: bytes) -> Any:
    """None for what is no action call: a body is never echoed, for it carries the person's token."""
    try:
        call = json.loads(body)
    except ValueError:
        return None
    return call if isinstance(call, dict) and isinstance(call.get("tracker"), dict) else None
