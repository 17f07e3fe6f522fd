"""One open task (contract/dialogue.py): what is known of it, and the same task with something changed.

Nothing here changes a frame that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from bot.dialogue.book import Book
from contract.dialogue import Frame, Mention, Phase, Value

Entity: TypeAlias = Mapping[str, Any]
Taken: TypeAlias = dict[str, Mention]

WORDS = "words"
NAMED = "named"
"""The role of the end of an order id that is called one: it is no answer to anything else."""
CARRIED = ("order", "claim", "reason")
UNSAID = Value()


def read(slot: Any) -> tuple[Frame, ...]:
    """The stack. What another version left and cannot be read is dropped: a question is asked once more."""
    try:
        return tuple(msgspec.convert(slot or [], list[Frame]))
    except msgspec.ValidationError:
        return ()


def written(stack: Sequence[Frame]) -> Any:
    return msgspec.to_builtins(list(stack))


def new(book: Book, task: str, **more: Any) -> Frame:
    row = book.tasks[task]
    cells: dict[str, Any] = {name: getattr(row, name) for name in ("role", "instead", "deed", "says")}
    return Frame(task=task, phase=Phase.GATHERING, **cells, **more)


def is_waiting(frame: Frame) -> bool:
    """Whether the person owes it an answer."""
    return frame.phase in (Phase.ASKED, Phase.QUOTED)


def value(frame: Frame, name: str | None) -> Value:
    return frame.values.get(name or "", UNSAID)


def known(book: Book, frame: Frame, name: str) -> Any:
    """What the value is; None while it is not said, said and not found, or what can never be one."""
    held, kind = value(frame, name), book.values[name]
    if held.said is None or held.found is not None:
        return held.found
    if held.said.entity in kind.refuses:
        return None
    as_said = kind.find is None or (held.said.entity in kind.exact and not book.tasks[frame.task].quote)
    return held.said.value if as_said else None


def refused(book: Book, frame: Frame, name: str) -> str | None:
    """What was said for the value and can never be one, as its entity: a count where a sum is needed."""
    said = value(frame, name).said
    return said.entity if said and said.entity in book.values[name].refuses else None


def fit(book: Book, frame: Frame, entities: Sequence[Entity]) -> Taken:
    """Which of the entities say which of the frame's values, each used once; the asked one comes first."""
    task, taken, left = book.tasks[frame.task], Taken(), list(entities)

    def take(name: str, kinds: Sequence[str], *, named: bool = True) -> None:
        fitting = [one for one in left if one["entity"] in kinds and (named or one.get("role") != NAMED)]
        if fitting and name not in taken:
            best = next((one for one in fitting if not _is_same(frame, name, _mention(one))), fitting[0])
            taken[name] = _mention(best)
            left.remove(best)

    for name, kind in ((name, book.values[name]) for name in task.values if name == frame.asked):
        take(name, kind.entities)
        take(name, kind.hints)
        take(name, kind.answers, named=False)
        take(name, kind.refuses)
    for name in task.values:
        take(name, book.values[name].entities)
    # Where nothing else is said, a name also corrects what is known: "no, the floodlights".
    is_alone = not taken
    for name in task.values:
        if is_alone or name not in frame.values:
            take(name, book.values[name].hints)
            take(name, book.values[name].refuses)
    return taken


def _mention(one: Entity) -> Mention:
    return Mention(one["entity"], one["value"])


def nameable(book: Book, frame: Frame) -> str | None:
    """The value that words may name, if one that takes words is missing."""
    for name in book.tasks[frame.task].values:
        held = value(frame, name)
        if book.values[name].words and held.found is None and (held.said is None or is_guess(held)):
            return name
    return None


def guessing(frame: Frame, name: str, words: str) -> Frame:
    """With the words tried as the value's name."""
    return _with(frame, name, Value(Mention(WORDS, words), was=value(frame, name).was))


def is_guess(held: Value) -> bool:
    return held.said is not None and held.said.entity == WORDS


def unguessed(frame: Frame) -> Frame:
    """The words named nothing: as if they had not been tried."""
    kept = {name: Value(was=held.was) if is_guess(held) else held for name, held in frame.values.items()}
    return replace(frame, values={name: held for name, held in kept.items() if held != UNSAID}, problem=None)


def changes(frame: Frame, taken: Taken) -> Taken:
    """Those that are not what the frame holds already."""
    return {name: said for name, said in taken.items() if not _is_same(frame, name, said)}


def _is_same(frame: Frame, name: str, said: Mention) -> bool:
    held = value(frame, name)
    return said == held.said or said.value == held.found


def put(book: Book, frame: Frame, taken: Taken) -> Frame:
    """With what was said taken over; what hung on a changed value goes, and so does the quote."""
    for name, said in changes(frame, taken).items():
        before = value(frame, name)
        is_good = before.found is not None or (before.said is not None and not book.values[name].find)
        earlier = before.was or (Value(before.said, before.found) if is_good else None)
        frame = _unsettled(book, _with(frame, name, Value(said, was=earlier)), name)
    return gathering(frame)


def gathering(frame: Frame) -> Frame:
    return replace(frame, phase=Phase.GATHERING, asked=None, problem=None)


def forgotten(book: Book, frame: Frame, name: str) -> Frame:
    """The value is another one, not yet said; the old one is kept in case nothing comes of it."""
    before = value(frame, name)
    return _unsettled(book, _with(frame, name, Value(was=Value(before.said, before.found))), name)


def _unsettled(book: Book, frame: Frame, name: str) -> Frame:
    found_anew = {
        other: Value(held.said, was=held.was)
        for other, held in frame.values.items()
        if name in book.values[other].of
    }
    values = {
        other: held
        for other, held in (frame.values | found_anew).items()
        if other not in found_anew or held.said is not None
    }
    return replace(frame, values=values, quote=None)


def taken_back(frame: Frame, name: str) -> Frame:
    """With what stood there before the last change; if nothing did, the value is unknown."""
    if earlier := value(frame, name).was:
        return _with(frame, name, earlier)
    return replace(frame, values={other: held for other, held in frame.values.items() if other != name})


def settled(frame: Frame) -> Frame:
    """What stands there is taken: nothing before it comes back any more."""
    kept = {name: replace(held, was=None) for name, held in frame.values.items()}
    return replace(frame, values={name: held for name, held in kept.items() if held != UNSAID})


def carried(book: Book, frame: Frame, recent: Mapping[str, Any], name: str) -> Frame:
    """With a missing value from what was talked about; a claim or reason only if it is of the same order.

    Of several orders that were offered none is taken unasked.
    """
    if known(book, frame, name) is not None or name not in CARRIED or recent.get(name) is None:
        return frame
    if name == "order" and frame.among:
        return frame
    if "order" in frame.values and known(book, frame, "order") != recent.get("order"):
        return frame
    return _with(frame, name, Value(found=recent[name]))


def _with(frame: Frame, name: str, held: Value) -> Frame:
    return replace(frame, values={**frame.values, name: held})


def about(book: Book, frame: Frame, recent: Mapping[str, Any]) -> dict[str, Any]:
    """`recent` with what this frame was about; what belonged to another order goes."""
    mine = dict(_of_it(book, frame))
    moved = "order" in mine and mine["order"] != recent.get("order")
    kept = {name: held for name, held in recent.items() if not (moved and name in ("claim", "reason"))}
    return kept | mine


def _of_it(book: Book, frame: Frame) -> Iterator[tuple[str, Any]]:
    for name in CARRIED:
        if name in frame.values and (held := known(book, frame, name)) is not None:
            yield name, held
