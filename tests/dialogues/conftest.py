"""Conversations through all four programs, as `./assure chat --json` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk import RunningDesk

Events = list[dict[str, Any]]
Says = Callable[..., list[str]]


@pytest.fixture(scope="module")
def events(desk: RunningDesk) -> Callable[..., Events]:
    """`events("alice", "hello", …)`: all event frames of a new conversation."""

    def chat(person: str, *lines: str) -> Events:
        told = desk.chat(person, list(lines))
        return [frame for frame in told if frame["frame"] == "event"]

    return chat


@pytest.fixture(scope="module")
def answers(events: Callable[..., Events]) -> Says:
    """What is answered to each line: the texts of the bot and the desk after it, one string for each line."""

    def said(person: str, *lines: str) -> list[str]:
        found: list[list[str]] = []
        for event in events(person, *lines):
            if event["from"] in ("buyer", "supplier"):
                found.append([])
            elif found and event["type"] != "notice":
                found[-1].append(event["body"]["text"])
        return ["\n".join(texts) for texts in found]

    return said
