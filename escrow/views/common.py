"""Instants, sums and whose move it is, as the contract writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, overload

from contract import answers
from contract.answers import Next
from contract.codes import Otherwise, What, Who
from escrow.claims import Claim
from escrow.clocks import Clock, Matter, ends
from escrow.ledger import Posting
from escrow.machines.machine import Machine
from escrow.money import Money
from escrow.orders import Order
from escrow.policy import Policy
from escrow.store.timers import Timer

NOTHING = Next(Who.NOBODY, What.NONE, None, None, None, False)


@overload
def instant(at: datetime) -> str: ...
@overload
def instant(at: None) -> None: ...
@overload
def instant(at: datetime | None) -> str | None: ...
def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def money(amount: Money) -> answers.Money:
    return answers.Money(amount.minor, amount.currency)


def posting(posted: Posting) -> answers.Posting:
    amount = answers.Money(abs(posted.amount.minor), posted.amount.currency)
    if posted.amount.minor > 0:
        return answers.Posting(posted.account, debit=amount)
    return answers.Posting(posted.account, credit=amount)


def next_move(
    machine: Machine[Any, Any],
    state: Any,
    order: Order,
    policy: Policy,
    timers: Mapping[Clock, Timer],
    now: datetime,
    claim: Claim | None = None,
) -> Next:
    """The row of the silence table: of several clocks the earliest that is still to come, as it was set.

    Late is whoever should have done what the state waits for; until it is too late, there is a next one.
    """
    stays = [stay for stay in machine.stays_in(state) if not stay.in_demo and not stay.beside]
    if not stays:
        return NOTHING
    ending = []
    for stay in stays:
        timer = timers.get(stay.clock) if stay.clock else None
        matter = Matter(order, policy, claim, timer.started if timer else None)
        ending.append((stay, ends(stay.clock, matter) if stay.clock else None))
    running = [(stay, end) for stay, end in ending if end is not None]
    ahead = [each for each in running if each[1].at > now]
    stay, end = min(ahead or running, key=lambda each: each[1].at) if running else ending[0]
    late = any(each.otherwise is Otherwise.CLAIM_POSSIBLE and end.at <= now for each, end in running)
    by = end.at if end else None
    return Next(
        who=stay.who,
        what=stay.what,
        by=instant(by),
        by_zone=end.zone if end else None,
        otherwise=stay.otherwise,
        overdue=late or (by is not None and by <= now),
    )
