"""Numbers that look like payment cards never reach a store: they are masked in what a person typed.

A run of digits, in groups by blanks or dashes, is a card when 13 to 19 of its digits pass Luhn's check.
Order ids are left alone: those with letters in front (TA-…), and plain ones of 17 digits, which no card has.
"""

import re

RUN = re.compile(r"(?<![A-Za-z\d+])(?<![A-Za-z]-)\d(?:\d|[ \u00a0.\-\u2010-\u2013](?=\d))*(?![A-Za-z\d])")
GROUP = re.compile(r"\d+")
FIRST = frozenset("3456")
MASK = "••••"


def mask(text: str) -> tuple[str, bool]:
    """The text with every card number replaced, and whether there was one."""
    masked = RUN.sub(lambda run: _mask_run(run.group()), text)
    return masked, masked != text


def _mask_run(run: str) -> str:
    groups = [match.span() for match in GROUP.finditer(run)]
    digits = _digits(run)
    if len(digits) == 17:
        return run
    if 13 <= len(digits) <= 19 and _luhn(digits):
        return MASK
    for length in range(len(groups), 0, -1):
        for first in range(len(groups) - length + 1):
            start, end = groups[first][0], groups[first + length - 1][1]
            part = _digits(run[start:end])
            if 13 <= len(part) <= 19 and part[0] in FIRST and _luhn(part):
                return run[:start] + MASK + _mask_run(run[end:])
    return run


def _digits(text: str) -> str:
    """Full-width and other decimal digits count as what they mean."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
