"""Messenger's way in, with a real trained model and a real action server on a socket."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot import remote_action
from bot.channel import NoAnswer, Press, Turn, answer
from bot.dialogue import book
from bot.tracker_store import ShortTrackerStore

pytestmark = pytest.mark.rasa
METADATA = {"turn": "c-1", "token": "a.token.here", "now": "2026-11-24T09:00:00Z", "tz": "Africa/Lagos"}
Action = Callable[[dict[str, Any]], Any]


def says(key: str, **slots: Any) -> dict[str, Any]:
    events = [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]
    return {"events": events, "responses": [{"custom": {"say": key, "facts": {}}}]}


@pytest.fixture(scope="module")
def model(model_path: Path) -> Agent:
    remote_action.install()
    return Agent.load(str(model_path))


@pytest.fixture
def talk(model: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`talk(story, action)`: run a story with `say(text or Press)` while `action` answers Rasa's calls."""
    monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
    monkeypatch.delenv("ASSURE_DATABASE_URL", raising=False)

    def run(story: Callable[[Any], Awaitable[None]], action: Action | None) -> None:
        asyncio.run(_with_actions(model, story, action))

    return run


async def _with_actions(model: Agent, story: Any, action: Action | None) -> None:
    async def called(request: web.Request) -> web.Response:
        assert action is not None
        return web.json_response(action(await request.json()))

    app = web.Application()
    app.router.add_post("/webhook", called)
    async with TestServer(app) as server:
        url = str(server.make_url("/webhook"))
        processor = model.processor
        assert processor is not None
        processor.action_endpoint = EndpointConfig("http://127.0.0.1:9/webhook" if action is None else url)
        processor.tracker_store = ShortTrackerStore(processor.domain)
        model.lock_store = InMemoryLockStore()

        turns = itertools.count(1)

        async def say(said: str | Press, *, turn: str | None = None) -> dict[str, Any]:
            press = said if isinstance(said, Press) else None
            text = said if isinstance(said, str) else ""
            metadata = METADATA | {"turn": turn or f"c-{next(turns)}"}
            return await answer(model, Turn("c", metadata, text, press))

        await story(say)


def test_typed_text_is_understood_and_a_rule_answers_with_a_key(talk: Any) -> None:
    async def story(say: Any) -> None:
        told = await say("hello there")
        assert told["sayings"] == [{"say": "greet.hello"}]
        assert told["understood"]["name"] == "greet"
        assert set(told["timings_ms"]) == {"understanding", "policy", "action", "total"}

    talk(story, None)


def test_a_press_is_taken_as_it_was_meant_and_not_understood_again(talk: Any) -> None:
    heard: list[Any] = []

    def action(call: dict[str, Any]) -> dict[str, Any]:
        heard.append((call["next_action"], call["tracker"]["latest_message"]["metadata"]["token"]))
        return says("order.list")

    async def story(say: Any) -> None:
        told = await say(Press("list_orders"))
        assert told["sayings"] == [{"say": "order.list", "facts": {}}]

    talk(story, action)
    assert heard == [("action_list_orders", METADATA["token"])]


def test_a_turn_that_is_asked_again_gets_the_same_answer_and_is_not_heard_anew(talk: Any) -> None:
    calls: list[str] = []

    def action(call: dict[str, Any]) -> dict[str, Any]:
        calls.append(call["next_action"])
        return says("order.list")

    async def story(say: Any) -> None:
        first = await say(Press("list_orders"), turn="c-7")
        again = await say(Press("list_orders"), turn="c-7")
        assert again["sayings"] == first["sayings"] and calls == ["action_list_orders"]
        await say(Press("list_orders"), turn="c-8")
        assert len(calls) == 2

    talk(story, action)


def test_a_turn_that_got_no_answer_is_heard_anew(talk: Any) -> None:
    told = [{"events": [], "responses": []}, says("order.list")]

    async def story(say: Any) -> None:
        with pytest.raises(NoAnswer):
            await say(Press("list_orders"), turn="c-7")
        assert (await say(Press("list_orders"), turn="c-7"))["sayings"]

    talk(story, lambda call: told.pop(0))


@pytest.mark.parametrize("typed", ["/list_orders", '/open_claim{"order_id":"TA-1"}', "/restart", " /greet"])
def test_a_typed_slash_never_becomes_an_intent_for_certain(talk: Any, typed: str) -> None:
    async def story(say: Any) -> None:
        assert (await say(typed))["understood"]["confidence"] < 1.0

    talk(story, lambda call: says("order.list"))


def test_an_action_server_that_is_down_is_no_answer_and_forgets_the_turn(talk: Any) -> None:
    async def story(say: Any) -> None:
        with pytest.raises(NoAnswer, match="action_list_orders"):
            await say(Press("list_orders"))

    talk(story, None)


@pytest.mark.parametrize("malformed", [{}, [], "", {"events": "none"}, {"events": [1]}, {"responses": 1}])
def test_a_malformed_answer_of_an_action_is_no_answer(talk: Any, malformed: Any) -> None:
    async def story(say: Any) -> None:
        with pytest.raises(NoAnswer):
            await say(Press("list_orders"))

    talk(story, lambda call: malformed)


def test_an_action_that_says_nothing_is_no_answer(talk: Any) -> None:
    async def story(say: Any) -> None:
        with pytest.raises(NoAnswer, match="nothing to say"):
            await say(Press("list_orders"))

    talk(story, lambda call: {"events": [], "responses": []})


def test_every_intent_begins_a_task_or_has_a_rule() -> None:
    known = book.load(Path("data/tasks.yml"))
    ruled = {
        step["intent"]
        for path in Path("data/rules").glob("*.yml")
        for rule in yaml.safe_load(path.read_text())["rules"]
        for step in rule["steps"]
        if "intent" in step
    }
    mine = {name for name in Domain.load("domain.yml").intents if name not in _of_rasa()}
    assert mine - ruled == set(known.starts)


def _of_rasa() -> set[str]:
    from rasa.shared.core.constants import DEFAULT_INTENTS

    return set(DEFAULT_INTENTS) - {"nlu_fallback"}
