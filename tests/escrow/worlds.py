"""Databases for tests: empty ones, and the demo world made at an instant of the test's choice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml

from escrow import demo
from escrow.store import schema
from escrow.store.database import Database

MADE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def empty(url: str) -> Database:
    database = Database(url)
    schema.upgrade(database)
    return database


def demo_world(url: str, now: datetime = MADE) -> Database:
    """As `python -m escrow.demo` makes it, but at `now`."""
    database = empty(url)
    told: dict[str, Any] = yaml.safe_load(demo.WORLD.read_text("utf-8"))
    database.write(lambda work: demo.make(work, told, now))
    return database
