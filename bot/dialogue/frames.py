"""One open task as it stands in the slot (docs/slots.md): what is known, put right, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bot.dialogue.book import Book

Frame: TypeAlias = dict[str, Any]
Entity: TypeAlias = Mapping[str, Any]
Taken: TypeAlias = dict[str, dict[str, Any]]

WORDS = "words"
NAMED = "named"
"""The role of the end of an order id that is called one: it is no answer to anything else."""
CARRIED = ("order", "claim", "reason")


def new(task: str, **more: Any) -> Frame:
    return {"task": task, "values": {}, "asked": None, "quote": None, "problem": None, "doing": None, **more}


def is_waiting(frame: Frame) -> bool:
    """Whether the person owes it an answer."""
    return bool(frame["asked"] or frame["quote"])


def known(book: Book, frame: Frame, name: str) -> Any:
    """What the value is; None while it is not said, or said and not found."""
    value, kind = frame["values"].get(name) or {}, book.values[name]
    said = value.get("said") or {}
    if said.get("entity") in kind.refuses:
        return None
    as_said = kind.find is None or (said.get("entity") in kind.exact and not book.tasks[frame["task"]].quote)
    return said.get("value") if as_said and value.get("is") is None else value.get("is")


def fit(book: Book, frame: Frame, entities: Sequence[Entity]) -> Taken:
    """Which of the entities say which of the frame's values, each used once; the asked one comes first."""
    task, taken, left = book.tasks[frame["task"]], Taken(), list(entities)

    def take(name: str, kinds: Sequence[str], *, named: bool = True) -> None:
        fitting = [one for one in left if one["entity"] in kinds and (named or one.get("role") != NAMED)]
        found = fitting if name not in taken else []
        if found:
            best = next((one for one in found if not _is_same(frame, name, one)), found[0])
            taken[name] = {"entity": best["entity"], "value": best["value"]}
            left.remove(best)

    for name, value in ((name, book.values[name]) for name in task.values if name == frame["asked"]):
        for kinds in (value.entities, value.hints):
            take(name, kinds)
        take(name, value.answers, named=False)
        take(name, value.refuses)
    for name in task.values:
        take(name, book.values[name].entities)
    # Where nothing else is said, a name also corrects what is known: "no, the floodlights".
    is_alone = not taken
    for name in task.values:
        if is_alone or name not in frame["values"]:
            take(name, book.values[name].hints)
            take(name, book.values[name].refuses)
    return taken


def guess(book: Book, frame: Frame, names: str) -> str | None:
    """The value that these words may name, if one is missing that takes words; they are tried as its name."""
    for name in book.tasks[frame["task"]].values:
        value = frame["values"].get(name) or {}
        if names and book.values[name].words and value.keys() <= {"was"}:
            frame["values"][name] = {**value, "said": {"entity": WORDS, "value": names}}
            return name
    return None


def is_guess(value: Mapping[str, Any] | None) -> bool:
    return ((value or {}).get("said") or {}).get("entity") == WORDS


def unguess(frame: Frame) -> None:
    """The words named nothing: as if they had not been tried."""
    for name, value in list(frame["values"].items()):
        if is_guess(value):
            del frame["values"][name]
            if "was" in value:
                frame["values"][name] = {"was": value["was"]}
    frame.update(problem=None, doing=None)


def changes(frame: Frame, taken: Taken) -> Taken:
    """Those that are not what the frame holds already."""
    return {name: said for name, said in taken.items() if not _is_same(frame, name, said)}


def _is_same(frame: Frame, name: str, said: Entity) -> bool:
    value = frame["values"].get(name) or {}
    before = value.get("said") or {}
    restated = (before.get("entity"), before.get("value")) == (said["entity"], said["value"])
    return restated or said["value"] == value.get("is")


def put(book: Book, frame: Frame, taken: Taken) -> None:
    """Take over what was said; what hung on a changed value goes, and so does the quote."""
    for name, said in changes(frame, taken).items():
        before = frame["values"].get(name) or {}
        is_good = before.get("is") is not None or (before and not book.values[name].find)
        earlier = before.get("was") or ({key: before[key] for key in ("said", "is") if key in before})
        frame["values"][name] = {"said": said, **({"was": earlier} if is_good or "was" in before else {})}
        _unsettle(book, frame, name)
    frame.update(asked=None, problem=None)


def refused(book: Book, frame: Frame, name: str) -> str | None:
    """What was said for the value and can never be one, as its entity: a count where a sum is needed."""
    entity = ((frame["values"].get(name) or {}).get("said") or {}).get("entity")
    return entity if entity in book.values[name].refuses else None


def forget(book: Book, frame: Frame, name: str) -> None:
    """The value is another one, not yet said: ask, and keep the old one in case nothing comes of it."""
    before = frame["values"].pop(name, {})
    frame["values"][name] = {"was": {key: before[key] for key in ("said", "is") if key in before}}
    _unsettle(book, frame, name)
    frame.update(asked=name, problem=None)


def _unsettle(book: Book, frame: Frame, name: str) -> None:
    frame["quote"] = None
    for other, value in list(frame["values"].items()):
        if name in book.values[other].of:
            value.pop("is", None)
            if not value.get("said"):
                del frame["values"][other]


def take_back(frame: Frame, name: str) -> bool:
    """Put back what stood there before the last change; False if nothing did, then the value is unknown."""
    earlier = (frame["values"].pop(name, None) or {}).get("was")
    if earlier:
        frame["values"][name] = earlier
    return bool(earlier)


def settle(frame: Frame) -> None:
    """What stands there is taken: nothing before it comes back any more."""
    for value in frame["values"].values():
        value.pop("was", None)


def carry(book: Book, frame: Frame, recent: Mapping[str, Any], name: str) -> bool:
    """Take a missing value from what was talked about; a claim or reason only if it is of the same order."""
    if name not in CARRIED or recent.get(name) is None:
        return False
    if "order" in frame["values"] and known(book, frame, "order") != recent.get("order"):
        return False
    frame["values"][name] = {"is": recent[name]}
    return True


def about(book: Book, frame: Frame, recent: Mapping[str, Any]) -> dict[str, Any]:
    """`recent` with what this frame was about; what belonged to another order goes."""
    mine = dict(_carried(book, frame))
    moved = "order" in mine and mine["order"] != recent.get("order")
    kept = {name: value for name, value in recent.items() if not (moved and name in ("claim", "reason"))}
    return kept | mine


def _carried(book: Book, frame: Frame) -> Iterator[tuple[str, Any]]:
    for name in CARRIED:
        if name in frame["values"] and (value := known(book, frame, name)) is not None:
            yield name, value
