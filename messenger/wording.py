"""The one place where keys and facts become sentences, from `data/words/<language>.yml`.

A template is a format string over the facts: `{x}` · `{x:day}` · `{x:when}` · `{x:clock}` (the time alone) ·
`{x:until}` (an exclusive end, shown as the minute before it in the zone `x_zone`) · `{n:plural:one|other}` ·
`{x:word:prefix}` (the words at `prefix.<value>`) · `{items:each:key}` (lines) ·
`{items:list:key}` ("a, b and c") · `{x:money}` · `{x:percent}`. A list is lines; blank ones are dropped.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from iso4217 import Currency

from messenger.settings import ROOT

logger = logging.getLogger(__name__)
CODE_BEFORE_NUMBER = re.compile(r"(?<=[A-Z]{3})(?=\d)")
BARE_DOLLAR = re.compile(r"(?<![A-Z])\$")
PLURALS = ("zero", "one", "two", "few", "many", "other")
LAST_WORDS = "Something went wrong on our side, and nothing was changed."


class MissingWords(Exception):
    """A key or a fact is missing, or a fact is not what its template takes; never carries a fact's value."""


@dataclass(frozen=True)
class Voice:
    """In which words, zone and at which instant of the desk's clock something is said."""

    language: str
    locale: str
    tz: str
    now: datetime


class Words:
    """All languages, loaded once. `say` never raises, `render` does."""

    def __init__(self, folder: Path = ROOT / "data" / "words") -> None:
        files = sorted(folder.glob("*.yml"))
        self.languages = {path.stem: dict(_flat(yaml.safe_load(path.read_text()))) for path in files}

    def say(self, key: str, facts: Mapping[str, Any], voice: Voice) -> str:
        """The sentence; where words or facts are missing, a plain one that says so, with the key logged."""
        try:
            return self.render(key, facts, voice)
        except MissingWords as missing:
            logger.error("no words for %s: %s", key, missing)
            return self.languages[voice.language].get("trouble.words", LAST_WORDS)

    def render(self, key: str, facts: Mapping[str, Any], voice: Voice) -> str:
        template = self.languages[voice.language].get(key)
        if template is None:
            raise MissingWords(f"key {key}")
        lines = template.split("\n")
        said = [_Sentence(self, voice).vformat(line, (), facts) if line else "" for line in lines]
        blank = len(lines) > 1
        return "\n".join(line for line in said if line or not blank)

    def has(self, key: str, voice: Voice) -> bool:
        return key in self.languages[voice.language]


def _flat(tree: Mapping[Any, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested keys joined with dots. YAML reads a bare yes or no as a truth value: they are keys here."""
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = prefix + _word(key)
        if isinstance(value, Mapping):
            found += _flat(value, f"{name}.")
        else:
            found.append((name, "\n".join(value) if isinstance(value, list) else str(value)))
    return found


def _word(value: Any) -> str:
    return {True: "true", False: "false", None: "none"}[value] if value in (True, False, None) else str(value)


class _Sentence(Formatter):
    """One rendering; facts are only looked up in mappings, so a template reaches nothing else."""

    def __init__(self, words: Words, voice: Voice) -> None:
        self._words = words
        self._voice = voice
        self._facts: Mapping[str, Any] = {}
        self._locale = Locale.parse(voice.language.replace("-", "_"))

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        self._facts = kwargs
        return super().vformat(format_string, args, kwargs)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        value: Any = kwargs
        for part in field_name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        # The name goes along, because `until` looks for its zone beside it.
        return (field_name, value), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        name, fact = value
        kind, _, rest = format_spec.partition(":")
        if fact is None and kind != "word":
            raise MissingWords(f"fact {name}")
        show = getattr(self, f"_{kind or 'plain'}_", None)
        if show is None:
            raise MissingWords(f"format {kind} of {name}")
        try:
            return str(show(fact, rest, name))
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError) as wrong:
            raise MissingWords(f"fact {name} as {kind or 'text'}") from wrong

    def _plain_(self, fact: Any, rest: str, name: str) -> str:
        if isinstance(fact, Mapping):
            return self._money_(fact, rest, name)
        if isinstance(fact, int) and not isinstance(fact, bool):
            return str(format_decimal(fact, locale=self._locale))
        if not isinstance(fact, str):
            raise TypeError
        return fact

    def _money_(self, fact: Any, _rest: str, _name: str) -> str:
        """With the decimals that ISO 4217 counts in, not the usual ones; dollars with their country."""
        currency, pattern = fact["currency"], copy(self._locale.currency_formats["standard"])
        places: Any = Currency(currency).exponent
        pattern.frac_prec = (places, places)
        amount = Decimal(fact["minor"]).scaleb(-places)
        shown = pattern.apply(amount, self._locale, currency, currency_digits=False).replace("\u00a0", " ")
        return CODE_BEFORE_NUMBER.sub(" ", BARE_DOLLAR.sub(f"{currency[:2]}$", shown))

    def _percent_(self, fact: Any, _rest: str, _name: str) -> str:
        """A whole number counts percents; a text is a share, "1/10" or "0.1"."""
        share = Fraction(fact) if isinstance(fact, str) else Fraction(fact, 100)
        exact = Decimal(share.numerator) / share.denominator
        return str(format_percent(exact, locale=self._locale, decimal_quantization=False))

    def _day_(self, fact: Any, _rest: str, _name: str) -> str:
        if "T" not in fact:
            return self._date(date.fromisoformat(fact), self._voice.tz)
        return self._date(_instant(fact).astimezone(ZoneInfo(self._voice.tz)).date(), self._voice.tz)

    def _when_(self, fact: Any, _rest: str, _name: str) -> str:
        local = _instant(fact).astimezone(ZoneInfo(self._voice.tz))
        return self._own("when", day=self._date(local.date(), self._voice.tz), time=self._time(local))

    def _clock_(self, fact: Any, _rest: str, _name: str) -> str:
        return self._time(_instant(fact).astimezone(ZoneInfo(self._voice.tz)))

    def _until_(self, fact: Any, rest: str, name: str) -> str:
        """An end with its zone, or an instant whose zone stands beside it; one that ends no day is `when`."""
        if isinstance(fact, Mapping):
            fact, zone = fact["at"], fact["zone"]
            if zone is None:
                return self._when_(fact, rest, name)
        else:
            zone = _in(self._facts, f"{name}_zone")
        if not isinstance(zone, str):
            raise MissingWords(f"fact {name}_zone")
        last = (_instant(fact) - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        place = "UTC" if zone in ("UTC", "Etc/UTC") else get_timezone_location(zone, self._locale, True)
        return self._own("until", day=self._date(last.date(), zone), time=self._time(last), place=place)

    def _plural_(self, fact: Any, rest: str, _name: str) -> str:
        """As many forms as the language has, in the order zero, one, two, few, many, other."""
        rules = self._locale.plural_form
        order = [tag for tag in PLURALS if tag in rules.tags or tag == "other"]
        forms = dict(zip(order, rest.split("|"), strict=True))
        return forms[str(rules(fact))]

    def _word_(self, fact: Any, rest: str, _name: str) -> str:
        return self._words.render(f"{rest}.{_word(fact)}", self._facts, self._voice)

    def _each_(self, fact: Any, rest: str, _name: str) -> str:
        return "\n".join(self._words.render(rest, item, self._voice) for item in fact)

    def _list_(self, fact: Any, rest: str, _name: str) -> str:
        each = [self._words.render(rest, item, self._voice) for item in fact]
        return str(format_list(each, locale=self._locale))

    def _date(self, day: date, zone: str) -> str:
        this_year = self._voice.now.astimezone(ZoneInfo(zone)).year == day.year
        pattern = self._words.render("frame.day" if this_year else "frame.day_with_year", {}, self._voice)
        return str(format_date(day, pattern, locale=self._locale))

    def _time(self, local: datetime) -> str:
        return str(format_time(local, "HH:mm", tzinfo=local.tzinfo, locale=self._locale))

    def _own(self, name: str, **facts: Any) -> str:
        return self._words.render(f"frame.{name}", facts, self._voice)


def _instant(fact: str) -> datetime:
    told = datetime.fromisoformat(fact)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _in(facts: Mapping[str, Any], path: str) -> Any:
    value: Any = facts
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
