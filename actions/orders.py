"""Orders: listed, and told with their money, the next date and whose move it is."""

from actions.sayings import Facts, Option, option, plain
from actions.turn import Turn, step
from contract.answers import Money, Next, Order, Shipment
from contract.codes import InstructionState, What

SHOWN = 8
MAY_BE_LATE = frozenset(
    {
        *(What.SHIP, What.SHIP_OR_REFUND, What.DELIVER, What.SAY_ARRIVED, What.PAY_OUT),
        *(What.PAY_OUT_AGAIN, What.REFUND, What.REFUND_AGAIN, What.MEDIATE, What.LOOK_INTO),
    }
)
"""What somebody can be late with; everything else happens by itself when its time has come."""

PAYOUTS = {
    InstructionState.PENDING: "payout_pending",
    InstructionState.UNKNOWN: "payout_pending",
    InstructionState.STOPPED: "payout_pending",
    InstructionState.FAILED: "payout_failed",
    InstructionState.RETURNED: "payout_returned",
    InstructionState.SETTLED: "released",
}
REFUNDS = {
    InstructionState.PENDING: "refund_pending",
    InstructionState.UNKNOWN: "refund_pending",
    InstructionState.STOPPED: "refund_pending",
    InstructionState.FAILED: "refund_failed",
    InstructionState.RETURNED: "refund_returned",
    InstructionState.SETTLED: "refunded",
}


def facts_of(order: Order) -> Facts:
    """Escrow's answer, with what is in it."""
    first, *others = order.lines
    what = "several" if others else "one"
    told = {"what_is": what, "title": first.title, "quantity": first.quantity}
    told |= {"deposit_is": _deposit(order), "place_is": _place(order), "sent": _sent(order)}
    return plain(order) | told | _over(order)


def _over(order: Order) -> Facts:
    """What came in beyond the order's total, and whether it has gone back already."""
    over = Money(order.money.paid.minor - order.total.minor, order.total.currency)
    if over.minor <= 0:
        return {"over_is": "none"}
    settled = order.refund is not None and order.refund.state is InstructionState.SETTLED
    return {"over": plain(over), "over_is": "gone" if settled else "coming"}


def _deposit(order: Order) -> str:
    """How far an order that is paid in two parts has been paid; nothing is said of one that is paid whole."""
    parts = order.deposit
    if parts is None or order.money.paid.minor >= order.total.minor:
        return "none"
    paid = "paid" if order.money.paid.minor else "unpaid"
    return f"{paid}_by" if parts.balance_due else paid


def _sent(order: Order) -> list[Facts]:
    """What is in each shipment and how far it is; of one with all of it that nobody can follow nothing."""
    titles = {line.line: line.title for line in order.lines}
    whole = len(order.shipments) == 1 and _is_all(order, order.shipments[0])
    return [
        plain(one)
        | {"of": [{"title": titles.get(each.line, ""), "quantity": each.quantity} for each in one.lines]}
        | {"stands_is": "there" if one.delivered_at else "left", "by_is": _carried(one)}
        for one in order.shipments
        if not whole or one.tracking
    ]


def _is_all(order: Order, one: Shipment) -> bool:
    return sum(each.quantity for each in one.lines) == sum(line.quantity for line in order.lines)


def _carried(one: Shipment) -> str:
    if one.carrier is None:
        return "none"
    return "tracked" if one.tracking else "named"


def _place(order: Order) -> str:
    """Whether it was agreed where the goods go over to the buyer."""
    if order.place is None:
        return "none"
    return "named" if order.place.name else "unnamed"


def where_money_is(order: Order) -> str:
    """Which of the order's sums says it all; `mixed` when no single one does."""
    money = order.money
    if not money.paid.minor:
        return "unpaid"
    if money.held == money.paid:
        return "claimed" if money.on_claim.minor else "held"
    if money.released == money.paid:
        return PAYOUTS[order.payout.state] if order.payout else "payout_pending"
    if money.refunded == money.paid:
        return REFUNDS[order.refund.state] if order.refund else "refund_pending"
    return "mixed"


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
