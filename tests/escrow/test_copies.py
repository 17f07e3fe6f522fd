"""A copy of books is as they were made, and is nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from escrow.audit import audit
from tests.escrow.asking import LAMPS, half_claim, order
from tests.escrow.worlds import demo_world, events


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_is_as_the_first_was_made_and_not_as_it_became(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    on_sqlite = kind == "sqlite"
    urls = [
        f"sqlite:///{tmp_path}/{n}.db" if on_sqlite else request.getfixturevalue("fresh_pg")() for n in "ab"
    ]
    first = demo_world(urls[0])
    half_claim(first)
    second = demo_world(urls[1])
    assert order(second, LAMPS)["claims"] == [] and len(order(first, LAMPS)["claims"]) == 1
    assert events(second) == events(first)[: len(events(second))]
    for each in (first, second):
        assert not each.read(audit).breaches
        each.close()
