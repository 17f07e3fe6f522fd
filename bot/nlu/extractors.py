"""All values of a message, each mention once: an earlier finder keeps its place, an id its digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.nlu.amounts import (
    NOTHING,
    Found,
    find_bare,
    find_counts,
    find_money,
    find_places,
    find_shares,
    find_silent,
)
from bot.nlu.dates import find_dates
from bot.nlu.ids import SHAPES, find_ids, is_named
from bot.nlu.lexicon import lexicon, one_of, patterns, reasons
from bot.nlu.meant import meant
from bot.nlu.text import fold

STOP = rf"(?: {one_of(lexicon()['not_in_names'].split())}(?![a-z]).*)?$"
NOT_NAMED = frozenset(lexicon()["not_names"].split())


def extract(
    text: str,
    *,
    now: datetime | None = None,
    zone: str = "UTC",
    locale: str = "en",
    shapes: Sequence[str] = SHAPES,
) -> list[dict[str, Any]]:
    """Rasa's entities in the order of the text, none overlapping."""
    folded = fold(text).lower()
    if len(folded) != min(len(text), len(fold(text))):
        folded = "".join(char.lower() if len(char.lower()) == 1 else char for char in fold(text))
    found: list[Found] = []
    for start, end, entity, value in _all(folded, now or datetime.now(UTC), zone, locale, shapes):
        if all(end <= other[0] or start >= other[1] for other in found):
            found.append((start, end, entity, value))
    told = sorted((one for one in found if one[2] != NOTHING), key=lambda one: one[0])
    return [
        {"entity": entity, "value": value, "start": start, "end": end, "extractor": "assure"}
        | ({"role": "named"} if entity == "order_tail" and is_named(folded, start) else {})
        for start, end, entity, value in meant(folded, told)
    ]


def _all(text: str, now: datetime, zone: str, locale: str, shapes: Sequence[str]) -> Iterator[Found]:
    yield from find_ids(text, shapes)
    yield from find_money(text)
    yield from find_shares(text)
    yield from find_counts(text)
    yield from find_dates(text, now, zone, locale)
    yield from find_silent(text)
    yield from find_places(text)
    yield from find_bare(text)
    yield from find_reasons(text)
    yield from find_names(text)


def find_reasons(text: str) -> Iterator[Found]:
    """Claim reasons; one that is denied ("not damaged", "nothing broken or missing") is none."""
    denied = patterns("against")["denied"]
    for reason, pattern in reasons():
        for match in pattern.finditer(text):
            if not denied.search(text[: match.start()]):
                yield match.start(), match.end(), "reason", reason


def find_names(text: str) -> Iterator[Found]:
    """What an order was of or whom it was from, when plainly said: escrow searches with it."""
    for kind, pattern in patterns("names").items():
        for match in pattern.finditer(text):
            name = re.sub(STOP, "", match["name"])
            words = name.split()
            if words and not NOT_NAMED & {words[0], words[-1]}:
                yield match.start("name"), match.start("name") + len(name), kind.split()[-1], name
