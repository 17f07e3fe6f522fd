"""Spelling, for classification alone: values are always read from what the person typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from symspellpy import SymSpell, Verbosity

WORD = re.compile(r"(?<![\w@#/.-])[A-Za-z][a-z]{3,15}(?![\w@/-])")
SHORTEST = 4


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """Words of symspellpy's own dictionary: a real word is left alone, also one that training never saw."""
    lines = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines()
    return frozenset(line.split()[0] for line in lines)


class Spelling:
    """Corrects towards the words of the training lines: another word would not help the classifier."""

    def __init__(self, words: Iterable[str]) -> None:
        self._speller = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in words:
            if word.isascii() and word.isalpha() and len(word) >= SHORTEST:
                self._speller.create_dictionary_entry(word, 1)
        _english()

    def correct(self, text: str) -> str:
        """The text with unknown words of four letters and more replaced by the nearest known one."""
        return WORD.sub(lambda match: self._word(match[0]), text)

    def _word(self, said: str) -> str:
        word = said.lower()
        if word in self._speller.words or word in _english():
            return said
        reach = 1 if len(word) < 6 else 2
        near = self._speller.lookup(word, Verbosity.CLOSEST, max_edit_distance=reach)
        return str(near[0].term) if near else said
