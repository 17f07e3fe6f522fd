"""What a deed is: something that a person may do, shown before it is done and done exactly as shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from contract import codes
from contract.answers import Effect, Posting
from contract.codes import Role
from escrow.callers import Caller
from escrow.claims import Claim
from escrow.history import canonical
from escrow.machines.taking import Outcome
from escrow.orders import Order
from escrow.store.work import Work
from escrow.views.common import instant, posting

A = TypeVar("A", bound=msgspec.Struct)


@dataclass(frozen=True)
class Plan:
    """What a yes would do. `claim` is the one that it is about; None where there is none, or none yet.

    `order` is None for what is about no order; `outcome` for what takes no step of a machine.

    `preview` are the instants that would follow from a yes now; they are not compared when it comes.
    """

    order: Order | None
    effect: Effect
    outcome: Outcome | None = None
    claim: Claim | None = None
    preview: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def postings(self) -> list[Posting]:
        journals = self.outcome.journals if self.outcome else ()
        return [posting(each) for journal in journals for each in journal.postings]

    @property
    def shown(self) -> str:
        """What a later yes is held against: the exact effect and its postings, nothing of the hour."""
        told = {"effect": msgspec.to_builtins(self.effect), "postings": msgspec.to_builtins(self.postings)}
        return canonical(told)

    @property
    def instants(self) -> dict[str, str]:
        return {name: instant(at) for name, at in self.preview.items()}


def who_asks(caller: Caller, plan: Plan) -> tuple[Role, ...]:
    return (Role(caller.role),)


@dataclass(frozen=True, kw_only=True)
class Deed(Generic[A]):
    """One file each in `escrow/deeds`; the registry finds them there.

    `plan` raises Refusal and changes nothing; with `lock` what it looked at is nobody else's until the end.
    `do` does the plan, with a note of the quote for the history, and gives the claim's id if there is one.
    `signers` are the roles whose yes it takes, in order: first that of the one who asks, then the desk's.
    Whoever signs last, the deed is done in the name of the one who asked.
    """

    kind: codes.Deed
    roles: frozenset[Role]
    asked: type[A]
    plan: Callable[[Work, Caller, A, datetime, bool], Plan]
    do: Callable[[Work, Caller, Plan, datetime, Mapping[str, Any]], str | None]
    signers: Callable[[Caller, Plan], tuple[Role, ...]] = who_asks
