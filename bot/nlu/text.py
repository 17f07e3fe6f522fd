"""A message as the pure modules read it: of the same length as the original, so that spans stay true."""

from __future__ import annotations

import unicodedata

LONGEST = 1_000
"""Characters that are read; what a person wants stands in the first lines, and time stays bounded."""


def fold(text: str) -> str:
    """The same length as `text`: full-width forms made plain, what cannot be seen made a space."""
    return "".join(map(_fold, text[:LONGEST]))


def _fold(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() else " "
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) != 1 or unicodedata.category(plain)[0] in "CZ":
        return " " if unicodedata.category(char)[0] in "CZ" else char
    return {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-"}.get(plain, plain)


def is_foreign_script(text: str) -> bool:
    """Whether a good part of the letters is not Latin: then the words of the training lines say nothing."""
    letters = [char for char in text if char.isalpha()]
    return sum(char > "\u024f" for char in letters) * 3 > len(letters)
