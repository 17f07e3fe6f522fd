"""A conversation without Rasa, for the pure part of the dialogue."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bot.dialogue import book, frames, tasks
from bot.dialogue.said import Said
from bot.dialogue.tasks import Move, State
from contract.dialogue import Frame, Phase

BOOK = book.load(Path("data/tasks.yml"))
ORDER = {"entity": "order_id", "value": "TA-20931-7741"}
OTHER = {"entity": "order_id", "value": "20001234567890123"}
DAMAGED = {"entity": "reason", "value": "damaged"}
HALF = {"entity": "share", "value": "1/2"}
CLAIM = {"entity": "claim_id", "value": "CLM-1001"}


def amount(decimal: str) -> dict[str, Any]:
    return {"entity": "amount", "value": {"decimal": decimal, "currency": None, "minor": None}}


class Talk:
    """A conversation without Rasa: actions do what the real ones do to the slots, as docs/slots.md says."""

    def __init__(self, **state: Any) -> None:
        self.state = State(**state)
        self.done: list[str] = []
        self.nothing_there = False
        self.refuses = False
        self.loses_the_answer = False

    def hear(self, intent: str, *entities: dict[str, Any], text: str = "could you do it") -> Talk:
        return self.hear_all([Said(intent=intent, entities=entities, text=text)])

    def hear_all(self, said: list[Said], readings: tuple[str, ...] = ()) -> Talk:
        self.done = []
        move = self._unchanged(lambda: tasks.hear(BOOK, self.state, said, readings))
        self.state = move.state
        if move.action is None:
            self.done.append("a rule")
            move = self._step("a rule")
        while move.action and len(self.done) < 12:
            self.done.append(move.action)
            self._act(move.action)
            move = self._step(move.action)
        assert len(self.done) < 12, self.done
        return self

    def _step(self, last: str) -> Move:
        move = self._unchanged(lambda: tasks.step(BOOK, self.state, last))
        self.state = move.state
        return move

    def _unchanged(self, decide: Callable[[], Move]) -> Move:
        """Deciding leaves what it was given as it was; and what it gives survives the slot."""
        before = copy.deepcopy(self.state)
        move = decide()
        assert self.state == before
        assert frames.read(json.loads(json.dumps(frames.written(move.state.stack)))) == move.state.stack
        return move

    def _act(self, action: str) -> None:
        if not self.state.stack:
            return
        if action == "action_order_status" and self.nothing_there:
            self._write(phase=Phase.ASKED, asked="order", problem="not_found")
        elif action == "action_find_order":
            said = self.top.values["order"].said
            assert said
            self._find(said.entity, said.value)
        elif action == "action_find_claim":
            said = self.top.values["claim"].said
            assert said
            self._resolve("claim", said.value)
        elif action == "action_quote" and self.refuses:
            self._write(phase=Phase.ASKED, asked="amount", problem="wrong_currency")
        elif action == "action_quote":
            self._write(phase=Phase.QUOTED, quote="Q-1", asked=None)
        elif action == "action_confirm_quote" and not self.loses_the_answer:
            self._write(phase=Phase.OVER, quote=None)

    def _find(self, entity: str, value: str) -> None:
        """By words, there are only LED strips."""
        if entity == "words" and "strips" not in value:
            self._write(problem="lost")
        else:
            self._resolve("order", OTHER["value"] if entity in ("words", "product") else value)

    def _resolve(self, name: str, found: str) -> None:
        values = {**self.top.values, name: replace(self.top.values[name], found=found)}
        self._write(phase=Phase.GATHERING, values=values, asked=None, problem=None)

    def _write(self, **changes: Any) -> None:
        self.state = dataclasses.replace(
            self.state, stack=(*self.state.stack[:-1], replace(self.top, **changes))
        )

    def said(self, name: str) -> Any:
        said = self.top.values[name].said
        return said and said.value

    @property
    def top(self) -> Frame:
        assert self.state.top is not None
        return self.state.top


def quoted() -> Talk:
    return Talk().hear("open_claim", ORDER, DAMAGED, HALF)
