"""Days and spans of days, read from the person's own zone and now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dateparser

from bot.nlu.amounts import NOTHING, Found
from bot.nlu.lexicon import lexicon, one_of, patterns

FAR_AHEAD = timedelta(days=92)
"""Longer than any right lasts: who names such a day without a year means the one that has passed."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH_FIRST = re.compile(
    r"^America/(?:New_York|Chicago|Denver|Los_Angeles|Phoenix|Detroit|Anchorage|Boise)|^US/|^Pacific/Honolulu"
)
AHEAD = re.compile(r"(?:until|till|til|by|wait(?:ing)?(?: for)?|from|next|before|on|to)\s+(?:the )?$")


def find_dates(text: str, now: datetime, zone: str, locale: str = "en") -> Iterator[Found]:
    """`date` and `span` values; `now` is any aware instant, `zone` the person's. No such day is NOTHING."""
    here = now.astimezone(ZoneInfo(zone))
    for kind, pattern in patterns("dates").items():
        for match in pattern.finditer(text):
            value = _read(kind, match, here, bool(MONTH_FIRST.match(zone)) or locale == "en-US")
            if value:
                entity = "span" if "from" in value else "date"
                yield match.start(), match.end(), entity, {**value, "text": match[0]}
            else:
                yield match.start(), match.end(), NOTHING, None


def _read(kind: str, match: re.Match[str], here: datetime, month_first: bool) -> dict[str, Any] | None:
    today = here.date()
    if kind == "span":
        return _span(match["which"], match["unit"], today)
    if kind == "weekday":
        return _day(_weekday(match, today))
    said = match[0]
    if kind == "relative":
        said = _as_instant(said)
    if kind == "nth":
        said = match["day"]
    found = _parse(said, here, month_first=month_first, ahead=_looks_ahead(kind, match))
    return _day(found) if found else None


def _parse(said: str, here: datetime, *, month_first: bool, ahead: bool | None) -> date | None:
    """dateparser's reading; without a year and a direction the nearest such day, but none far ahead."""
    first, _, rest = said.partition("/")
    day_second = first.isdecimal() and int(rest[:2].strip("/") or 0) > 12
    order = "YMD" if re.match(r"20\d\d-", said) else "MDY" if month_first or day_second else "DMY"
    readings = []
    for side in ["future" if ahead else "past"] if ahead is not None else ["past", "future"]:
        settings: Any = {
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "PREFER_DATES_FROM": side,
            "DATE_ORDER": order,
            "PREFER_DAY_OF_MONTH": "first",
        }
        found = dateparser.parse(said.replace("-", "/"), languages=["en"], settings=settings)
        readings += [found.date()] if found else []
    near = [day for day in readings if day - here.date() <= FAR_AHEAD] or readings
    return min(near, key=lambda day: abs(day - here.date()), default=None)


def _looks_ahead(kind: str, match: re.Match[str]) -> bool | None:
    before = match.string[: match.start()]
    if kind == "nth" and match[0].startswith(("until", "by")):
        return True
    led = AHEAD.search(before)
    return True if led and not led[0].startswith(("on", "from", "to", "before")) else None


def _as_instant(said: str) -> str:
    said = re.sub(r"(?:a couple of)", "2", said)
    said = re.sub(r"(?:a few)", "3", said).replace(" more ", " ")
    said = re.sub(
        rf"(?:{one_of(lexicon()['numbers'])})(?= )", lambda m: str(lexicon()["numbers"][m[0]]), said
    )
    said = re.sub(r"(?<![a-z])an? ", "1 ", said)
    return said if said.endswith("ago") or said.startswith("in ") else "in " + said.removesuffix(" from now")


def _weekday(match: re.Match[str], today: date) -> date:
    """Last and next are strict; alone it is the nearest, ahead of us only after words that look ahead."""
    ahead = (DAYS.index(match["weekday"]) - today.weekday()) % 7
    before = match.string[: match.start()]
    if match["which"] in ("next", "this", "coming") or _looks_ahead("weekday", match):
        return today + timedelta(days=ahead or 7 * (match["which"] != "this"))
    is_past = match["which"] in ("last", "past") or re.search(r"(?:ed|came|got|was|since)\s+$", before)
    if is_past or ahead > 3:
        return today + timedelta(days=ahead - 7)
    return today + timedelta(days=ahead)


def _span(which: str, unit: str, today: date) -> dict[str, str]:
    step = {"last": -1, "past": -1, "previous": -1, "this": 0}.get(which, 1)
    if unit.startswith("week"):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        if unit == "weekend" and which == "next":
            monday -= timedelta(weeks=1)
        start = monday + timedelta(days=5 * (unit == "weekend"))
        return {"from": start.isoformat(), "to": (monday + timedelta(days=6)).isoformat()}
    months = 12 if unit == "year" else 1
    at = (today.year * 12 + (0 if unit == "year" else today.month - 1)) + step * months
    start, end = _first_of(at), _first_of(at + months) - timedelta(days=1)
    return {"from": start.isoformat(), "to": end.isoformat()}


def _first_of(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _day(found: date) -> dict[str, str]:
    return {"date": found.isoformat()}
