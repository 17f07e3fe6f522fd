"""Why a unit of work did not come to its end, though nothing was wrong with what was asked."""

from __future__ import annotations


class Conflict(Exception):
    """Another write came between; the same work done anew sees it."""


class Unavailable(Exception):
    """The database is away or has no room for us now; nothing was changed."""


class Contended(Unavailable):
    """Others write the same all the time; nothing was changed."""
