"""The suite on several workers of pytest-xdist: what must stay together and what begins first."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ENGINES = ("sqlite", "postgresql")
# Folders whose modules share a server, with its orders and its money.
ONE_SERVER = ("tests/actions/",)
MOST_WORKERS = 4


def how_many() -> int:
    """Workers for this machine: each has servers of its own, which want memory, too."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, MOST_WORKERS)


def share_of(nodeid: str) -> str:
    """What goes to one worker: a module's tests on one engine share a database, a server and its clock."""
    module, _, test = nodeid.partition("::")
    folder = next((folder for folder in ONE_SERVER if module.startswith(folder)), None)
    engine = next((engine for engine in ENGINES if engine in test), "no engine")
    return folder or f"{module} on {engine}"


class Shares(LoadScopeScheduling):
    """In the order in which they were collected, each to the worker that is free first."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def scheduler(config: pytest.Config, log: Any) -> Shares:
    config.option.loadscopereorder = False
    return Shares(config, log)


def longest_first(items: Iterable[pytest.Item], is_slow: Any) -> list[pytest.Item]:
    """What may take long must not be what the others wait for at the end."""
    return sorted(items, key=lambda item: (-_allowed_s(item), not is_slow(item)))


def _allowed_s(item: pytest.Item) -> float:
    allowed = item.get_closest_marker("timeout")
    return float(allowed.args[0]) if allowed else 0.0
