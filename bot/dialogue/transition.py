"""The one place where a task moves on: what it becomes by what was heard or by the action that has run.

`understood` reads a message as an answer to the open question, and changes nothing; `transition` gives the
frame that follows. Its `doing` names the action that runs next; without one, the person is listened to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeAlias

from msgspec.structs import replace

from bot.dialogue import frames
from bot.dialogue.book import Book
from bot.dialogue.consent import is_begun_with_no, is_its_name
from bot.dialogue.places import YES_OR_NO, is_other
from bot.dialogue.said import NEUTRAL, Said
from contract.dialogue import Frame, Phase

ASK, ASK_AGAIN, LEFT, CANCEL = "action_ask", "action_ask_again", "action_left", "action_cancel_quote"
QUOTE, LOST_WORDS, SEVERAL = "quote", "lost", "several"
"""QUOTE is asked for when it ran out: a yes makes a new one."""


@dataclass(frozen=True)
class Told:
    """Values were said, or put right."""

    taken: frames.Taken


@dataclass(frozen=True)
class Tried:
    """Words that may name a value, beside no value at all."""

    name: str
    words: str


@dataclass(frozen=True)
class NotThat:
    """It is another one than the value that stands there."""

    name: str


@dataclass(frozen=True)
class Ran:
    """The action has run, and has written into the frame what it found."""

    action: str


class Plain(Enum):
    CONFIRM = auto()
    """The yes that an open quote waits for."""
    CANCEL = auto()
    """A no to a quote, open or run out."""
    LEAVE = auto()
    """Stop, or a no to any other question."""
    KEEP = auto()
    """What stood there before the question stands."""
    GO_ON = auto()
    """It is this task's turn: an open question is put again, else it does its next step."""
    PUZZLE = auto()
    """An answer, but to what is not clear."""


Event: TypeAlias = Told | Tried | NotThat | Ran | Plain


def understood(book: Book, frame: Frame, said: Said) -> Event | None:
    """The message as an answer to the open question, or a correction; None if it is about something else."""
    task, is_quoted = book.tasks[frame.task], frame.phase is Phase.QUOTED
    if is_quoted and is_its_name(said.text, frame.deed):
        return Plain.GO_ON
    if said.intent == "stop":
        return Plain.CANCEL if is_quoted else Plain.LEAVE
    if is_quoted and said.executes(frame.deed):
        return Plain.CONFIRM
    found = next((name for name in task.needs if book.values[name].find), None)
    if found and said.intent in NEUTRAL and any(map(is_other, said.entities)):
        return NotThat(found)
    taken = frames.fit(book, frame, said.entities)
    if _may_name(book, frame, said, taken):
        return Tried(str(frame.asked), said.names)
    if not _is_about(book, frame, said, taken):
        return None
    if frames.changes(frame, taken) or (taken and frame.phase is Phase.ASKED):
        return Told(taken)
    if said.intent in YES_OR_NO:
        return (_yes if said.intent == "affirm" else _no)(book, frame, said)
    if taken or said.intent in task.starts:
        return Plain.GO_ON
    return Plain.PUZZLE if said.intent == "inform" else None


def _may_name(book: Book, frame: Frame, said: Said, taken: frames.Taken) -> bool:
    task = book.tasks[frame.task]
    is_near = said.is_neutral or said.intent in (*task.starts, *task.within)
    has_value = any(one.entity not in book.values[name].refuses for name, one in taken.items())
    is_asked = frame.phase is Phase.ASKED and frame.asked == frames.nameable(book, frame)
    return bool(is_asked and is_near and not has_value and said.intent not in YES_OR_NO and said.names)


def _is_about(book: Book, frame: Frame, said: Said, taken: frames.Taken) -> bool:
    task = book.tasks[frame.task]
    if said.is_neutral or said.intent in task.starts:
        return True
    if said.intent in task.within:
        moved = any(book.values[name].find for name in frames.changes(frame, taken))
        return frame.asked in taken or bool(taken and not moved)
    return frame.asked in taken and said.intent not in book.starts and said.intent not in book.each


def _yes(book: Book, frame: Frame, said: Said) -> Plain:
    """What only sounds like a yes is asked about again."""
    if frame.phase is Phase.QUOTED or is_begun_with_no(said.text):
        return Plain.GO_ON
    return Plain.KEEP if _stands(book, frame) else Plain.PUZZLE


def _no(book: Book, frame: Frame, said: Said) -> Plain:
    """To a quote, no; to the question after a refused change, back to what stood; to any other, leave."""
    if frame.phase is Phase.QUOTED or frame.asked == QUOTE:
        return Plain.CANCEL
    return Plain.KEEP if _stands(book, frame) else Plain.LEAVE


def _stands(book: Book, frame: Frame) -> bool:
    """Whether the task can go on without an answer to its question."""
    asked = frame.asked
    return asked == QUOTE or (asked is not None and frames.known(book, frame, asked) is not None)


def transition(book: Book, frame: Frame, event: Event, recent: Mapping[str, Any]) -> Frame:
    match event:
        case Told(taken):
            return _proceeding(book, frames.put(book, frame, taken), recent)
        case Tried(name, words):
            return _doing(frames.guessing(frame, name, words), Phase.FINDING, book.values[name].find or ASK)
        case NotThat(name):
            return _asking(frames.forgotten(book, frame, name), name)
        case Ran(action):
            return _after(book, replace(frame, doing=None), action, recent)
        case Plain.CONFIRM:
            return _doing(frame, Phase.DOING, book.tasks[frame.task].then)
        case Plain.CANCEL:
            return _doing(frame, Phase.OVER, CANCEL)
        case Plain.LEAVE:
            return _doing(frame, Phase.OVER, LEFT)
        case Plain.KEEP:
            return _proceeding(book, frames.gathering(frame), recent)
        case Plain.GO_ON if frames.is_waiting(frame):
            return _doing(frame, frame.phase, ASK_AGAIN)
        case Plain.GO_ON:
            return _proceeding(book, frame, recent)
        case Plain.PUZZLE:
            return frame


def _doing(frame: Frame, phase: Phase, action: str) -> Frame:
    return replace(frame, phase=phase, doing=action)


def _asking(frame: Frame, name: str, problem: str | None = None) -> Frame:
    return replace(frame, phase=Phase.ASKED, doing=ASK, asked=name, problem=problem)


def _proceeding(book: Book, frame: Frame, recent: Mapping[str, Any]) -> Frame:
    """What was said is found first, then what is missing is asked for, then it is quoted or done."""
    task = book.tasks[frame.task]
    for name in task.values:
        find = book.values[name].find
        if find and frames.value(frame, name).said and frames.known(book, frame, name) is None:
            return _doing(frame, Phase.FINDING, find)
    for name in task.values:
        frame = frames.carried(book, frame, recent, name)
        if name in task.needs and frames.known(book, frame, name) is None:
            problem = frames.refused(book, frame, name)
            return _asking(frames.taken_back(frame, name) if problem else frame, name, problem)
    if task.quote:
        return _doing(frame, Phase.QUOTING, task.quote)
    return _doing(frame, Phase.DOING, task.then)


def _after(book: Book, frame: Frame, action: str, recent: Mapping[str, Any]) -> Frame:
    """What the action has made of it. An action that leaves its own phase as it was found nothing."""
    match frame.phase:
        case Phase.GATHERING:
            return _proceeding(book, frame, recent)
        case Phase.QUOTED:
            return frames.settled(frame)
        case Phase.ASKED if action not in (ASK, ASK_AGAIN):
            return _asked_anew(book, frame, action, recent)
        case Phase.ASKED:
            return frame
        case Phase.FINDING if frame.problem == LOST_WORDS:
            return _unguessed(book, frame, recent)
        case Phase.DOING if frame.quote:
            return replace(frame, phase=Phase.QUOTED)
        case _:
            return replace(frame, phase=Phase.OVER)


def _asked_anew(book: Book, frame: Frame, action: str, recent: Mapping[str, Any]) -> Frame:
    """What was said was not taken. After a look-up an earlier value goes on; at a quote a yes takes it up."""
    if frame.asked is None or frame.asked == QUOTE or frame.problem == SEVERAL:
        return replace(frame, quote=None)
    frame = frames.taken_back(frame, frame.asked)
    is_look_up = action in {value.find for value in book.values.values()}
    if is_look_up and _stands(book, frame):
        return _proceeding(book, frames.gathering(frame), recent)
    return frame


def _unguessed(book: Book, frame: Frame, recent: Mapping[str, Any]) -> Frame:
    """The words name nothing: not understood, if they were all that was said; else as if they were not."""
    frame = frames.unguessed(frame)
    if frame.only_words:
        return replace(frame, phase=Phase.OVER)
    if frame.asked:
        return replace(frame, phase=Phase.ASKED)
    return _proceeding(book, frames.gathering(frame), recent)
