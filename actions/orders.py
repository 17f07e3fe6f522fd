"""Orders: found by what people remember of them, listed, and told with money, date and whose move it is."""

from typing import Any

from actions.escrow_client import Answer, Refused
from actions.sayings import Option, option, say, with_card
from actions.turn import Turn, step

SHOWN = 6


def facts_of(order: Answer) -> Answer:
    """Escrow's answer and three codes that choose among sentences: what is in it, where the money is, what next."""
    first = order["lines"][0]
    return order | {
        "title": first["title"],
        "quantity": first["quantity"],
        "others": len(order["lines"]) - 1,
        "money_is": where_money_is(order),
        "next_is": f"{order['next']['what']}",
    }


def where_money_is(order: Answer) -> str:
    """Which of the order's sums say it all; `mixed` when no single one does."""
    parts = {name: sum_["minor"] for name, sum_ in order["money"].items()}
    if not parts["paid"]:
        return "unpaid"
    payout = (order.get("payout") or {}).get("state")
    if parts["released"] == parts["paid"]:
        return f"payout_{payout}" if payout in ("failed", "pending", "returned") else "released"
    if parts["refunded"] == parts["paid"]:
        return "refunded"
    if parts["held"] == parts["paid"]:
        return "claimed" if parts["on_claim"] else "held"
    return "mixed"


def choice(order: Answer, *, intent: str = "inform") -> Option:
    return option("option.order", intent, facts_of(order), order_id=order["id"])


async def mine(turn: Turn, **query: str | None) -> list[Answer]:
    """Newest first, as escrow lists them; one page is more than a person would choose from."""
    orders: list[Answer] = (await turn.read("orders", **query))["items"]
    return orders


@step("action_list_orders")
async def list_orders(turn: Turn) -> None:
    orders = await mine(turn)
    if not orders:
        turn.say("order.none")
        return
    shown = orders[:SHOWN]
    offer(turn, shown)
    facts = {"items": [facts_of(order) for order in shown], "n": len(orders), "more": len(orders) - len(shown)}
    key = "order.list_more" if facts["more"] else "order.list"
    turn.say(key, facts, options=[choice(order, intent="order_status") for order in shown])


@step("action_order_status")
async def order_status(turn: Turn) -> None:
    order = await turn.read("orders", turn.frame.known("order"))
    turn.remember(order=order["id"])
    turn.sayings.append(with_card(say("order.status", facts_of(order)), "order", order))


@step("action_find_order")
async def find_order(turn: Turn) -> None:
    """Another's order and one that does not exist get the same words, and the number is not repeated."""
    said = turn.frame.said("order")
    found = await looked_up(turn, said) if said else await mine(turn)
    if said and not found:
        turn.frame.ask("order", problem="not_found")
        turn.say("order.not_found", options=[option("option.list_orders", "list_orders")])
    else:
        choose(turn, found, key="order.several" if said else f"ask.{turn.frame.task}.order")


def choose(turn: Turn, found: list[Answer], *, key: str) -> None:
    """One is taken without a question; of several the person is asked which."""
    if len(found) == 1:
        turn.frame.resolve("order", found[0]["id"])
    elif found:
        turn.frame.ask("order", problem="several" if key == "order.several" else None)
        offer(turn, found[:SHOWN])
        turn.say(key, options=[choice(order) for order in found[:SHOWN]])
    else:
        turn.drop()
        turn.say("order.none")


async def looked_up(turn: Turn, said: dict[str, Any]) -> list[Answer]:
    kind, value = said["entity"], said["value"]
    if kind == "order_id":
        return await by_id(turn, str(value))
    if kind == "order_tail":
        return [order for order in await mine(turn) if order["id"].endswith(str(value))]
    if kind == "ordinal":
        return await offered(turn, int(value))
    if kind == "amount":
        return await mine(turn, amount=value["decimal"], currency=value.get("currency"))
    return await mine(turn, **{"supplier" if kind == "supplier" else "q": str(value)})


async def by_id(turn: Turn, order_id: str) -> list[Answer]:
    try:
        return [await turn.read("orders", order_id)]
    except Refused as refusal:
        if refusal.code == "not_found":
            return []
        raise


async def offered(turn: Turn, ordinal: int) -> list[Answer]:
    """The second one is the second of those shown last; -1 is the last of them."""
    ids = turn.memory.recent.get("offered") or []
    place = ordinal if ordinal < 0 else ordinal - 1
    return await by_id(turn, ids[place]) if -len(ids) <= place < len(ids) else []


def offer(turn: Turn, orders: list[Answer]) -> None:
    """What "the second one" will mean."""
    turn.memory.recent["offered"] = [order["id"] for order in orders]
