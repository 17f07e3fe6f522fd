"""What the deeds on an order share: its facts for their sentences, and why one is not possible on it."""

from __future__ import annotations

from actions.escrow_client import Refused
from actions.orders import facts_of, move, where_money_is
from actions.refusals import HELP
from actions.sayings import Facts
from actions.turn import Turn
from contract.answers import Order
from contract.codes import Code, OrderState

STANDS = {
    OrderState.AWAITING_PAYMENT: "unpaid",
    OrderState.FUNDED: "not_sent",
    OrderState.SHIPPED: "on_its_way",
    OrderState.DELIVERED: "there",
    OrderState.RELEASING: "released",
    OrderState.COMPLETED: "released",
    OrderState.CLOSED: "released",
    OrderState.CANCELLED: "ended",
    OrderState.REFUNDING: "ended",
    OrderState.REFUNDED: "ended",
}
"""How far an order has come, as far as it matters to what is still possible on it."""


def told(turn: Turn, order: Order) -> Facts:
    """The order with its money and whose move it is, for whoever reads it."""
    codes = {"next_is": move(turn, order.next), "money_is": f"{where_money_is(order)}.{turn.role()}"}
    return facts_of(order) | codes


async def cannot(turn: Turn, refusal: Refused) -> bool:
    """Why the deed is not possible on the order as it stands. The other side's deed is told as theirs."""
    if refusal.code not in (Code.WRONG_STATE, Code.NOT_FOUND):
        return False
    try:
        order = await turn.escrow.order(turn.frame.known("order"))
    except Refused:
        return False
    why = "theirs" if refusal.code == Code.NOT_FOUND else STANDS[order.state]
    turn.remember(order=order.id)
    options = HELP.get(refusal.what_next, [])
    turn.show("order", order, f"cannot.{turn.frame.deed}.{why}", told(turn, order), options=options)
    turn.frames.pop()
    return True
