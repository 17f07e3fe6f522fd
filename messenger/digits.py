"""Digits as people see them: in whatever script or frame they are drawn, without what nobody sees."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Letters by category, and yet blank: the fillers of Hangul.
FILLERS = "\u115f\u1160\u3164\uffa0"
BARRIER = "x"


class Reading:
    """A text as it is seen, and where in the text each of its characters comes from."""

    def __init__(self, text: str, unseen: str) -> None:
        seen: list[str] = []
        self._origins: list[int] = []
        for place, char in enumerate(text):
            for sign in _seen(char) or unseen:
                # A sign that is repeated, and most of all a space, parts no more than one.
                if seen and seen[-1] == sign and not sign.isalnum():
                    continue
                seen.append(sign)
                self._origins.append(place)
        self.seen = "".join(seen)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text that this part of the reading comes from."""
        return self._origins[start], self._origins[end - 1] + 1

    def without(self, kept: Iterable[tuple[int, int]]) -> str:
        """What is seen, with a letter for every character that stands in these parts of the text."""
        barred = {place for start, end in kept for place in range(start, end)}
        if not barred:
            return self.seen
        signs = zip(self.seen, self._origins, strict=True)
        return "".join(BARRIER if place in barred else sign for sign, place in signs)


def readings(text: str) -> list[Reading]:
    """What nobody sees can stand within a number or between two, so that such a text is read both ways."""
    joined, parted = Reading(text, ""), Reading(text, " ")
    return [joined] if joined.seen == parted.seen else [joined, parted]


def marks_after(text: str, end: int) -> int:
    """Where the marks end that are drawn upon the character before, like the cap of a key."""
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return end


@lru_cache(maxsize=4096)
def _seen(char: str) -> str:
    """What one character is read as: nothing, one sign, or the two digits of a number in a circle."""
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me") or char in FILLERS:
        return ""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if category == "Lm":  # The mark of a long vowel and its like are drawn, and typed, as a dash.
        return "-"
    plain = unicodedata.normalize("NFKC", char)
    if char.isalnum() and (len(plain) == 1 or plain.isdecimal()):
        return plain
    return char
