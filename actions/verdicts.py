"""Is a refund still possible: escrow's verdict, for now or for a day that the person names."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from actions.refusals import HELP
from actions.sayings import Facts, plain
from actions.turn import Turn, step
from contract.answers import Verdict
from contract.codes import Deed, Otherwise, WhatNext

OFFERS: dict[WhatNext, str] = {WhatNext.OPEN_CLAIM: Deed.OPEN_CLAIM, WhatNext.SEE_CLAIM: "claim_status"}


@step("action_verdict")
async def verdict(turn: Turn) -> None:
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    at = instant(turn.frame.known("at"), turn.zone())
    found = await turn.escrow.verdict(order, reason=reason, at=at)
    tell(turn, found, await _release(turn, order, at) if at else {})
    turn.remember(order=order, reason=reason)


async def _release(turn: Turn, order: str, at: str) -> Facts:
    """Whether the money leaves escrow by silence before that day, and when."""
    wait = (await turn.escrow.order(order)).next
    if wait.otherwise is not Otherwise.RELEASED_BY_SILENCE or not wait.by or wait.by >= at:
        return {}
    return {"release_is": "by_silence", "release_at": wait.by}


async def can_claim(turn: Turn) -> Verdict | None:
    """The verdict on the top task's order; where it says no, it is told and the task ends."""
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    verdict = await turn.escrow.verdict(order, reason=reason)
    if verdict.eligible:
        return verdict
    turn.frames.pop()
    tell(turn, verdict)
    return None


def tell(turn: Turn, verdict: Verdict, release: Facts | None = None) -> None:
    """In words and as a card; `offer` is what a bare yes would start."""
    given = verdict.facts
    turn.remember(claim=given.open_claim)
    offered = None if given.hypothetical else OFFERS.get(verdict.what_next)
    turn.offer(offered, claim=given.open_claim, order=given.order, reason=given.reason)
    key = "verdict.supposing" if given.hypothetical else f"verdict.{verdict.code}"
    facts = facts_of(verdict) | {"release_is": "none"} | (release or {})
    options = [] if given.hypothetical else HELP.get(verdict.what_next, [])
    turn.show("verdict", verdict, key, facts, options=options)


def facts_of(verdict: Verdict) -> Facts:
    """The verdict and its own facts on one level, and codes that choose among sentences."""
    given = verdict.facts
    since = "delivered" if given.delivered_at else "shipped" if given.shipped_at else "not_shipped"
    codes = {"since_is": since, "window_is": "by" if verdict.deadline else "open", "at": given.now}
    return plain(given) | plain(verdict) | codes


def instant(day: Any, zone: tzinfo) -> str | None:
    """The noon of the day that the person named, where they are: an instant that is in that day for them."""
    if not isinstance(day, dict):
        return None
    noon = datetime.combine(date.fromisoformat(day["date"]), time(12), tzinfo=zone)
    return noon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
