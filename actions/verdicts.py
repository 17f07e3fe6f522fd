"""Is a refund still possible: escrow's verdict, for now or for a day that the person names."""

from datetime import date, datetime, time, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from actions.escrow_client import Answer
from actions.sayings import Option, option, person, say, with_card
from actions.turn import Turn, step

NEXT: dict[str, Option] = {
    "open_claim": option("option.open_claim", "open_claim"),
    "see_claim": option("option.claim_status", "claim_status"),
    "talk_to_person": person(),
}


@step("action_verdict")
async def verdict(turn: Turn) -> None:
    order, reason = turn.frame.known("order"), turn.frame.known("reason")
    at = instant(turn.frame.known("at"), turn.zone())
    answer = await turn.read("orders", order, "verdict", reason=reason, at=at)
    turn.remember(order=order, reason=reason)
    tell(turn, answer)


def tell(turn: Turn, answer: Answer) -> None:
    """The verdict in words and as a card; `offer` is what a bare yes would start."""
    supposed = answer["facts"].get("hypothetical", False)
    what_next = answer.get("what_next")
    turn.memory.recent["offer"] = "open_claim" if what_next == "open_claim" and not supposed else None
    options = [NEXT[what_next]] if what_next in NEXT and not supposed else []
    facts = answer["facts"] | {name: value for name, value in answer.items() if name != "facts"}
    key = "verdict.supposing" if supposed else f"verdict.{answer['code']}"
    turn.sayings.append(with_card(say(key, facts, options=options), "verdict", answer))


def instant(day: Any, zone: tzinfo) -> str | None:
    """The noon of the day that the person named, where they are: an instant that is in that day for them."""
    if not isinstance(day, dict):
        return None
    noon = datetime.combine(date.fromisoformat(day["date"]), time(12), tzinfo=zone)
    return noon.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
