"""What does not come, or comes only in part, has no day that ends its buyer's way to a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from contract.codes import Reason
from escrow import service
from escrow.requests import WhatIf
from escrow.store.database import Database
from tests.escrow.asking import ALICE, asked, builtins, confirmed, usd
from tests.escrow.asking import refused as refuses
from tests.escrow.told import DAY, NOW, agreed, tell

PROMISED = datetime.fromisoformat("2027-01-20T00:00:00Z")
LATE = PROMISED + 400 * DAY
HALF: dict[str, Any] = {"lines": [{"line": 1, "quantity": 4}]}


def funded(trade: Database) -> None:
    agreed(trade)
    tell(trade, "paid")


def shipped(trade: Database) -> None:
    funded(trade)
    tell(trade, "shipped")


def shipped_in_part(trade: Database) -> None:
    funded(trade)
    tell(trade, "shipped", **HALF)
    tell(trade, "delivered")


STATES = pytest.mark.parametrize("become", [funded, shipped, shipped_in_part])


def verdict(trade: Database, reason: Reason, now: datetime) -> dict[str, Any]:
    wanted = WhatIf(reason=reason)
    told = trade.read(lambda work: service.verdict(work, ALICE, "TA-1", wanted, now))
    return dict(builtins(told))


@STATES
@pytest.mark.parametrize("reason", [Reason.NOT_DELIVERED, Reason.NOT_SHIPPED])
def test_a_claim_is_opened_400_days_after_the_promised_day(
    trade: Database, become: Any, reason: Reason
) -> None:
    become(trade)
    told = verdict(trade, reason, LATE)
    assert (told["code"], told["rules"]) == ("eligible", 2)
    assert told["deadline"] is None and told["deadline_zone"] is None
    shown = builtins(trade.read(lambda work: service.order(work, ALICE, "TA-1", LATE)))
    assert shown["delivered_at"] is None and shown["claim_until"] is None
    quote = asked(trade, ALICE, "open_claim", LATE, order="TA-1", reason=reason, share="1/1")
    assert quote["effect"]["held"] == usd(100_00)
    assert confirmed(trade, ALICE, quote, LATE)["claim"]


@STATES
def test_what_is_wrong_with_goods_that_are_late_is_refused_with_what_would_help(
    trade: Database, become: Any
) -> None:
    become(trade)
    with refuses("reason_needs_delivery") as early:
        asked(trade, ALICE, "open_claim", NOW, order="TA-1", reason="damaged", share="1/1")
    assert early.value.what_next == "wait_until" and early.value.facts["deadline"]
    with refuses("reason_needs_delivery") as late:
        asked(trade, ALICE, "open_claim", LATE, order="TA-1", reason="damaged", share="1/1")
    assert late.value.what_next == "open_claim" and late.value.facts["deadline"] is None


def test_with_the_delivery_its_days_begin(trade: Database) -> None:
    shipped(trade)
    tell(trade, "delivered", now=LATE)
    told = verdict(trade, Reason.NOT_DELIVERED, LATE)
    assert datetime.fromisoformat(told["deadline"]) > LATE + 30 * DAY
    shown = builtins(trade.read(lambda work: service.order(work, ALICE, "TA-1", LATE)))
    assert shown["claim_until"] == {"at": told["deadline"], "zone": told["deadline_zone"]}
