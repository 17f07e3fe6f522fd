"""The word lists of `lexicon.yml`, read once."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Any]:
    """The lists by name."""
    read: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("lexicon.yml").read_text("utf-8"))
    return read


@lru_cache(maxsize=16)
def patterns(name: str) -> dict[str, re.Pattern[str]]:
    """The patterns of that name, in their order."""
    return {kind: re.compile(_filled(said)) for kind, said in lexicon()["patterns"][name].items()}


def _filled(said: str | list[str]) -> str:
    joined = said if isinstance(said, str) else "|".join(said)
    return re.sub("[A-Z]{3,}", lambda match: _part(match[0].lower()), joined)


def _part(name: str) -> str:
    if name in lexicon()["parts"]:
        return f"(?:{_filled(lexicon()['parts'][name])})"
    words = lexicon()[name]
    return one_of(words.split() if isinstance(words, str) else words)


@lru_cache(maxsize=1)
def reasons() -> list[tuple[str, re.Pattern[str]]]:
    """Claim reasons with what says them, most telling first."""
    return [
        (reason, re.compile("|".join(_bounded(pattern) for pattern in patterns)))
        for reason, patterns in lexicon()["reasons"].items()
    ]


@lru_cache(maxsize=1)
def shares() -> list[tuple[str, re.Pattern[str]]]:
    """Fractions as text with the words for them."""
    return [(share, re.compile(_bounded(words))) for words, share in lexicon()["shares"].items()]


def one_of(words: Any) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "(?:" + "|".join(sorted(map(str, words), key=len, reverse=True)) + ")"


def _bounded(pattern: str) -> str:
    left = "" if pattern.startswith("(?:not|never|n't") else "LEFT"
    return _filled(f"{left}(?:{pattern})RIGHT")


def family(intent: str) -> int | None:
    """Which family of requests the intent belongs to; None for small talk, bare values and out of scope."""
    return next((at for at, names in enumerate(lexicon()["families"]) if intent in names), None)
