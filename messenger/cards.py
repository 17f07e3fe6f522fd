"""Numbers that look like payment cards never reach a store: they are masked in what a person typed.

A card is 13 to 19 digits that pass Luhn's check: one unbroken group, or neighbouring groups that begin and
are as long as the cards of a scheme, whatever other digits stand beside them. Two things stay readable: one
unbroken group that is an order of the person's own, and a phone's IMEI that is said to be one.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Set
from itertools import accumulate

MASK = "••••"
SIGNS = r"\s.\-_/|·•~:;*()、，：\u00ad\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff\uff0d\uff0e\uff0f"
# A comma before three digits parts thousands; before four it can only part a card.
BETWEEN = rf"(?:[{SIGNS}]{{1,4}}|,\s?(?=\d{{4}}))"
RUN = re.compile(rf"\d+(?:{BETWEEN}\d+)*")
GROUP = re.compile(r"\d+")
TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
LENGTHS = range(13, 20)
# How the cards of a scheme begin, and how many digits they have.
SCHEMES = (
    (r"4", {13, 16, 19}),
    (r"3[47]", {15}),
    (r"3[0689]", {14, 16, 19}),
    (r"35", set(range(16, 20))),
    (r"5[1-5]|2(?:2[2-9]|[3-6]|7[0-2])", {16}),
    (r"220[0-5]|8[12]", set(range(16, 20))),
    (r"5[06-9]|6", set(range(13, 20))),
    (r"9792", {16}),
)
SCHEME = re.compile("|".join(f"({begins})" for begins, _ in SCHEMES))
# Groups in which a number is a card's whatever it begins with, if no other digits stand beside it.
PRINTED = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3))
# Parcels and orders have capitals in front; an order of this marketplace is never a card.
LETTERED = re.compile(r"[A-Z]-?$")
ORDER = re.compile(r"\bTA-$")

# Never American Express, whose cards have 15 digits too; nobody's IMEI begins so.
_PHONE = (
    r"(?<!\d)(?![3３][47４７])"
    rf"(?:\d{{15}}|\d\d[{SIGNS}]\d{{6}}[{SIGNS}]\d{{6}}[{SIGNS}]\d|\d{{6}}[{SIGNS}]\d\d[{SIGNS}]\d{{6}}[{SIGNS}]\d)"
    r"(?!\d)"
)
_NAME = r"(?:[iｉ][mｍ][eｅ][iｉ]|串[号號码碼])"
_LINK = (
    r"(?:[\s:：=#.,/()（）'’\-]|number|n[uú]mero|no|nr|code|c[oó]digo|of|del?|the|this|el|la|my|mi|phone|device"
    r"|tel[eé]fono|celular|m[oó]vil|is|was|es|are|手机|[是为為码碼号號]|[12１２](?!\d)){0,24}"
)
_AND = r"\s*(?:[,;/&+、，和及]|and|or|y|o)?\s*"
IMEI = re.compile(rf"{_NAME}{_LINK}{_PHONE}(?:{_AND}{_PHONE})*|{_PHONE}{_LINK}{_NAME}", re.IGNORECASE)


def mask(text: str, theirs: Set[str] = frozenset()) -> tuple[str, bool]:
    """The text with every card number replaced, and whether there was one; `theirs` are ids of orders."""
    masked, done = "", 0
    for start, end in sorted(_kept(text, theirs)):
        if start >= done:
            masked += _covered(text[done:start]) + text[start:end]
            done = end
    masked += _covered(text[done:])
    return masked, masked != text


def _kept(text: str, theirs: Set[str]) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in IMEI.finditer(text))
    if theirs:
        for pattern in (TOKEN, GROUP):
            yield from (one.span() for one in pattern.finditer(text) if _plain(one.group()).upper() in theirs)


def _covered(text: str) -> str:
    kept, copied = "", 0
    for run in RUN.finditer(text):
        for start, end in _cards(text, run.start(), run.end()):
            kept += text[copied:start] + MASK
            copied = end
    return kept + text[copied:]


def _cards(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where this run's cards stand. None has more groups than digits: time grows with length alone."""
    run = _Run(text, start, end)
    found: tuple[int, int] | None = None
    for first, (begin, _) in enumerate(run.groups):
        ends = [run.groups[last][1] for last in run.lasts(first) if run.is_card(first, last)]
        if not ends:
            continue
        if found and begin >= found[1]:
            yield found
            found = None
        found = (found[0], max(found[1], ends[-1])) if found else (begin, ends[-1])
    if found:
        yield found


class _Run:
    """Digits in groups; Luhn's sums are added up once, so that any part of them is judged at once."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.groups = [match.span() for match in GROUP.finditer(text, start, end)]
        self._before = text[max(0, start - 4) : start]
        self._digits = _plain("".join(text[one:other] for one, other in self.groups))
        self._ends = [0, *accumulate(end - start for start, end in self.groups)]
        digits = [int(char) for char in self._digits]
        doubled = [n * 2 - 9 * (n > 4) for n in digits]
        # By the parity of the place whose digits count once.
        self._sums = [
            [0, *accumulate((n if place % 2 == once else twice) for place, (n, twice) in enumerate(pairs))]
            for once, pairs in ((parity, list(zip(digits, doubled, strict=True))) for parity in (0, 1))
        ]

    def lasts(self, first: int) -> range:
        """The groups with which a card could end that begins with this one."""
        begin = self._ends[first]
        shortest = bisect_left(self._ends, begin + LENGTHS[0], first)
        return range(shortest - 1, bisect_right(self._ends, begin + LENGTHS[-1], shortest) - 1)

    def is_card(self, first: int, last: int) -> bool:
        begin, end = self._ends[first], self._ends[last + 1]
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[begin]) % 10 == 0 and self._looks_like_one(first, last, end - begin)

    def _looks_like_one(self, first: int, last: int, length: int) -> bool:
        before = self._before if first == 0 else ""
        if self._digits[self._ends[first]] == "0" or (first == last and ORDER.search(before)):
            return False
        if before.endswith("+") and length <= 15:
            return False
        scheme = SCHEME.match(self._digits, self._ends[first])
        if scheme and scheme.lastindex and length in SCHEMES[scheme.lastindex - 1][1]:
            return True
        if first == last:
            return not LETTERED.search(before)
        if last - first + 1 != len(self.groups):
            return False
        return tuple(end - start for start, end in self.groups) in PRINTED


def _plain(text: str) -> str:
    """Full-width and other decimal digits as what they mean."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
