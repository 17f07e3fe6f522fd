"""`data/tasks.yml` as types: what can be done, what it needs, and what people call it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import yaml

from bot.dialogue.against import KINDS
from contract.dialogue import Says

TASKS = Path("data/tasks.yml")
ROLES = ("buyer", "supplier")


class Unreadable(Exception):
    """`tasks.yml` names something that is not there; training stops with this sentence."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """The comments in `tasks.yml` say what each row means."""

    then: str
    starts: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    role: str | None = None
    instead: str | None = None
    against: tuple[str, ...] = ()
    unless: str | None = None
    together: tuple[str, ...] = ()
    deed: str | None = None
    quote: str | None = None
    says: Says | None = None
    leaves: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.takes, *self.needs)


@dataclass(frozen=True, kw_only=True)
class Value:
    entities: tuple[str, ...]
    hints: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    intents: Mapping[str, str] = field(default_factory=dict)
    words: bool = False
    find: str | None = None
    alone: str | None = None
    beside: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Entities that may name it, asked for or not."""
        return (*self.entities, *self.hints)


@dataclass(frozen=True)
class Book:
    tasks: Mapping[str, Task] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    @cached_property
    def starts(self) -> dict[str, str]:
        """Which task an intent begins."""
        return {intent: name for name, task in self.tasks.items() for intent in task.starts}

    @cached_property
    def each(self) -> dict[str, str]:
        """Which task answers a general question that is one of several requests."""
        return {intent: name for name, task in self.tasks.items() for intent in task.each}

    def told_by(self, intent: str) -> Iterator[tuple[str, str]]:
        """The values that an intent says by itself, each as its first entity."""
        for one in self.values.values():
            if intent in one.intents:
                yield one.entities[0], one.intents[intent]

    def entities(self, task: str) -> set[str]:
        """What its values may be called."""
        return {entity for name in self.tasks[task].values for entity in self.values[name].names}

    def actions(self) -> Iterator[str]:
        yield from (task.then for task in self.tasks.values())
        yield from (task.quote for task in self.tasks.values() if task.quote)
        yield from (value.find for value in self.values.values() if value.find)


def read(text: str) -> Book:
    """Raises Unreadable for an unknown row, task or value, and for an intent that would begin two tasks."""
    rows = yaml.safe_load(text)
    book = Book(
        {name: _row(Task, "task", name, row) for name, row in rows["tasks"].items()},
        {name: _row(Value, "value", name, row) for name, row in rows["values"].items()},
    )
    begun = [intent for task in book.tasks.values() for intent in (*task.starts, *task.each)]
    _refuse("begins two tasks", {intent for intent in begun if begun.count(intent) > 1})
    _refuse("is no role", {task.role for task in book.tasks.values() if task.role} - set(ROLES))
    halves = {
        name
        for name, task in book.tasks.items()
        if len({cell is None for cell in (task.deed, task.quote, task.says)}) > 1
    }
    _refuse("has a deed, a quote or words for it without the others", halves)
    open_ended = {name for name, task in book.tasks.items() if bool(task.against) != bool(task.unless)}
    _refuse("says against what or what begins instead, and not the other", open_ended)
    kinds = {kind for task in book.tasks.values() for kind in (*task.against, *task.together)}
    _refuse("is nothing that is said against a task", kinds - set(KINDS))
    _refuse("is no task", {task.unless for task in book.tasks.values() if task.unless} - set(book.tasks))
    used = {name for task in book.tasks.values() for name in task.values}
    _refuse("is no value", used - set(book.values))
    _refuse("is no value", {name for value in book.values.values() for name in value.of} - set(book.values))
    begun_by_value = {task for value in book.values.values() for task in (value.alone, value.beside) if task}
    _refuse("is no task", begun_by_value - set(book.tasks))
    return book


def load(path: Path) -> Book:
    return read(path.read_text(encoding="utf-8"))


def check(
    book: Book, *, intents: Collection[str], actions: Collection[str], entities: Collection[str]
) -> None:
    """Raises Unreadable with the names that the domain lacks."""
    named = {intent for task in book.tasks.values() for intent in (*task.starts, *task.within, *task.each)}
    named |= {intent for one in book.values.values() for intent in one.intents}
    said = {entity for one in book.values.values() for entity in (*one.names, *one.answers, *one.refuses)}
    _refuse("is no intent of the domain", named - set(intents))
    _refuse("is no action of the domain", set(book.actions()) - set(actions))
    _refuse("is no entity of the domain", said - set(entities))


def _row(kind: Any, what: str, name: str, row: dict[str, Any]) -> Any:
    known = {one.name for one in fields(kind)}
    if unknown := set(row) - known:
        raise Unreadable(f"tasks.yml: {what} {name}: unknown row {', '.join(sorted(unknown))}")
    try:
        return kind(**{key: _cell(key, given) for key, given in row.items()})
    except (TypeError, msgspec.ValidationError) as lacking:
        raise Unreadable(f"tasks.yml: {what} {name}: {lacking}") from lacking


def _cell(key: str, given: Any) -> Any:
    if key == "says":
        return msgspec.convert(given, Says)
    return tuple(given) if isinstance(given, list) else given


def _refuse(why: str, names: Collection[str]) -> None:
    if names:
        raise Unreadable(f"tasks.yml: {', '.join(sorted(names))} {why}")
