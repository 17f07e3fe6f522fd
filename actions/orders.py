"""Orders: listed, and told with their money, the next date and whose move it is."""

from actions.sayings import Facts, Option, option, plain
from actions.turn import Turn, step
from contract.answers import Next, Order
from contract.codes import InstructionState, What

SHOWN = 8
MAY_BE_LATE = frozenset({What.SHIP, What.DELIVER, What.PAY_OUT, What.PAY_OUT_AGAIN, What.MEDIATE})
"""What somebody can be late with; everything else happens by itself when its time has come."""

PAYOUTS = {
    InstructionState.PENDING: "payout_pending",
    InstructionState.UNKNOWN: "payout_pending",
    InstructionState.FAILED: "payout_failed",
    InstructionState.RETURNED: "payout_returned",
    InstructionState.SETTLED: "released",
}


def facts_of(order: Order) -> Facts:
    """Escrow's answer, with what is in it."""
    first, *others = order.lines
    what = "several" if others else "one"
    return plain(order) | {"what_is": what, "title": first.title, "quantity": first.quantity}


def where_money_is(order: Order) -> str:
    """Which of the order's sums says it all; `mixed` when no single one does."""
    money = order.money
    if not money.paid.minor:
        return "unpaid"
    if money.held == money.paid:
        return "claimed" if money.on_claim.minor else "held"
    if money.released == money.paid:
        return PAYOUTS[order.payout.state] if order.payout else "payout_pending"
    return "refunded" if money.refunded == money.paid else "mixed"


def move(turn: Turn, wait: Next) -> str:
    """Which sentence says whose move it is: by what is due, who reads it, and whether it has an instant."""
    late = wait.overdue and wait.what in MAY_BE_LATE
    when = "past" if late else "by" if wait.by else "open"
    return f"{wait.what}.{turn.role()}.{when}"


def choice(order: Order, intent: str) -> Option:
    return option("option.order", intent, facts_of(order), order_id=order.id)


def offer(orders: list[Order], intent: str = "inform") -> list[Option]:
    """The orders as buttons."""
    return [choice(order, intent) for order in orders[:SHOWN]]


@step("action_list_orders")
async def list_orders(turn: Turn) -> None:
    orders = await turn.escrow.orders()
    facts = {"items": [facts_of(order) for order in orders[:SHOWN]], "n": min(len(orders), SHOWN)}
    key = "none" if not orders else "list_more" if len(orders) > SHOWN else "list"
    turn.say(f"order.{key}", facts, options=offer(orders, "order_status"))
