"""Is a refund still possible: escrow's verdict, for now or for a day that the person names."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from actions.escrow_client import Answer
from actions.refusals import HELP
from actions.turn import Turn, step

OFFERS = {"open_claim": "open_claim", "see_claim": "claim_status"}


@step("action_verdict")
async def verdict(turn: Turn) -> None:
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    at = instant(turn.frame.known("at"), turn.zone())
    found = await turn.read("orders", order, "verdict", reason=reason, at=at)
    tell(turn, found, await _release(turn, order, at) if at else {})
    turn.remember(order=order, reason=reason)


async def _release(turn: Turn, order: str, at: str) -> Answer:
    """Whether the money leaves escrow by silence before that day, and when."""
    wait = (await turn.read("orders", order))["next"]
    if wait["otherwise"] != "released_by_silence" or not wait["by"] or wait["by"] >= at:
        return {}
    return {"release_is": "by_silence", "release_at": wait["by"]}


async def can_claim(turn: Turn) -> Answer | None:
    """The verdict on the top task's order; where it says no, it is told and the task ends."""
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    verdict = await turn.read("orders", order, "verdict", reason=reason)
    if verdict["eligible"]:
        return verdict
    turn.frames.pop()
    tell(turn, verdict)
    return None


def tell(turn: Turn, verdict: Answer, release: Answer | None = None) -> None:
    """In words and as a card; `offer` is what a bare yes would start."""
    supposed, what_next = verdict["facts"].get("hypothetical", False), verdict["what_next"]
    turn.remember(claim=verdict["facts"].get("open_claim"))
    about = {name: verdict["facts"].get(name) for name in ("order", "reason")}
    offered = None if supposed else OFFERS.get(what_next)
    turn.offer(offered, claim=verdict["facts"].get("open_claim"), **about)
    key = "verdict.supposing" if supposed else f"verdict.{verdict['code']}"
    facts = facts_of(verdict) | {"release_is": "none"} | (release or {})
    turn.show("verdict", verdict, key, facts, options=[] if supposed else HELP.get(what_next, []))


def facts_of(verdict: Answer) -> Answer:
    """The verdict and its own facts on one level, and codes that choose among sentences."""
    given: Answer = verdict["facts"]
    since = (
        "delivered" if given.get("delivered_at") else "shipped" if given.get("shipped_at") else "not_shipped"
    )
    codes = {"since_is": since, "window_is": "by" if verdict.get("deadline") else "open", "at": given["now"]}
    return given | verdict | codes


def instant(day: Any, zone: tzinfo) -> str | None:
    """The noon of the day that the person named, where they are: an instant that is in that day for them."""
    if not isinstance(day, dict):
        return None
    noon = datetime.combine(date.fromisoformat(day["date"]), time(12), tzinfo=zone)
    return noon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
