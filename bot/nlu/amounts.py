"""Amounts, shares, quantities and ordinals as people type them, never as floats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from babel.numbers import get_currency_precision

from bot.nlu.lexicon import LEFT, RIGHT, lexicon, one_of, shares

Found = tuple[int, int, str, Any]
"""Start, end, entity, value."""

FIGURE = r"(?:\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,3})?|\d{1,12}(?:[.,]\d{1,3})?)(?!\d|[.,]\d|e\d)"
THINGS = r"(?:pcs|pieces?|units?|items?|of (?:them|those|these)|out of|of (?=\d)|件|个|[a-z]{3,}s)"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    number_word, many = one_of(words["numbers"]), one_of(words["multipliers"])
    spoken = rf"(?:(?:{number_word}|a|hundred|thousand)[ -]?(?:and )?)*(?:hundred|thousand|{number_word})"
    number = rf"(?P<number>{LEFT}{spoken}{RIGHT}|{FIGURE})(?:\s?(?P<many>{many}){RIGHT})?"
    money = one_of(words["currencies"])
    uncounted = one_of(words["uncounted"].split())
    not_alone = one_of(words["not_places"].split())
    cents = rf"(?:\s(?:and\s)?(?P<cents>\d{{1,2}}|{number_word}(?:[ -]{number_word})?)\s?cents?{RIGHT})?"
    ordinal = one_of(words["ordinals"])
    return {
        "before": re.compile(rf"{LEFT}(?P<currency>{money})\s?{number}(?!\s?%){cents}"),
        "after": re.compile(rf"(?<![\da-z.,]){number}\s?(?P<currency>{money}){RIGHT}{cents}"),
        "bare": re.compile(rf"(?:^\W*|{LEFT}{words['led']}[\s:=]+){number}(?=\W*$|\s+{words['followed']}\b)"),
        "last": re.compile(rf"(?<![a-z] \d)(?<![a-z] \d\d)[,;:]\s{number}(?=\W*$|\s+{words['ended']}\b)"),
        "big": re.compile(rf"{LEFT}(?P<number>{spoken} (?:hundred|thousand)(?: {spoken})?){RIGHT}(?P<many>)"),
        "percent": re.compile(rf"(?<![\da-z.,]){number}\s?(?:%|percent|per cent|pct|procent){RIGHT}"),
        "分之": re.compile(r"百分之(?P<number>\d+|[一二三四五六七八九十]+)(?P<many>)"),
        "quantity": re.compile(
            rf"(?<![\d.,:/-])(?P<number>\d{{1,6}}(?!\d)|{LEFT}{number_word}{RIGHT})\s?(?:x )?"
            rf"(?!{uncounted}{RIGHT}){THINGS}{RIGHT}(?P<many>)"
        ),
        "ordinal": re.compile(
            rf"{LEFT}(?:(?:the |my )?(?P<which>{ordinal}) (?:one|order|claim|option|choice)"
            rf"|(?:number|nr\.?|(?:order|option|choice) no[.:]?|option|choice) (?P<number>{ordinal})"
            rf"|#(?P<hash>[1-9])|^\W*(?:the )?(?P<alone>(?!{not_alone}|[1-5]\W*$){ordinal})"
            rf"(?= please|\W*$)){RIGHT}(?![.,]?\d)"
        ),
    }


def find_money(text: str) -> Iterator[Found]:
    """Amounts with a currency; `decimal` always, `minor` when the currency can carry it exactly."""
    for name in ("before", "after"):
        for match in _patterns()[name].finditer(text):
            yield match.start(), match.end(), "amount", _money(match)


def find_shares(text: str) -> Iterator[Found]:
    """Fractions of the whole, as text."""
    for name in ("percent", "分之"):
        for match in _patterns()[name].finditer(text):
            share = Fraction(_value(match)) / 100
            if 0 < share <= 1:
                yield match.start(), match.end(), "share", f"{share.numerator}/{share.denominator}"
    for fraction, pattern in shares():
        for match in pattern.finditer(text):
            rest = re.match(r" (?:of|the|my|these|those|all| )+ ?(\w+)", text[match.end() :])
            if not rest or rest[1] in {
                "it",
                "amount",
                "money",
                "price",
                "total",
                "sum",
                "payment",
                "order",
                "value",
            }:
                yield match.start(), match.end(), "share", fraction


def find_counts(text: str) -> Iterator[Found]:
    """Which one of a list; how many of a thing; a number said alone, as an amount without a currency."""
    for match in _patterns()["ordinal"].finditer(text):
        said = next(group for group in match.groups() if group)
        yield match.start(), match.end(), "ordinal", int(lexicon()["ordinals"][said])
    for match in _patterns()["quantity"].finditer(text):
        yield match.start("number"), match.end("number"), "quantity", int(_value(match))
    for name in ("big", "bare", "last"):
        for match in _patterns()[name].finditer(text):
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
