"""The training lines: enough of each, none under two names."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]


def lines() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            found[block["intent"]] += [line[2:].strip() for line in block["examples"].splitlines()]
    return found


def test_every_intent_has_25_lines_and_out_of_scope_60() -> None:
    assert not {intent: len(said) for intent, said in lines().items() if len(said) < 25}
    assert len(lines()["out_of_scope"]) >= 60


def test_no_line_stands_under_two_intents() -> None:
    seen: dict[str, list[str]] = defaultdict(list)
    for intent, said in lines().items():
        for line in said:
            seen[line.lower().strip(" .!?")].append(intent)
    assert not {line: intents for line, intents in seen.items() if len(set(intents)) > 1}


def test_every_intent_has_a_generic_name() -> None:
    generic = yaml.safe_load((ROOT / "data" / "intent_map.yml").read_text("utf-8"))
    assert set(generic) == set(lines())
