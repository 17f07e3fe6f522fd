"""What may be asked, as types: what does not fit is refused with the field's name before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.inspect import IntType, StructType, type_info

from escrow.claims import Reason
from escrow.money import BadMoney, Money
from escrow.orders import OrderState
from escrow.refusals import Refusal

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:-]*\Z")]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Share = Annotated[str, Meta(max_length=20, pattern=r"\A[0-9]{1,6}/[1-9][0-9]{0,5}\Z")]
Amount = Annotated[str, Meta(pattern=r"\A[0-9]{1,15}(\.[0-9]{1,4})?\Z")]
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]
Instant = Annotated[datetime, Meta(tz=True)]
# What numbers rows by one holds no more than this on PostgreSQL.
LAST_ROW = 2**31 - 1
WHOLE = re.compile(r"-?[0-9]{1,18}")
Tier = Literal["standard", "enterprise", "enterprise_pro"]
YEARS = range(1970, 2200)


def _within_years(*instants: datetime | None) -> None:
    """What calendars can be reckoned with, also some days and hours on."""
    if any(instant and instant.year not in YEARS for instant in instants):
        raise ValueError(f"years from {YEARS[0]} to {YEARS[-1]}")


class Sum(Struct, frozen=True, forbid_unknown_fields=True):
    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        try:
            Money(self.minor, self.currency)
        except BadMoney as wrong:
            raise ValueError(str(wrong)) from wrong


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class OpenClaim(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="open_claim"):
    """`share` of what was paid, as a fraction: "1/2"."""

    order: Id
    reason: Reason
    amount: Sum | None = None
    share: Share | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) == (self.share is None):
            raise ValueError("needs either amount or share")
        if self.share is not None and not 0 < Fraction(self.share) <= 1:
            raise ValueError("share is more than nothing and at most 1/1")


class Escalate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="escalate"):
    claim: Id


Quote = OpenClaim | Escalate


class OrderSearch(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """`amount` is the order's total as a decimal; without `currency` in whatever currency the order has."""

    q: Words | None = None
    supplier: Words | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    since: Instant | None = None
    to: Instant | None = None
    state: OrderState | None = None
    after: Id | None = None

    def __post_init__(self) -> None:
        _within_years(self.since, self.to)


class WhatIf(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None
    at: Instant | None = None
    tier: Tier | None = None
    delivered_at: Instant | None = None

    def __post_init__(self) -> None:
        _within_years(self.at, self.delivered_at)


class ClaimSearch(Struct, frozen=True, forbid_unknown_fields=True):
    order: Id | None = None


class NoticeSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """`wait`: seconds for which an empty answer is held back."""

    after: Annotated[int, Meta(ge=0, le=LAST_ROW)] = 0
    wait: Annotated[int, Meta(ge=0, le=60)] = 0


class InstructionSearch(Struct, frozen=True, forbid_unknown_fields=True):
    state: Literal["pending", "settled", "failed", "returned", "unknown"] = "pending"


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    result: Literal["settled", "failed", "returned", "unknown"]


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    days: Annotated[int, Meta(ge=1, le=365)]


class ToldVerdict(Struct, frozen=True):
    """A verdict as it was given; what else it says is compared, not read."""

    facts: dict[str, Any]


def read_query(query: type[Struct], given: Mapping[str, str]) -> Any:
    """All of a query is text: only where a number is asked for are digits one, so that none is an instant.

    Raises msgspec.ValidationError.
    """
    numbers = _numbers(query)
    told = {
        name: int(value) if name in numbers and WHOLE.fullmatch(value) else value
        for name, value in given.items()
    }
    return msgspec.convert(told, query)


@cache
def _numbers(query: type[Struct]) -> frozenset[str]:
    known = type_info(query)
    assert isinstance(known, StructType)
    return frozenset(each.encode_name for each in known.fields if isinstance(each.type, IntType))


def malformed(wrong: Exception) -> Refusal:
    """Names the field where there is one; what stood in it is not repeated."""
    said = str(wrong)
    named = re.search(r"field `([^`]+)`", said) or re.search(r"`\$\.?([^`]*)`", said)
    problem = re.sub(r"'[^']*'", "…", said.split(" - at ")[0])
    return Refusal("malformed", field=named[1] if named else "", problem=problem)


def plain(struct: Struct) -> dict[str, Any]:
    """As builtins, without what was not given."""
    told: dict[str, Any] = msgspec.to_builtins(struct)
    return {name: value for name, value in told.items() if value is not None}
