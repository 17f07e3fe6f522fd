"""What a message says against letting money go, whatever else it asks for.

A release is begun by a sentence and cannot be taken back, so what is said beside it counts more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.nlu.lexicon import patterns
from bot.nlu.text import fold

COMPLAINT, REFUSAL, OWED = KINDS = ("complaint", "refusal", "owed")
"""Something is wrong; the money is to stay; it is to come back to the buyer."""


def against(text: str, entities: Iterable[Mapping[str, Any]] = ()) -> frozenset[str]:
    """Which of KINDS are said. A reason for a claim, as the extractors read it, is a complaint."""
    said = " ".join(fold(text).lower().replace("’", "'").split())
    reasons = {COMPLAINT} if any(one["entity"] == "reason" for one in entities) else set()
    return frozenset(reasons.union(*(_found(said, kind) for kind in KINDS)))


def _found(said: str, kind: str) -> Iterator[str]:
    found = patterns("against")
    for match in found[kind].finditer(said):
        if not found["denied"].search(said[: match.start()]):
            yield kind
            return
