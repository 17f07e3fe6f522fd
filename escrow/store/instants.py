"""Instants as the database keeps them: ISO texts in UTC of one length, which sort as they pass."""

from __future__ import annotations

from datetime import UTC, datetime


def stored(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if instant else None


def sure(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def exact(text: str) -> datetime:
    """Raises ValueError for any other way of writing it: it would not sort as it passes."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or sure(instant) != text:
        raise ValueError("an instant that is not written as they are stored")
    return instant


def read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
