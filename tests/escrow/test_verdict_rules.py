"""A verdict names the rules by which it was given, and old ones stay provable by theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from escrow import verdicts
from tests.escrow.conftest import Escrow

LANDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "verdicts_1.json").read_text())


@pytest.mark.parametrize("told", LANDED, ids=lambda told: f"{told['facts']['order']} {told['code']}")
def test_a_verdict_from_before_rules_had_numbers_stays_the_same(told: dict[str, Any]) -> None:
    assert "rules" not in told
    same, again = verdicts.check(told)
    assert same and again.rules == 1
    assert verdicts.check(told | {"rules": 1})[0]
    assert verdicts.as_told(again) == told | {"rules": 1}


CHANGES: list[dict[str, Any]] = [
    {"eligible": None},
    {"code": "window_closed "},
    {"deadline": "2027-01-01T00:00:00Z"},
    {"max_amount": {"minor": 1, "currency": "USD"}},
    {"payer": "nobody"},
    {"policy_version": 2},
    {"more": 1},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_an_old_verdict_that_was_changed_is_not_the_same(change: dict[str, Any]) -> None:
    assert not verdicts.check(LANDED[0] | change)[0]


@pytest.mark.parametrize("rules", [0, 3, 99, -1, "1", 1.5, True, None, [], {}], ids=repr)
def test_rules_that_never_were_are_malformed(rules: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        verdicts.check(LANDED[0] | {"rules": rules})


def test_the_interface_tells_the_rules_and_takes_old_verdicts(escrow: Escrow) -> None:
    now = escrow.ask("alice", "GET", "/v1/orders/TA-20931-7741/verdict").json
    assert (now["policy_version"], now["rules"]) == (2, 2), "the demo has a policy of its own"
    old = {name: value for name, value in now.items() if name != "rules"}
    for told in (now, old, *LANDED):
        given = escrow.ask(None, "POST", "/v1/verdicts/check", told, key=None)
        rules = told.get("rules", 1)
        assert given.status == 200 and given.json == {"same": True, "verdict": told | {"rules": rules}}
    unknown = escrow.ask(None, "POST", "/v1/verdicts/check", now | {"rules": 3}, key=None)
    assert (unknown.status, unknown.json["facts"]["field"]) == (422, "rules")
