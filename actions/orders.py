"""Orders: listed, and told with their money, the next date and whose move it is."""

from actions.escrow_client import Answer
from actions.sayings import Option, option
from actions.turn import Turn, step

SHOWN = 8
MAY_BE_LATE = ("ship", "deliver", "pay_out", "pay_out_again", "mediate")
"""What somebody can be late with; everything else happens by itself when its time has come."""

PAYOUTS = {name: f"payout_{name}" for name in ("pending", "failed", "returned")}
PAYOUTS |= {"settled": "released", "unknown": "payout_pending"}


def facts_of(order: Answer) -> Answer:
    """Escrow's answer, with what is in it."""
    first, *others = order["lines"]
    what = "several" if others else "one"
    return order | {"what_is": what, "title": first["title"], "quantity": first["quantity"]}


def where_money_is(order: Answer) -> str:
    """Which of the order's sums says it all; `mixed` when no single one does."""
    minor = {name: money["minor"] for name, money in order["money"].items()}
    payout = str((order.get("payout") or {}).get("state"))
    if not minor["paid"]:
        return "unpaid"
    if minor["held"] == minor["paid"]:
        return "claimed" if minor["on_claim"] else "held"
    if minor["released"] == minor["paid"]:
        return PAYOUTS.get(payout, "payout_pending")
    return "refunded" if minor["refunded"] == minor["paid"] else "mixed"


def move(turn: Turn, wait: Answer) -> str:
    """Which sentence says whose move it is: by what is due, who reads it, and whether it has an instant."""
    late = wait.get("overdue") and wait["what"] in MAY_BE_LATE
    when = "past" if late else "by" if wait.get("by") else "open"
    return f"{wait['what']}.{turn.role()}.{when}"


def choice(order: Answer, intent: str) -> Option:
    return option("option.order", intent, facts_of(order), order_id=order["id"])


async def mine(turn: Turn, **query: str | None) -> list[Answer]:
    """Newest first, as escrow lists them; one page is more than a person would choose from."""
    orders: list[Answer] = (await turn.read("orders", **query))["items"]
    return orders


def offer(orders: list[Answer], intent: str = "inform") -> list[Option]:
    """The orders as buttons."""
    return [choice(order, intent) for order in orders[:SHOWN]]


@step("action_list_orders")
async def list_orders(turn: Turn) -> None:
    orders = await mine(turn)
    facts = {"items": [facts_of(order) for order in orders[:SHOWN]], "n": min(len(orders), SHOWN)}
    key = "none" if not orders else "list_more" if len(orders) > SHOWN else "list"
    turn.say(f"order.{key}", facts, options=offer(orders, "order_status"))


@step("action_order_status")
async def order_status(turn: Turn) -> None:
    order = await turn.read("orders", turn.frame.known("order"))
    turn.remember(order=order["id"])
    codes = {"next_is": move(turn, order["next"]), "money_is": f"{where_money_is(order)}.{turn.role()}"}
    turn.show("order", order, "order.status", facts_of(order) | codes)
