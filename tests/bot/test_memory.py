"""The bot's short memory: what it keeps, what it must not, on both engines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import create_engine, text

from bot.trace import TRACE, Trace
from bot.tracker_store import ShortTrackerStore, _engine, _url, answered

pytestmark = pytest.mark.rasa
TOKEN = "eyJhbGciOiJFZERTQSJ9.never-stored"
DOMAIN = Domain.load("domain.yml")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
    monkeypatch.delenv("ASSURE_DATABASE_URL", raising=False)
    if request.param == "postgresql":
        monkeypatch.setenv("ASSURE_DATABASE_URL", request.getfixturevalue("pg_url"))
    return ShortTrackerStore(DOMAIN)


def conversation(turns: int, name: str = "c1") -> DialogueStateTracker:
    tracker = DialogueStateTracker(name, DOMAIN.slots)
    tracker.update(SlotSet("session_started_metadata", {"token": TOKEN}))
    tracker.update(ActionExecuted("action_listen"))
    for n in range(turns):
        brought = {"token": TOKEN, "turn": f"{name}-{n}"}
        said = {"intent": {"name": "inform"}, "entities": [], "metadata": brought}
        tracker.update(UserUttered(f"turn {n}", said["intent"], [], said, metadata=brought))
        tracker.update(ActionExecuted("action_ask"))
        tracker.update(BotUttered("said", {"custom": {"say": f"x.{n}"}}, {"token": TOKEN}))
        tracker.update(SlotSet("tasks", [{"task": "open_claim", "n": n}]))
        tracker.update(ActionExecuted("action_listen"))
    return tracker


def kept(store: ShortTrackerStore, name: str = "c1") -> DialogueStateTracker:
    asyncio.run(store.save(conversation(5, name)))
    found = asyncio.run(store.retrieve(name))
    assert found is not None
    return found


def test_the_open_tasks_and_two_turns_come_back(store: ShortTrackerStore) -> None:
    found = kept(store)
    assert found.get_slot("tasks") == [{"task": "open_claim", "n": 4}]
    assert [each.text for each in found.events if isinstance(each, UserUttered)] == ["turn 3", "turn 4"]
    assert found.latest_action_name == "action_listen"


def test_no_token_is_ever_stored(store: ShortTrackerStore) -> None:
    kept(store, "c2")
    with _engine(_url()).connect() as work:
        memories = " ".join(work.execute(text("SELECT memory FROM trackers")).scalars())
    assert "open_claim" in memories
    assert TOKEN not in memories and "token" not in memories


def test_a_long_conversation_is_no_bigger_than_a_short_one(store: ShortTrackerStore) -> None:
    asyncio.run(store.save(conversation(3, "short")))
    asyncio.run(store.save(conversation(300, "long")))
    with _engine(_url()).connect() as work:
        rows = work.execute(text("SELECT id, length(memory) FROM trackers WHERE id IN ('short', 'long')"))
        size = dict(tuple(row) for row in rows)
    assert size["long"] < size["short"] * 1.1


def test_a_turn_that_failed_leaves_no_trace(store: ShortTrackerStore) -> None:
    kept(store, "c3")

    async def failed() -> None:
        TRACE.set(Trace(failed="action_quote"))
        await store.save(conversation(9, "c3"))

    asyncio.run(failed())
    found = asyncio.run(store.retrieve("c3"))
    assert found is not None and found.get_slot("tasks") == [{"task": "open_claim", "n": 4}]


def test_what_was_said_to_the_last_turn_comes_back_and_to_no_other(store: ShortTrackerStore) -> None:
    kept(store, "c4")
    assert asyncio.run(answered(store, "c4", "c4-4")) == [{"say": "x.4"}]
    assert asyncio.run(answered(store, "c4", "c4-3")) == []
    assert asyncio.run(answered(store, "c4", None)) == []
    again = asyncio.run(store.retrieve("c4"))
    assert again is not None
    asyncio.run(store.save(again))
    assert asyncio.run(answered(store, "c4", "c4-4")) == [{"say": "x.4"}]


@pytest.mark.parametrize("memory", ["", "{", "[1]", '[{"event": "unknown"}]', '{"event": 1}', "null"])
def test_a_memory_that_cannot_be_read_is_a_fresh_conversation(store: ShortTrackerStore, memory: str) -> None:
    kept(store, "c5")
    with _engine(_url()).begin() as work:
        work.execute(text("UPDATE trackers SET memory = :memory WHERE id = 'c5'"), {"memory": memory})
    assert asyncio.run(store.retrieve("c5")) is None
    kept(store, "c5")


def test_an_unknown_conversation_is_none(store: ShortTrackerStore) -> None:
    assert asyncio.run(store.retrieve("nobody")) is None


def test_the_file_stands_in_the_home_of_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
    monkeypatch.delenv("ASSURE_DATABASE_URL", raising=False)
    ShortTrackerStore(DOMAIN)
    assert create_engine(f"sqlite:///{tmp_path / 'bot.db'}").connect().execute(text("SELECT 1")).scalar()
