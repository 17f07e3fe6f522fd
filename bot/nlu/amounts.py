"""Amounts, shares, quantities and ordinals as people type them, never as floats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import get_currency_precision

from bot.nlu.lexicon import lexicon, patterns, shares

Found = tuple[int, int, str, Any]
"""Start, end, entity, value."""
NOTHING = ""
"""The entity of a place that is spoken for: what was refused there is not left to a looser finder."""


def find_money(text: str) -> Iterator[Found]:
    """Amounts with a currency; `decimal` always, `minor` when the currency can carry it exactly.

    The price of each piece is NOTHING: how many of them are meant is not known here.
    """
    for pattern in patterns("money").values():
        for match in pattern.finditer(text):
            is_each = patterns("pieces")["price"].match(text, match.end())
            kind, value = (NOTHING, None) if is_each else ("amount", _money(match))
            yield match.start(), match.end(), kind, value


def find_shares(text: str) -> Iterator[Found]:
    """Fractions of the whole, as text; a share of pieces or of another number is a `figure`."""
    for percent in patterns("shares").values():
        for match in percent.finditer(text):
            yield _share(text, match, Fraction(_value(match)) / 100)
    for fraction, pattern in shares():
        for match in pattern.finditer(text):
            yield _share(text, match, Fraction(fraction))


def _share(text: str, match: re.Match[str], share: Fraction) -> Found:
    is_of_the_money = 0 < share <= 1 and not patterns("pieces")["share"].match(text, match.end())
    if is_of_the_money:
        return match.start(), match.end(), "share", f"{share.numerator}/{share.denominator}"
    return match.start(), match.end(), "figure", match[0]


def find_counts(text: str) -> Iterator[Found]:
    """How many of a thing, and numbers with a unit that is none of money."""
    for pattern in patterns("figures").values():
        for match in pattern.finditer(text):
            yield match.start(), match.end(), "figure", match[0]
    for pattern in patterns("quantities").values():
        for match in pattern.finditer(text):
            many = lexicon()["groups"].get(match.groupdict().get("few") or match["many"], 1)
            count = _value(match) * many
            whole = count == count.to_integral_value()
            kind, value = ("quantity", int(count)) if whole else ("figure", match[0])
            yield match.start("number"), max(match.end("number"), match.end("many")), kind, value


def find_silent(text: str) -> Iterator[Found]:
    """Numbers that no looser finder may take for money, and that say nothing else."""
    for pattern in patterns("silent").values():
        for match in pattern.finditer(text):
            yield match.start(), match.end(), NOTHING, None


def find_places(text: str) -> Iterator[Found]:
    """Which one of a list."""
    for match in patterns("ordinals")["place"].finditer(text):
        said = next(group for group in match.groups() if group)
        yield match.start(), match.end(), "ordinal", int(lexicon()["ordinals"][said])


def find_bare(text: str) -> Iterator[Found]:
    """A number said alone: an amount without a currency."""
    for pattern in patterns("bare").values():
        for match in pattern.finditer(text):
            value = {"minor": None, "currency": None, "decimal": f"{_value(match):f}"}
            yield match.start("number"), max(match.end("number"), match.end("many")), "amount", value


def _money(match: re.Match[str]) -> dict[str, Any]:
    said = match["currency"]
    currency = next(code for word, code in lexicon()["currencies"].items() if re.fullmatch(word, said))
    precision = get_currency_precision(currency)
    value = _value(match, precision)
    if cents := match["cents"]:
        value += Decimal(cents if cents.isdecimal() else _spoken(cents)) / 100
    minor = value.scaleb(precision)
    whole = minor == minor.to_integral_value()
    return {"minor": int(minor) if whole else None, "currency": currency, "decimal": f"{value:f}"}


def _value(match: re.Match[str], precision: int = 2) -> Decimal:
    said = match["number"]
    value = _figure(said, precision) if said[0].isdecimal() else Decimal(_spoken(said))
    times: int = lexicon()["multipliers"].get(match["many"], 1)
    return (value * times).normalize() + 0


def _figure(said: str, precision: int) -> Decimal:
    """1,280.00 and 1.280,00: the last mark is the decimal one unless it stands before a group of three."""
    marks = [char for char in said if not char.isdecimal()]
    digits = re.sub(r"[ ']", "", said)
    if not marks or marks[-1] in " '":
        return Decimal(digits)
    whole, _, end = digits.rpartition(marks[-1])
    groups = marks.count(marks[-1]) > 1 or (len(set(marks)) == 1 and len(end) == 3)
    grouped = groups and not (marks == ["."] and precision == 3) and whole != "0"
    whole = re.sub(r"[.,]", "", whole)
    return Decimal(whole + end) if grouped else Decimal(f"{whole}.{end}")


def _spoken(said: str) -> int:
    """Twelve hundred, three hundred and fifty, 十五."""
    if not said.isascii():
        tens, _, ones = said.rpartition("十")
        digits: dict[str, int] = lexicon()["chinese_digits"]
        return (digits.get(tens, 1) * 10 if "十" in said else 0) + digits.get(ones, 0)
    total = part = 0
    for word in re.split(r"[ -]+", said):
        if word == "hundred":
            part = (part or 1) * 100
        elif word == "thousand":
            total, part = total + (part or 1) * 1000, 0
        else:
            part += lexicon()["numbers"].get(word, 1 if word == "a" else 0)
    return total + part
