"""What a message says beside its intent: values in the intent itself, and what speaks against a task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.against import REFUSAL, against
from bot.dialogue.book import Book
from bot.dialogue.said import Said
from bot.nlu.lexicon import lexicon
from bot.nlu.text import fold
from contract.dialogue import Frame

IDS = ("order_id", "order_tail")
REASON = "reason"


def heard(book: Book, said: Sequence[Said], *, is_answer: bool) -> list[Said]:
    """The requests of a message, each with what its intent says and what the whole message says against it.

    `is_answer`: something was asked; "cancel it" and "not yet" are about that, and else about an order.
    """
    said = said if is_answer else [_alone(one) for one in said]
    own = [against(one.text, one.entities) | against(one.beside) for one in said]
    whole = [
        replace(
            one,
            entities=[*one.entities, *_told(book, one)],
            against=frozenset[str]().union(
                *(what for other, what in zip(said, own, strict=True) if _is_of_one(one, other))
            ),
        )
        for one in said
    ]
    claims = [
        one for one, what in zip(whole, own, strict=True) if what - {REFUSAL} and _takes_reason(book, one)
    ]
    return [one for one in whole if not _gives_way(book, one, claims)]


def _gives_way(book: Book, said: Said, claims: Sequence[Said]) -> bool:
    """Whether the same message wants, about the same order, what is to be done about its own complaint."""
    is_asked_about = begins(book, said) not in (None, book.starts.get(said.intent))
    return is_asked_about and any(other is not said and _is_of_one(said, other) for other in claims)


def _takes_reason(book: Book, said: Said) -> bool:
    task = book.starts.get(said.intent)
    return bool(task and REASON in book.tasks[task].values)


def _alone(said: Said) -> Said:
    plain = " ".join(re.findall("[a-z']+", fold(said.text).lower()))
    intent = next((intent for intent, phrases in lexicon()["alone"].items() if plain in phrases), None)
    return replace(said, intent=intent) if intent and not said.pressed else said


def _told(book: Book, said: Said) -> list[dict[str, str]]:
    known = {one["entity"] for one in said.entities}
    told = book.told_by(said.intent)
    return [{"entity": entity, "value": value} for entity, value in told if entity not in known]


def _is_of_one(one: Said, other: Said) -> bool:
    """Whether both may be about one order: they do not name two."""
    mine, theirs = ({str(e["value"]) for e in said.entities if e["entity"] in IDS} for said in (one, other))
    return not mine or not theirs or bool(mine & theirs)


def begins(book: Book, said: Said) -> str | None:
    """The task that its intent begins, or the one that takes its place when something is said against it."""
    task = book.starts.get(said.intent)
    if task and _speaks_against(book, task, said):
        return allowed(book, task, said)
    if said.pressed or said.intent in book.each or _takes_reason(book, said):
        return task
    both = (name for name, row in book.tasks.items() if row.together and set(row.together) <= said.against)
    return next(both, task)


def allowed(book: Book, task: str, said: Said) -> str:
    """The task, or what takes its place where something is said against it."""
    return book.tasks[task].unless or task if _speaks_against(book, task, said) else task


def is_denied(book: Book, frame: Frame, said: Said) -> bool:
    return _speaks_against(book, frame.task, said)


def _speaks_against(book: Book, task: str, said: Said) -> bool:
    """A pressed button is certain: it says no more than what it stands for."""
    return not said.pressed and bool(set(book.tasks[task].against) & said.against)
