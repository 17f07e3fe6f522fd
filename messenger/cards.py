"""Numbers that look like payment cards never reach a store: they are masked in what a person typed.

A run of digits, in groups by blanks or signs, is a card when 13 to 19 of its digits pass Luhn's check. Order
ids are left alone: those with capitals in front (TA-…), and plain ones of 17 digits, which no card has.
"""

import re
from itertools import accumulate

BETWEEN = r"(?:[\s.\-_/\u2010-\u2013\u200b-\u200d\u2060]|\s\s)"
RUN = re.compile(rf"(?<![A-Z\d+])(?<![A-Z]{{2}}-)\d(?:\d|{BETWEEN}(?=\d))*(?!\d)")
GROUP = re.compile(r"\d+")
FIRST = frozenset({3, 4, 5, 6})
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
LENGTHS = (13, 14, 15, 16, 18, 19)
MASK = "••••"


def mask(text: str) -> tuple[str, bool]:
    """The text with every card number replaced, and whether there was one."""
    masked = RUN.sub(lambda run: _mask_run(run.group()), text)
    return masked, masked != text


def _mask_run(run: str) -> str:
    """No card has more groups than digits, so the time grows with the length of the run alone."""
    digits = _digits(run)
    if _is_card(digits):
        return MASK
    if len(digits) == 17:
        return run
    groups = [match.span() for match in GROUP.finditer(run)]
    ends = [0, *accumulate(end - start for start, end in groups)]
    kept, copied = "", 0
    for place, (start, _) in enumerate(groups):
        if start >= copied and digits[ends[place]] in FIRST:
            parts = (digits[ends[place] : end] for end in ends[place + 1 : place + 20])
            if cards := [n for n, part in enumerate(parts) if _is_card(part)]:
                kept += run[copied:start] + MASK
                copied = groups[place + cards[-1]][1]
    return kept + run[copied:]


def _digits(text: str) -> list[int]:
    """Full-width and other decimal digits count as what they mean."""
    return [int(char) for char in text if char.isdecimal()]


def _is_card(digits: list[int]) -> bool:
    """Luhn's check: every second digit from the right counts doubled, as the sum of its own digits."""
    doubled = (DOUBLED[digit] for digit in digits[-2::-2])
    return len(digits) in LENGTHS and (sum(digits[::-2]) + sum(doubled)) % 10 == 0
