"""One message, several requests: where to cut, and which cuts are real."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.dialogue import book
from bot.nlu.lexicon import family, lexicon

CUT = re.compile(
    r"(?:(?<=[a-z?!\d)])[.!?;]+\s+(?:(?:and|also|plus|but)\s+)?|\n+|,?\s+(?:and|also|plus|but)\s+(?:also\s+|then\s+|please\s+)*|[,;]\s*(?:then|also)?\s+|[。！？；，]\s*)",
    re.IGNORECASE,
)
MOST = 8
LIST = "list_orders"
ALL_MONEY = "my_money"
SURE = 0.5
"""Under it, what is said beside all of one's money is a part of that: "held and what was released"."""
LATE = "delivery_delay"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of the message that could stand alone."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a part was understood as; intent None when it was declined."""

    part: Part
    intent: str | None
    confidence: float
    entities: list[dict[str, Any]]


@lru_cache(maxsize=1)
def deeds() -> frozenset[str]:
    """What asks for a deed: beside it, the rest of one matter is only its story."""
    rows = book.load(book.TASKS).tasks.values()
    return frozenset(intent for row in rows if row.deed for intent in row.starts)


def split(text: str) -> list[Part]:
    """Stretches between sentence ends, commas and conjunctions; the first few of them, none blank."""
    ends = [(match.start(), match.end()) for match in CUT.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    parts = [
        Part(start=start, end=stop)
        for start, stop in zip(starts, stops, strict=True)
        if text[start:stop].strip()
    ]
    return parts[:MOST]


def join(heard: list[Heard]) -> list[Heard]:
    """Requests only, neighbours of one matter joined; a bare id repeats the request beside it for that id."""
    requests: list[Heard] = []
    named: list[Heard] = []
    for one in heard:
        is_request = one.intent is not None and family(one.intent) is not None
        last = requests[-1] if requests else None
        if last and not is_request and one.intent == "inform" and _other_id(last, one):
            requests.append(_like(last, one))
        elif last and (not is_request or _same_matter(last, one)):
            requests[-1] = _joined(last, one)
        elif is_request:
            requests += [one] if last else _begun(named, one)
        elif one.intent == "inform" and _ids(one):
            named.append(one)
    return requests


def _begun(named: list[Heard], request: Heard) -> list[Heard]:
    """The first request, with the ids named before it: it is for them, or they are for themselves."""
    if not named or _ids(request) in map(_ids, named):
        return [request]
    if _ids(request):
        return [*named, request]
    return [*(_like(request, one) for one in named[:-1]), _joined(_like(request, named[-1]), request)]


def _like(request: Heard, one: Heard) -> Heard:
    return Heard(**{**vars(one), "intent": request.intent, "confidence": request.confidence})


def _same_matter(one: Heard, other: Heard) -> bool:
    """Of one family about one thing, or one of them only the story of the other.

    A list of all orders is never about the one that was named beside it.
    """
    if (one.intent == LIST) != (other.intent == LIST):
        return False
    if one.intent == ALL_MONEY and other.confidence < SURE and not _ids(other):
        return True
    related = family(str(one.intent)) == family(str(other.intent)) or _story(one, other)
    return bool(related) and not _other_id(one, other)


def _story(one: Heard, other: Heard) -> Heard | None:
    """The one of both that only tells why the other is wanted: goods that are late, and money back."""
    stories = lexicon()["stories"]
    for told, wanted in ((one, other), (other, one)):
        if wanted.intent in stories.get(told.intent, ()):
            return told
    return None


def _joined(one: Heard, other: Heard) -> Heard:
    part = Part(start=one.part.start, end=other.part.end)
    is_request = other.intent is not None and family(other.intent) is not None
    story = _story(one, other)
    best = other if other.intent in deeds() or (one.intent == LATE and is_request) else one
    if story:
        best = other if story is one else one
    return Heard(
        part=part, intent=best.intent, confidence=best.confidence, entities=one.entities + other.entities
    )


def _other_id(one: Heard, other: Heard) -> bool:
    """Whether both name an order or claim, and not the same."""
    mine, theirs = _ids(one), _ids(other)
    return bool(mine and theirs and mine != theirs)


def _ids(heard: Heard) -> set[str]:
    return {
        str(entity["value"])
        for entity in heard.entities
        if entity["entity"] in ("order_id", "order_tail", "claim_id")
    }
