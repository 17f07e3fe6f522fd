"""How the suite is shared out: what belongs together goes to one worker, and no two have the same ports."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from tests import workers
from tests.desk import free_ports


def item(id: str, *, allowed: float | None = None, slow: bool = False) -> Any:
    marker = SimpleNamespace(args=(allowed,)) if allowed else None
    return SimpleNamespace(nodeid=id, slow=slow, get_closest_marker=lambda _name: marker)


def test_a_module_on_one_engine_stays_together_and_its_engines_part() -> None:
    one, other = (workers.share_of(f"tests/escrow/test_api.py::test_a[{each}-x]") for each in workers.ENGINES)
    assert one != other
    assert one == workers.share_of("tests/escrow/test_api.py::test_b[sqlite]")
    assert one != workers.share_of("tests/escrow/test_api.py::test_c")


def test_modules_that_share_a_server_stay_together() -> None:
    shares = {workers.share_of(f"tests/actions/test_{name}.py::test_it") for name in ("actions", "deeds")}
    assert len(shares) == 1


def test_what_may_take_long_begins_first_and_the_rest_keeps_its_order() -> None:
    items = [item("a"), item("b", slow=True), item("c"), item("d", allowed=900, slow=True)]
    sorted_ones = workers.longest_first(items, lambda each: each.slow)
    assert [each.nodeid for each in sorted_ones] == ["d", "b", "a", "c"]


def test_no_two_workers_have_the_same_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for worker in range(workers.MOST_WORKERS):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        found.append(free_ports())
    assert all(later - earlier > 1000 for earlier, later in pairwise(found)), found
