"""What counts in mutation testing: what no test could notice does not, the rest is killed or explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.model import ROOT
from tests.mutation.__main__ import Outcome, Pair, pairs, report, told
from tests.mutation.session import UNION, Mutant, computes_nothing

SOURCE = """
from functools import lru_cache
LIMIT: int | None = 1 | 2
LIMIT: Annotated[int, 5] = 5


@lru_cache(maxsize=1)
def most(one: int | None) -> int | None:
    return one | LIMIT
"""
LISTED = told("survivors.toml")["survivor"][0]


def outcome(killed: int, *survivors: tuple[str, str], listed: bool = True) -> Outcome:
    pair = Pair(LISTED["module"], (), listed)
    return Outcome(pair, killed, [Mutant(was, now, survived=True) for was, now in survivors])


@pytest.mark.parametrize(
    ("where", "operator", "idle"),
    [
        ("LIMIT: int | None", UNION, True),
        ("LIMIT: Annotated[int, 5]", "NumberReplacer", False),
        ("1 | 2", UNION, False),
        ("@lru_cache(maxsize=1)", "NumberReplacer", True),
        ("one: int | None", UNION, True),
        ("one | LIMIT", UNION, False),
    ],
)
def test_types_and_caches_compute_nothing_and_all_else_does(where: str, operator: str, idle: bool) -> None:
    start = SOURCE.index(where) + max(where.find("|"), where.find("5"), 1)
    line = SOURCE.count("\n", 0, start) + 1
    position = line, start - SOURCE.rindex("\n", 0, start) - 1
    assert computes_nothing(SOURCE, f"core/{operator}", position) is idle


def test_the_modules_and_their_tests_exist_and_each_survivor_has_a_reason() -> None:
    named = [Path(ROOT, name) for pair in pairs([]) for name in (pair.module, *pair.tests)]
    assert named and all(path.is_file() for path in named)
    for survivor in told("survivors.toml")["survivor"]:
        assert survivor["why"] and survivor["module"] in [pair.module for pair in pairs([])]
        lines = [line.strip() for line in Path(ROOT, survivor["module"]).read_text().split("\n")]
        assert survivor["was"].split("\n")[0] in lines, survivor


def test_enough_must_be_killed_and_the_rest_explained(capsys: pytest.CaptureFixture[str]) -> None:
    known, unknown = (LISTED["was"], LISTED["now"]), ("a = 1", "a = 2")
    assert report([outcome(9, known)])
    assert not report([outcome(2, known)])
    assert not report([outcome(9, unknown)])
    assert "a = 2" in capsys.readouterr().out
    assert report([outcome(9, unknown, listed=False)])
