"""The bot's short memory: the slots and the last two turns of a conversation, and nothing else.

A tracker of one length keeps every turn as quick as the first. What a message brought along (the delegated
token among it) is never stored, but for the last turn's id, with what was said to it: the same turn again
gets the same answer. A turn that failed leaves no trace.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
    update,
)

from bot.trace import current

logger = logging.getLogger(__name__)
TURNS = 2
BROUGHT = "session_started_metadata"
"""Rasa's own slot for what the first message brought along."""
KINDS = {kind.type_name: kind for kind in (SlotSet, UserUttered, ActionExecuted, BotUttered)}
"""What a memory is made of; Rasa would look through all the events that it knows for each of them."""
metadata = MetaData()
trackers = Table(
    "trackers", metadata, Column("id", String, primary_key=True), Column("memory", Text, nullable=False)
)
READ = select(trackers.c.memory).where(trackers.c.id == bindparam("id"))
CHANGE = update(trackers).where(trackers.c.id == bindparam("of")).values(memory=bindparam("what"))


class ShortTrackerStore(TrackerStore):
    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, **_: Any
    ) -> None:
        super().__init__(domain, event_broker)
        self._engine = _engine(_url())
        with self._engine.begin() as work:
            metadata.create_all(work)

    async def save(self, tracker: DialogueStateTracker) -> None:
        if current().failed:
            return
        with self._engine.begin() as work:
            _write(work, tracker.sender_id, json.dumps(list(_memory(tracker))))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """None also for a memory that cannot be read: a fresh conversation is better than none."""
        with self._engine.connect() as work:
            memory = work.execute(READ, {"id": sender_id}).scalar()
        if memory is None:
            return None
        tracker = self.init_tracker(sender_id)
        try:
            events = [KINDS[each["event"]]._from_parameters(each) for each in json.loads(memory)]
            tracker.update_with_events(events, self.domain)
        except (AttributeError, LookupError, TypeError, ValueError) as wrong:
            logger.error("a memory cannot be read: %s", type(wrong).__name__)
            return None
        return tracker


def _write(work: Connection, id: str, memory: str) -> None:
    if work.execute(CHANGE, {"of": id, "what": memory}).rowcount == 0:
        work.execute(insert(trackers), {"id": id, "memory": memory})


def _memory(tracker: DialogueStateTracker) -> Iterator[dict[str, Any]]:
    """Slots as they are now, then who said and did what; the slots' way there is left out."""
    for name, slot in tracker.slots.items():
        if slot.value != slot.initial_value and name != BROUGHT:
            yield SlotSet(name, slot.value).as_dict()
    yield from (_bare(each) for each in _last_turns(tracker))


def _last_turns(tracker: DialogueStateTracker) -> list[Event]:
    """From the `action_listen` before the last turns on; what was answered to the last one alone."""
    said = [each for each in tracker.events if isinstance(each, UserUttered | ActionExecuted)]
    starts = [place for place, each in enumerate(said) if isinstance(each, UserUttered)]
    first = max(0, starts[-TURNS] - 1) if len(starts) >= TURNS else 0
    return [*said[first:], *_answers(tracker)]


def _answers(tracker: DialogueStateTracker) -> list[Event]:
    events = list(tracker.events)
    last = max((place for place, each in enumerate(events) if isinstance(each, UserUttered)), default=0)
    return [each for each in events[last:] if isinstance(each, BotUttered)]


def _bare(each: Event) -> dict[str, Any]:
    told: dict[str, Any] = each.as_dict() | {"metadata": {}}
    if isinstance(each, UserUttered):
        told["metadata"] = {"turn": each.metadata.get("turn")}
        told["parse_data"] = {"intent": each.intent, "entities": each.entities}
    return told


async def answered(store: TrackerStore, sender_id: str, turn: str | None) -> list[dict[str, Any]]:
    """What was said to this turn, if it was the last one; empty if it is a new one."""
    tracker = await store.retrieve(sender_id) if turn else None
    said = tracker.get_last_event_for(UserUttered) if tracker else None
    if tracker is None or said is None or said.metadata.get("turn") != turn:
        return []
    return [each.data["custom"] for each in _answers(tracker) if "custom" in each.data]


def _url() -> str:
    home = Path(os.environ.get("ASSURE_HOME", ".assure"))
    return os.environ.get("ASSURE_DATABASE_URL") or f"sqlite:///{home / 'bot.db'}"


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        schema = {"options": "-c search_path=bot"}
        address = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(address, connect_args=schema, pool_pre_ping=True, hide_parameters=True)
        with engine.begin() as work:
            work.execute(text("CREATE SCHEMA IF NOT EXISTS bot"))
        return engine
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    """It can be thrown away, so it need not wait for the disk."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
