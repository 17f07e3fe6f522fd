"""Asking escrow's core in the demo world, without a server, as its people do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from contract.asked import Asked
from contract.codes import InstructionState
from escrow import engine, executor, outbox, quotes, service
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.store.database import Database
from tests.escrow.worlds import MADE

ALICE = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-2")
TUNDE = Caller("tunde", "adeyemi-trading", "buyer", "c2", "c2-2")
CHEN = Caller("chen", "chen-instruments", "buyer", "c3", "c3-2")
LUMEN = Caller("shenzhen-lumen", "shenzhen-lumen", "supplier", "c4", "c4-2")
OMAR = Caller("omar", "desk", "agent", "c5", "c5-2")
LAMPS, DRILLS, GRINDERS = "TA-20931-7741", "TA-20931-7714", "TA-31200-0501"
LATER = MADE + timedelta(minutes=1)


def builtins(told: Any) -> Any:
    return msgspec.to_builtins(told)


def asked(world: Database, who: Caller, kind: str, now: datetime = LATER, **body: Any) -> dict[str, Any]:
    wanted: Asked = msgspec.convert({"kind": kind, **body}, Asked)
    told: dict[str, Any] = builtins(world.write(lambda work: quotes.open_quote(work, who, wanted, now)))
    return told


def confirmed(world: Database, who: Caller, quote: dict[str, Any], now: datetime = LATER) -> dict[str, Any]:
    done: dict[str, Any] = builtins(
        world.write(lambda work: quotes.confirm(work, who, quote["quote_id"], now))
    )
    return done


def half_claim(world: Database, order: str = LAMPS, who: Caller = ALICE) -> dict[str, Any]:
    quote = asked(world, who, "open_claim", order=order, reason="damaged", share="1/2")
    return claim(world, confirmed(world, who, quote)["claim"])


def claim(world: Database, id: str) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: service.claim(work, OMAR, id, LATER)))
    return told


def order(world: Database, id: str) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: service.order(work, OMAR, id, LATER)))
    return told


def journal(world: Database, id: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = builtins(world.read(lambda work: service.journal(work, id)))["items"]
    return told


def notices(world: Database, after: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: outbox.notices_after(work, after)))
    return told


def usd(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}


def fire_until(world: Database, instant: datetime) -> None:
    while world.write(lambda work: engine.fire_next(work, instant)):
        pass


def released(world: Database) -> datetime:
    """The lamps' silent release has fired, and its payout is on the way."""
    fire_until(world, MADE + timedelta(days=3))
    assert order(world, LAMPS)["payout"]["state"] == "pending"
    return MADE + timedelta(days=3)


def instructions(world: Database) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = builtins(
        world.read(lambda work: executor.listed(work, InstructionState.PENDING, None))
    )["items"]
    return [each for each in told if each["order"] == LAMPS]


def answered(world: Database, id: str, result: str, at: datetime) -> dict[str, Any]:
    """Raises the refusal that was given back, of which something was written all the same."""
    outcome = InstructionState(result)
    given = world.write(lambda work: executor.result(work, id, outcome, actor="executor:bank", at=at))
    if isinstance(given, Refusal):
        raise given
    told: dict[str, Any] = builtins(given)
    return told


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")
