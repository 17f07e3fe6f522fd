"""One request as the classifier and the extractors heard it, and what its own words show beside that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.against import REFUSAL
from bot.dialogue.consent import is_plain_yes
from bot.dialogue.frames import Entity
from bot.nlu.lexicon import lexicon
from bot.nlu.text import fold

LOST = ("nlu_fallback", "out_of_scope")
NEUTRAL = ("inform", "affirm", "deny", *LOST)
"""Intents under which a value is an answer and nothing else."""
FILLERS = frozenset(lexicon()["fillers"].split())
COMMON = frozenset(lexicon()["common"].split())


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message, or a clause of it (`whole` is false); or a pressed button, which is certain."""

    intent: str
    entities: Sequence[Entity] = ()
    text: str = ""
    pressed: bool = False
    whole: bool = True
    beside: str = ""
    """What the message says outside all of its requests."""
    against: frozenset[str] = frozenset()
    """What the message says against letting money go (bot/dialogue/against.py)."""

    @property
    def complains(self) -> bool:
        """Whether something is wrong, or the money is to come back; not only that it is to stay."""
        return bool(self.against - {REFUSAL})

    def executes(self, deed: str | None) -> bool:
        """Whether it is the yes that an open quote of that deed waits for."""
        if self.pressed:
            return self.intent == "affirm"
        return self.whole and not self.entities and is_plain_yes(self.text, deed)

    @property
    def words(self) -> list[str]:
        """What is said beside the values, without the words that say nothing alone."""
        text = fold(self.text).lower()
        for one in self.entities:
            if "start" in one:
                text = text[: one["start"]] + " " * (one["end"] - one["start"]) + text[one["end"] :]
        return [word for word in re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text) if word not in FILLERS]

    @property
    def names(self) -> str:
        """The words that may name goods or a supplier, one after the other."""
        return " ".join(word for word in self.words if word not in COMMON and len(word) > 2)

    @property
    def is_bare(self) -> bool:
        """Whether it is nothing but its values, so that the intent is a guess."""
        return any("start" in one for one in self.entities) and not self.words

    @property
    def is_neutral(self) -> bool:
        return self.intent in NEUTRAL or self.is_bare
