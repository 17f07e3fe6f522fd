"""Messenger's way in: one turn in, what to say out. The words come later; here are keys and facts."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from bot import remote_action
from bot.trace import TRACE, Trace
from bot.tracker_store import answered

logger = logging.getLogger(__name__)
# Rasa takes a message that begins with a slash for an intent, whoever typed it. This sign is not seen.
HARMLESS = "\u2060"


class Press(msgspec.Struct, frozen=True):
    """A button, as the action that offered it meant it: certain, nothing to understand."""

    intent: str
    entities: list[dict[str, Any]] = []


class Turn(msgspec.Struct, frozen=True):
    sender: str
    metadata: dict[str, Any]
    text: str = ""
    press: Press | None = None


class NoAnswer(Exception):
    """An action failed, or nothing was said; a person must not be left without a word."""


class AssureInput(InputChannel):
    """Served below `/webhooks/assure`."""

    @classmethod
    def name(cls) -> str:
        return "assure"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        remote_action.install()
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        hook = Blueprint("assure_webhook")

        @hook.get("/")
        async def health(request: Request) -> HTTPResponse:
            ready = _agent(request) is not None
            return response.json({"ready": ready}, status=200 if ready else 503)

        @hook.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            try:
                told = msgspec.json.decode(request.body, type=Turn)
            except msgspec.DecodeError:
                return response.json({"code": "malformed"}, status=422)
            if (agent := _agent(request)) is None:
                return response.json({"code": "not_ready"}, status=503)
            try:
                return response.json(await answer(agent, told))
            except Exception as failure:
                logger.error(
                    "a turn failed: %s", failure if isinstance(failure, NoAnswer) else _kind(failure)
                )
                return response.json({"code": "turn_failed"}, status=500)

        return hook


def _agent(request: Request) -> Agent | None:
    agent = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def _kind(failure: Exception) -> str:
    """Its type alone: the text of an exception may hold what a person typed."""
    return type(failure).__name__


async def answer(agent: Agent, turn: Turn) -> dict[str, Any]:
    """Raises NoAnswer rather than being silent; whatever else Rasa raises comes through, too.

    A turn that was answered already, and is asked again because that answer got lost, gets the same.
    """
    assert agent.processor is not None
    async with agent.lock_store.lock(turn.sender):
        again = await answered(agent.processor.tracker_store, turn.sender, turn.metadata.get("turn"))
        return {"sayings": again} if again else await _heard(agent.processor, turn)


async def _heard(processor: MessageProcessor, turn: Turn) -> dict[str, Any]:
    started = time.perf_counter()
    trace = Trace()
    TRACE.set(trace)
    parse = _pressed(turn.press) if turn.press else await _understood(processor, turn)
    understood = time.perf_counter() - started
    out = CollectingOutputChannel()
    await processor.handle_message(
        UserMessage(turn.text, out, turn.sender, parse, AssureInput.name(), metadata=turn.metadata)
    )
    if trace.failed:
        raise NoAnswer(f"{trace.failed} gave no answer")
    sayings = [message["custom"] for message in out.messages if "custom" in message]
    if not sayings:
        raise NoAnswer(f"nothing to say to {parse['intent']['name']}")
    total = time.perf_counter() - started
    spent = {"understanding": understood, "action": trace.action_s, "total": total}
    spent["policy"] = total - understood - trace.action_s
    return {
        "sayings": sayings,
        "understood": {name: parse["intent"].get(name) for name in ("name", "confidence")},
        "timings_ms": {name: round(seconds * 1000, 3) for name, seconds in spent.items()},
    }


def _pressed(press: Press) -> dict[str, Any]:
    intent = {"name": press.intent, "confidence": 1.0}
    parsed = {"text": "", "intent": intent, "intent_ranking": [intent], "entities": press.entities}
    return parsed | {"pressed": True}


async def _understood(processor: MessageProcessor, turn: Turn) -> dict[str, Any]:
    text = HARMLESS + turn.text if turn.text.lstrip().startswith("/") else turn.text
    parse: dict[str, Any] = await processor.parse_message(UserMessage(text, metadata=turn.metadata))
    return parse
