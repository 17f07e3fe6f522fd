"""Late or on its way: the promised day, the guarantee if the order carries it, and what is possible now."""

from datetime import datetime, tzinfo

from actions.escrow_client import Answer
from actions.orders import facts_of
from actions.sayings import option
from actions.turn import Turn, step

NOT_SENT = ("draft", "awaiting_payment", "payment_processing", "partly_funded", "funded")


@step("action_delivery_delay")
async def delivery_delay(turn: Turn) -> None:
    order = await turn.read("orders", turn.frame.known("order"))
    verdict = await turn.read("orders", order["id"], "verdict", reason="not_delivered")
    late = days_late(order, verdict["facts"]["now"], turn.zone())
    claimable = bool(verdict["eligible"]) and not order.get("delivered_at")
    turn.remember(order=order["id"], reason="not_delivered" if claimable else None)
    turn.offer("open_claim" if claimable else None, order=order["id"], reason="not_delivered")
    marked = "ontime_guarantee" in order.get("protections", [])
    facts = facts_of(order) | {"days_late": late, "deadline": verdict.get("deadline")}
    facts |= {"deadline_zone": verdict.get("deadline_zone"), "claim_is": "possible" if claimable else "none"}
    facts |= {"guarantee_is": "late" if marked and late > 0 else "marked" if marked else "none"}
    if marked:
        facts["ontime"] = (await turn.programme())["ontime"]
    options = [option("option.open_claim", "open_claim")] if claimable else []
    turn.show("order", order, f"delay.{where_it_is(order, late)}", facts, options=options)


def where_it_is(order: Answer, late: int) -> str:
    if order.get("delivered_at"):
        return "arrived"
    if order["state"] in NOT_SENT:
        return "not_sent" if order.get("paid_at") else "not_paid"
    if order["state"] != "shipped":
        return "ended"
    return "late" if late > 0 else "on_its_way"


def days_late(order: Answer, now: str, zone: tzinfo) -> int:
    """Whole days on the person's calendar from the promised day to today; 0 while it is not over."""
    if not order.get("promised_at"):
        return 0
    days = [
        datetime.fromisoformat(instant).astimezone(zone).date() for instant in (order["promised_at"], now)
    ]
    return max(0, (days[1] - days[0]).days)
