"""What the deeds on an order share: its facts for their sentences, and why one is not possible on it."""

from __future__ import annotations

from actions.escrow_client import Refused
from actions.moments import moments_of
from actions.orders import facts_of
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
UNFIT = frozenset({Code.WRONG_STATE, Code.NOTHING_PAID, Code.FULLY_REFUNDED, Code.NOT_FOUND})
CLAIMABLE = ("claim_is", "claimable_until")


async def cannot(turn: Turn, refusal: Refused) -> bool:
    """Why the deed is not possible on the order as it stands. What is not for their side is told as such."""
    if refusal.code not in UNFIT:
        return False
    try:
        order, facts = await moments_of(turn, turn.frame.known("order"))
    except Refused:
        return False
    why = "theirs" if refusal.code == Code.NOT_FOUND else STANDS[order.state]
    turn.remember(order=order.id)
    options = HELP.get(refusal.what_next, [])
    turn.show("order", order, f"cannot.{turn.frame.deed}.{why}", facts, options=options)
    turn.frames.pop()
    return True


async def claimable(turn: Turn, order: Order) -> Facts:
    """The order, and until when a claim on it is possible; as if it came now, where it is on its way."""
    verdict = await turn.escrow.verdict(order.id)
    if not order.delivered_at:
        verdict = await turn.escrow.verdict(order.id, delivered_at=verdict.facts.now)
    until = {"at": verdict.deadline, "zone": verdict.deadline_zone} if verdict.deadline else None
    return facts_of(order) | {"claimable_until": until, "claim_is": "by" if until else "over"}
