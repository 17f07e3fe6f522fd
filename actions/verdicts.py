"""Is a refund still possible: escrow's verdict, for now or for a day that the person names."""

import asyncio
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from actions.refusals import HELP
from actions.sayings import Facts, plain
from actions.turn import Turn, step
from contract.answers import Order, Verdict
from contract.codes import Deed, Payer, Reason, Rule, Tier, WhatNext

OFFERS: dict[WhatNext, str] = {WhatNext.OPEN_CLAIM: Deed.OPEN_CLAIM, WhatNext.SEE_CLAIM: "claim_status"}


@step("action_verdict")
async def verdict(turn: Turn) -> None:
    id, reason = turn.frame.known("order"), turn.frame.known("reason")
    at = instant(turn.frame.known("at"), turn.zone())
    found, order = await asyncio.gather(turn.escrow.verdict(id, reason=reason, at=at), turn.escrow.order(id))
    await tell(turn, found, order)
    turn.remember(order=id, reason=_claimable(found))


async def can_claim(turn: Turn) -> Verdict | None:
    """The verdict on the top task's order; where it says no, it is told and the task ends."""
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    verdict = await turn.escrow.verdict(order, reason=reason)
    if verdict.eligible:
        return verdict
    turn.frames.pop()
    await tell(turn, verdict)
    if verdict.what_next is WhatNext.OPEN_CLAIM:
        turn.remember(order=order, reason=_claimable(verdict))
    return None


async def tell(turn: Turn, verdict: Verdict, order: Order | None = None) -> None:
    """In words and as a card; `offer` is what a bare yes would start."""
    given = verdict.facts
    turn.remember(claim=given.open_claim)
    offered = None if given.hypothetical else OFFERS.get(verdict.what_next)
    turn.offer(offered, claim=given.open_claim, order=given.order, reason=_claimable(verdict))
    key = "verdict.supposing" if given.hypothetical else f"verdict.{verdict.code}"
    facts = facts_of(verdict, order.release_at if order else None)
    facts |= await _with_another_account(turn, verdict)
    options = [] if given.hypothetical else HELP.get(verdict.what_next, [])
    turn.show("verdict", verdict, key, facts, options=options)


def _claimable(verdict: Verdict) -> Reason | None:
    """The reason that was asked about; that goods are late, where they would have to be there first."""
    given = verdict.facts
    if verdict.eligible or verdict.what_next is not WhatNext.OPEN_CLAIM or given.hypothetical:
        return given.reason
    return Reason.NOT_DELIVERED


def facts_of(verdict: Verdict, release_at: str | None = None) -> Facts:
    """The verdict and its own facts on one level, and codes that choose among sentences."""
    given = verdict.facts
    since = "delivered" if given.delivered_at else "shipped" if given.shipped_at else "not_shipped"
    codes = {"since_is": since, "window_is": "by" if verdict.deadline else "open", "at": given.now}
    codes |= {"days_are": _days(verdict), "payer_is": _payer(verdict, release_at)}
    by_silence = given.hypothetical and release_at and release_at < given.now
    codes |= {"instead_is": "now" if verdict.what_next is WhatNext.OPEN_CLAIM else "later"}
    codes |= {"release_is": "by_silence" if by_silence else "none"}
    return plain(given) | plain(verdict) | codes | {"release_at": release_at}


def _days(verdict: Verdict) -> str:
    """Which words say how many days there are from the delivery; before it there is no such end."""
    if not verdict.deadline or verdict.rule is not Rule.WINDOW_DAYS:
        return "none"
    return "standard" if verdict.facts.tier == Tier.STANDARD else "longer"


async def _with_another_account(turn: Turn, verdict: Verdict) -> Facts:
    """How many days there would be with an Enterprise account, by the order's own policy."""
    if _days(verdict) != "standard":
        return {}
    given = verdict.facts
    longer = await turn.escrow.verdict(given.order, reason=given.reason, tier=Tier.ENTERPRISE)
    return {"other_days": longer.facts.window_days}


def _payer(verdict: Verdict, release_at: str | None) -> str:
    """Whether the money leaves escrow before the last day for a claim."""
    ends_first = bool(release_at and verdict.deadline and release_at < verdict.deadline)
    if verdict.payer is Payer.ESCROW and ends_first:
        return "until_release"
    return str(verdict.payer)


def instant(day: Any, zone: tzinfo) -> str | None:
    """The noon of the day that the person named, where they are: an instant that is in that day for them."""
    if not isinstance(day, dict):
        return None
    noon = datetime.combine(date.fromisoformat(day["date"]), time(12), tzinfo=zone)
    return noon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
