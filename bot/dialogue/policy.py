"""Rasa's face of the tasks: a policy that works through the stack in the slot `tasks`.

It answers above RulePolicy's priority, so that an open question comes again after a rule has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import book, frames, tasks
from bot.dialogue.book import Book
from bot.dialogue.said import Said
from bot.dialogue.tasks import Move, State

FILE = "tasks.yml"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TaskPolicy(Policy):
    """`tasks` names the file; training checks it against the domain and keeps it with the model."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        known: Book | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._book = known or Book()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 7, "tasks": "data/tasks.yml"}

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_AND_RULE_DATA

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Raises book.Unreadable, naming what the domain lacks."""
        text = Path(self.config["tasks"]).read_text(encoding="utf-8")
        known = book.read(text)
        book.check(
            known,
            intents=domain.intents,
            actions=domain.action_names_or_texts,
            entities=domain.entities,
        )
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(text, encoding="utf-8")
        self._book = known
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TaskPolicy:
        with model_storage.read_from(resource) as folder:
            known = book.load(folder / FILE)
        return cls(config, model_storage, resource, execution_context, known)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        before = _state(tracker)
        if tracker.latest_action_name == ACTION_LISTEN_NAME:
            move = tasks.hear(self._book, before, *_heard(tracker))
            return self._chosen(move.action, before, move, domain)
        move = tasks.step(self._book, before, tracker.latest_action_name or "")
        return self._chosen(move.action or ACTION_LISTEN_NAME, before, move, domain)

    def _chosen(self, action: str | None, before: State, move: Move, domain: Domain) -> PolicyPrediction:
        """Without an action a rule answers; what changed in the slots is kept either way."""
        wanted = self._default_predictions(domain)
        if action is not None:
            wanted[domain.index_for_action(action)] = 1.0
        return self._prediction(wanted, events=list(_changes(before, move.state)))


def _state(tracker: DialogueStateTracker) -> State:
    stack, recent, misses = (tracker.get_slot(name) for name in ("tasks", "recent", "misses"))
    return State(stack=frames.read(stack), recent=recent or {}, misses=int(misses or 0))


def _changes(before: State, after: State) -> list[Event]:
    pairs = {
        "tasks": (frames.written(before.stack), frames.written(after.stack)),
        "recent": (before.recent, after.recent),
        "misses": (before.misses, after.misses),
    }
    return [SlotSet(name, new) for name, (old, new) in pairs.items() if old != new]


def _heard(tracker: DialogueStateTracker) -> tuple[list[Said], list[str]]:
    message = tracker.latest_message
    assert message is not None
    parsed: dict[str, Any] = message.parse_data or {}
    return said_in(
        {
            **parsed,
            "text": message.text,
            "intent": {"name": message.intent_name},
            "entities": message.entities,
        }
    )


def said_in(parsed: Mapping[str, Any]) -> tuple[list[Said], list[str]]:
    """The message, or its requests if it has several; and the readings the classifier is torn between."""
    clauses = parsed.get("clauses") or []
    text, pressed = parsed["text"] or "", parsed.get("pressed", False)
    beside = _beside(text, [one["text"] for one in clauses])
    said = [_request(one, beside) for one in clauses]
    intent = parsed["intent"]["name"] or ""
    whole = Said(intent=intent, entities=parsed["entities"], text=text, pressed=pressed)
    return said or [whole], parsed.get("readings") or []


def _request(clause: dict[str, Any], beside: str) -> Said:
    intent, entities, text = clause["intent"]["name"], clause["entities"], clause["text"]
    return Said(intent=intent, entities=entities, text=text, beside=beside, whole=False)


def _beside(text: str, clauses: list[str]) -> str:
    """What the message says beside its requests."""
    for clause in clauses:
        text = text.replace(clause, " ", 1)
    return text
