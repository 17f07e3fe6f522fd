"""Numbers that look like payment cards never reach a store: they are masked in what a person typed.

A card is 13 to 19 digits that pass Luhn's check: one unbroken group, or neighbouring groups that begin and
are as long as the cards of a scheme, whatever other digits stand beside them or are glued to them. Two
things stay readable: one unbroken group that is an order of the person's own, and a phone's IMEI that is said
to be one.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Set
from itertools import accumulate, pairwise

from messenger.digits import marks_after, readings

MASK = "••••"
# A comma before fewer than four digits parts thousands or a list; before four it can only part a card.
BETWEEN = r"(?:(?!,\s?\d{1,3}(?!\d))[\W_]{1,8}|\s?(?:and|y|和)\s?)"
SIGNS = r"\s.\-_/|·•~:;*()、，：\u2010-\u2015\u2212\uff0d\uff0e\uff0f"
# Between what belongs together; any other sign may as well stand between two amounts, dates or phones.
CLOSE = re.compile(rf"[{SIGNS}]+|,\s?")
OPENING = re.compile(r"[+$€£¥₹]$")
RUN = re.compile(rf"\d+(?:{BETWEEN}\d+)*", re.IGNORECASE)
GROUP = re.compile(r"\d+")
TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
LENGTHS = range(13, 20)
USUAL = 16
# Lengths of the cards in use, looked for in longer numbers: there chance would find one of any length.
ISSUED = (14, 15, 16, 19)
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
# Parcels and the orders of other shops have capitals in front.
LETTERED = re.compile(r"[A-Z]-?$")
# Phones have up to 15 digits; in no country whose code begins with a 3 have they 14.
PHONE, PHONE_OF_3 = 15, 13
# What people run on to the end of a card is its security code or its date.
CODE = 3

# Never American Express, whose cards have 15 digits too; nobody's IMEI begins so.
_PHONE = (
    r"(?<!\d)(?!3[47])"
    rf"(?:\d{{15}}|\d\d[{SIGNS}]\d{{6}}[{SIGNS}]\d{{6}}[{SIGNS}]\d|\d{{6}}[{SIGNS}]\d\d[{SIGNS}]\d{{6}}[{SIGNS}]\d)"
    r"(?!\d)"
)
_NAME = r"(?:imei|串[号號码碼])"
_LINK = (
    r"(?:[\s:：=#.,/()（）'’\-]|number|n[uú]mero|no|nr|code|c[oó]digo|of|del?|the|this|el|la|my|mi|phone|device"
    r"|tel[eé]fono|celular|m[oó]vil|is|was|es|are|手机|[是为為码碼号號]|[12](?!\d)){0,24}"
)
_AND = r"\s*(?:[,;/&+、，和及]|and|or|y|o)?\s*"
IMEI = re.compile(rf"{_NAME}{_LINK}{_PHONE}(?:{_AND}{_PHONE})*|{_PHONE}{_LINK}{_NAME}", re.IGNORECASE)


def mask(text: str, theirs: Set[str] = frozenset()) -> tuple[str, bool]:
    """The text with every card number replaced, and whether there was one; `theirs` are ids of orders."""
    read = readings(text)
    kept = [one.origin(*span) for one in read for span in _kept(one.seen, theirs)]
    found = sorted(one.origin(*span) for one in read for span in _cards(one.without(kept)))
    masked, done = "", 0
    for start, end in found:
        if start >= done:
            masked += text[done:start] + MASK
        done = max(done, marks_after(text, end))
    return masked + text[done:], bool(found)


def _kept(seen: str, theirs: Set[str]) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in IMEI.finditer(seen))
    if theirs:
        for pattern in (TOKEN, GROUP):
            yield from (one.span() for one in pattern.finditer(seen) if one.group().upper() in theirs)


def _cards(seen: str) -> Iterator[tuple[int, int]]:
    """Where cards stand. None has more groups than digits: time grows with length alone."""
    for match in RUN.finditer(seen):
        run = _Run(seen, *match.span())
        for first, (begin, _) in enumerate(run.groups):
            ends = [run.groups[last][1] for last in run.lasts(first) if run.is_card(first, last)]
            ends += [run.groups[last][1] for last in run.glued(first)]
            if ends:
                yield begin, max(ends)


class _Run:
    """Digits in groups; Luhn's sums are added up once, so that any part of them is judged at once."""

    def __init__(self, seen: str, start: int, end: int) -> None:
        self.groups = [match.span() for match in GROUP.finditer(seen, start, end)]
        self._seen = seen
        self._digits = "".join(seen[one:other] for one, other in self.groups)
        self._sizes = [end - start for start, end in self.groups]
        self._gaps = [seen[one:other] for (_, one), (other, _) in pairwise(self.groups)]
        self._loose = [0, *accumulate(not CLOSE.fullmatch(gap) for gap in self._gaps)]
        self._ends = [0, *accumulate(self._sizes)]
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
        """Whether these groups are a card, all of their digits."""
        begin, end = self._ends[first], self._ends[last + 1]
        if not self._checks(begin, end) or not self._belongs_together(first, last):
            return False
        if self._digits[begin] == "0" or self._is_phone(first, end - begin):
            return False
        if self._in_scheme(begin, end):
            return True
        if first == last:
            start = self.groups[first][0]
            return not LETTERED.search(self._seen[max(0, start - 2) : start])
        return last - first + 1 == len(self.groups) and tuple(self._sizes) in PRINTED

    def glued(self, first: int) -> Iterator[int]:
        """The groups within which a card ends that begins within this one, other digits glued to it."""
        begin, end = self._ends[first], self._ends[first + 1]
        if self._sizes[first] > USUAL and any(self._glued_within(begin, end, size) for size in ISSUED):
            yield first
        for shape in PRINTED:
            last = first + len(shape) - 1
            sizes = self._sizes[first : last + 1]
            if tuple(sizes[1:-1]) == shape[1:-1] and len(sizes) == len(shape):
                begin, end = self._ends[first + 1] - shape[0], self._ends[last] + shape[-1]
                if sizes[0] >= shape[0] and sizes[-1] >= shape[-1] and self._of_scheme(begin, end):
                    yield last

    def _glued_within(self, begin: int, end: int, size: int) -> bool:
        """Whether a card so long stands at the start or the end of a group that is too long for one."""
        rest = end - begin - size
        if rest <= 0:
            return False
        behind = rest >= CODE or end - begin > LENGTHS[-1]
        return self._of_scheme(end - size, end) or (behind and self._of_scheme(begin, begin + size))

    def _of_scheme(self, begin: int, end: int) -> bool:
        return self._checks(begin, end) and self._in_scheme(begin, end)

    def _checks(self, begin: int, end: int) -> bool:
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[begin]) % 10 == 0

    def _in_scheme(self, begin: int, end: int) -> bool:
        scheme = SCHEME.match(self._digits, begin)
        return bool(scheme and scheme.lastindex and end - begin in SCHEMES[scheme.lastindex - 1][1])

    def _belongs_together(self, first: int, last: int) -> bool:
        """Whether one number was written so, and not an amount, a date or a phone after another."""
        loose = self._loose[last] - self._loose[first]
        if not loose:
            return True
        sizes = self._sizes[first : last + 1]
        if tuple(sizes) in PRINTED or all(size % 4 == 0 for size in sizes[:-1]):
            return True
        even = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]
        gaps = set(self._gaps[first:last])
        return even or (len(gaps) == 1 and not OPENING.search(gaps.pop()[1:]))

    def _is_phone(self, first: int, length: int) -> bool:
        longest = PHONE_OF_3 if self._digits[self._ends[first]] == "3" else PHONE
        return length <= longest and self._seen.endswith("+", 0, self.groups[first][0])
