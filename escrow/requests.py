"""What may be asked, as types: what does not fit is refused with the field's name before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.inspect import IntType, StructType, type_info

from contract.asked import Amount, Currency, Id, Words
from contract.codes import ClaimState, Code, InstructionState, OrderState, Reason, Role, Tier
from escrow.refusals import Refusal
from escrow.store.searches import Search

Instant = Annotated[datetime, Meta(tz=True)]
# What numbers rows by one holds no more than this on PostgreSQL.
LAST_ROW = 2**31 - 1
WHOLE = re.compile(r"-?[0-9]{1,18}")
# Where a page of releases ended: its instant and its order.
Mark = Annotated[str, Meta(max_length=100, pattern=r"^[0-9TZ:-]{20}_[A-Za-z0-9._:-]{1,64}(?!\n)$")]
YEARS = range(1970, 2200)


def _within_years(*instants: datetime | None) -> None:
    """What calendars can be reckoned with, also some days and hours on."""
    if any(instant and instant.year not in YEARS for instant in instants):
        raise ValueError(f"years from {YEARS[0]} to {YEARS[-1]}")


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

    def of(self, whose: tuple[str, str] | None) -> Search:
        given: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        amount = Decimal(self.amount) if self.amount is not None else None
        return Search(whose=whose, **(given | {"amount": amount}))


class WhatIf(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None
    at: Instant | None = None
    tier: Tier | None = None
    delivered_at: Instant | None = None

    def __post_init__(self) -> None:
        _within_years(self.at, self.delivered_at)


class ClaimSearch(Struct, frozen=True, forbid_unknown_fields=True):
    order: Id | None = None
    state: ClaimState | None = None
    after: Id | None = None


class QuoteSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """`waits_for` is the caller's own role."""

    waits_for: Role | None = None
    after: Id | None = None


class MoneySearch(Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the `next` of the page before."""

    after: Mark | None = None


class NoticeSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """`wait`: seconds for which an empty answer is held back."""

    after: Annotated[int, Meta(ge=0, le=LAST_ROW)] = 0
    wait: Annotated[int, Meta(ge=0, le=60)] = 0


class InstructionSearch(Struct, frozen=True, forbid_unknown_fields=True):
    state: InstructionState = InstructionState.PENDING
    after: Id | None = None


class TaskSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """`role`: those that are meant for it alone."""

    role: Role | None = None
    after: Id | None = None


# How an instruction stands by itself.
NO_RESULTS = (InstructionState.PENDING, InstructionState.REPLACED, InstructionState.STOPPED)


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    """What an executor may tell; `because` is kept with the order, where it can be erased."""

    result: InstructionState
    because: Words | None = None

    def __post_init__(self) -> None:
        if self.result in NO_RESULTS:
            raise ValueError("that is no result")


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
    return Refusal(Code.MALFORMED, field=named[1] if named else "", problem=problem)
