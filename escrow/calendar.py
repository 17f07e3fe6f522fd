"""When things end: a person's rights end with a day, waiting counts hours, and the two do not mix."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Deadline:
    """`at` is the first instant that is too late; `zone` is the one in which it is a midnight."""

    at: datetime
    zone: str | None


def end_of_day(fact: datetime, days: int, zones: Iterable[str]) -> Deadline:
    """The midnight ending the `days`-th day after the fact's local date; of several zones the latest one."""
    return max((_midnight(fact, days, zone) for zone in zones), key=lambda deadline: deadline.at)


def _midnight(fact: datetime, days: int, zone: str) -> Deadline:
    local = fact.astimezone(ZoneInfo(zone)).date() + timedelta(days=days + 1)
    return Deadline(datetime.combine(local, time(), ZoneInfo(zone)).astimezone(UTC), zone)


def after_days(fact: datetime, days: int) -> datetime:
    """N × 24 hours later, whatever clocks on walls do meanwhile."""
    return fact.astimezone(UTC) + timedelta(days=days)


def after_business_days(
    fact: datetime, days: int, zone: str, holidays: Collection[date] = frozenset()
) -> datetime:
    """The same time of day, `days` of the desk's business days later: Monday to Friday, no `holidays`."""
    local = fact.astimezone(ZoneInfo(zone))
    while days:
        local += timedelta(days=1)
        days -= local.weekday() < 5 and local.date() not in holidays
    return local.astimezone(UTC)
