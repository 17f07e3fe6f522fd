"""Rasa's face of understanding: one component for values, one for intent, readings and clauses."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import clauses, encoder
from bot.nlu.extractors import extract
from bot.nlu.ids import SHAPES
from bot.nlu.judges import Judges, Weights
from bot.nlu.lexicon import family, lexicon
from bot.nlu.text import fold, is_foreign_script
from bot.nlu.typos import Spelling

OUT, FALLBACK, YES = "out_of_scope", "nlu_fallback", "affirm"
RANKED = 5
POLITE = {"greet", "thanks", "goodbye", "chitchat", "complaint"}
"""Said around a request, they do not hide it."""


def plain(text: str, entities: list[dict[str, Any]]) -> str:
    """What the judges read: ids as the word for them, so that no digit of one sways the intent."""
    for entity in reversed(entities):
        words = {"order_id": "order 1234", "order_tail": "order 1234", "claim_id": "claim 1001"}.get(
            entity["entity"]
        )
        if words:
            text = f"{text[: entity['start']]} {words} {text[entity['end'] :]}"
    return " ".join(text.split())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ValueExtractor(GraphComponent, EntityExtractorMixin):
    """Sets `entities`; days are read in the zone and at the instant of the message's metadata."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._shapes = tuple(config["order_shapes"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"order_shapes": list(SHAPES)}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ValueExtractor:
        extract("3 weeks ago", shapes=SHAPES)  # dateparser reads its languages at the first date
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            entities = _values(message.get("text") or "", message.get("metadata") or {}, self._shapes)
            message.set("entities", entities, add_to_output=True)
        return messages


def _values(text: str, metadata: dict[str, Any], shapes: tuple[str, ...]) -> list[dict[str, Any]]:
    now = metadata.get("now")
    at = datetime.fromisoformat(now) if now else None
    locale = str(metadata.get("locale") or "en")
    try:
        return extract(text, now=at, zone=str(metadata.get("tz") or "UTC"), locale=locale, shapes=shapes)
    except (ZoneInfoNotFoundError, ValueError):
        return extract(text, now=at, locale=locale, shapes=shapes)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HybridClassifier(GraphComponent, IntentClassifier):
    """Sets `intent` (`nlu_fallback` if 1 - p(out_of_scope) is under `threshold`), `readings`, `clauses`."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._judges: Judges | None = None
        self._spelling: Spelling | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "threshold": 0.65,
            "torn": 0.15,
            "sure_yes": 0.45,
            "tfidf": 3.0,
            "dense": 8.0,
            "inverse_penalty": 3.0,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HybridClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> HybridClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._use(Judges.load(folder, component._weights()))
        encoder.encode(["hello"])
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [one for one in training_data.intent_examples if one.get("text")]
        lines = [plain(text := fold(one.get("text")), extract(text)) for one in examples]
        intents = [one.get("intent") for one in examples]
        self._use(Judges.train(lines, intents, encoder.encode(lines), self._weights()))
        with self._storage.write_to(self._resource) as folder:
            assert self._judges
            self._judges.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._understand(message)
        return messages

    def _weights(self) -> Weights:
        return Weights(**{name: self._config[name] for name in ("tfidf", "dense", "inverse_penalty")})

    def _use(self, judges: Judges) -> None:
        self._judges, self._spelling = judges, Spelling(judges.words)

    def _understand(self, message: Message) -> None:
        text, entities = fold(message.get("text") or ""), message.get("entities") or []
        parts = clauses.split(text)
        parts = parts if len(parts) > 1 else []
        inside = [
            [one for one in entities if part.start <= one["start"] and one["end"] <= part.end]
            for part in parts
        ]
        moved = [_from(part.start, found) for part, found in zip(parts, inside, strict=True)]
        texts = [
            (text, entities),
            *((text[one.start : one.end], got) for one, got in zip(parts, moved, strict=True)),
        ]
        whole, *rankings = self._rank([plain(*one) for one in texts])
        heard = [self._heard(*one) for one in zip(parts, rankings, inside, strict=True)]
        requests = clauses.join(heard)
        if len(requests) == 1 and whole[0]["name"] in POLITE:
            asked = next(ranking for ranking in rankings if ranking[0]["name"] == requests[0].intent)
            whole = asked
        self._set(message, whole, [_clause(text, one) for one in requests if len(requests) > 1])

    def _rank(self, texts: list[str]) -> list[list[dict[str, Any]]]:
        """The likeliest intents of each text, and always p(out_of_scope), as Rasa writes them."""
        assert self._judges and self._spelling, "the model was not trained"
        spelled = [self._spelling.correct(text) for text in texts]
        rows = self._judges.judge(
            spelled, encoder.encode(spelled), [is_foreign_script(text) for text in texts]
        )
        named = [zip(self._judges.intents, map(float, row), strict=True) for row in rows]
        ranked = [sorted(row, key=lambda one: -one[1]) for row in named]
        shown = [[{"name": name, "confidence": value} for name, value in row] for row in ranked]
        return [
            row if text else [{"name": OUT, "confidence": 1.0}, *row]
            for row, text in zip(shown, texts, strict=True)
        ]

    def _is_declined(self, ranking: list[dict[str, Any]]) -> bool:
        out = next((one["confidence"] for one in ranking if one["name"] == OUT), 0.0)
        doubtful_yes = ranking[0]["name"] == YES and ranking[0]["confidence"] < self._config["sure_yes"]
        return bool(ranking[0]["name"] == OUT or 1 - out < self._config["threshold"] or doubtful_yes)

    def _heard(
        self, part: clauses.Part, ranking: list[dict[str, Any]], entities: list[dict[str, Any]]
    ) -> clauses.Heard:
        best = ranking[0]
        is_sure = not self._is_declined(ranking) and best["confidence"] >= 0.4
        intent = best["name"] if is_sure else "inform" if entities else None
        return clauses.Heard(part=part, intent=intent, confidence=best["confidence"], entities=entities)

    def _set(self, message: Message, ranking: list[dict[str, Any]], several: list[dict[str, Any]]) -> None:
        shown = ranking[:RANKED]
        asks = str(message.get("text")).rstrip().endswith(("?", "？")) and ranking[0]["name"] == YES
        if ranking[0]["name"] != OUT and (asks or self._is_declined(ranking)) and not several:
            shown = [{"name": FALLBACK, "confidence": self._config["threshold"]}, *shown]
        message.set("intent", shown[0], add_to_output=True)
        message.set("intent_ranking", shown, add_to_output=True)
        message.set("readings", self._readings(shown), add_to_output=True)
        message.set("clauses", several, add_to_output=True)

    def _readings(self, ranking: list[dict[str, Any]]) -> list[str]:
        """Two intents of one family between which the judges are torn, if each would start another thing."""
        first, second = ranking[:2]
        names = [first["name"], second["name"]]
        close = first["confidence"] - second["confidence"] < self._config["torn"]
        kin = family(names[0]) is not None and family(names[0]) == family(names[1])
        return names if close and kin and set(names) <= set(lexicon()["asked"]) else []


def _from(start: int, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "start": one["start"] - start, "end": one["end"] - start} for one in entities]


def _clause(text: str, heard: clauses.Heard) -> dict[str, Any]:
    intent = {"name": heard.intent, "confidence": heard.confidence}
    said = text[heard.part.start : heard.part.end]
    return {"text": said, "intent": intent, "entities": _from(heard.part.start, heard.entities)}
