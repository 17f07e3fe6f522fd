"""Receipt: confirmed, told or not there yet, and how long the money still waits for it."""

from __future__ import annotations

from actions.deeds import RECIPES, Recipe
from actions.order_deeds import cannot, told
from actions.sayings import Facts, option
from actions.turn import Turn, step
from contract.answers import Order, Quote
from contract.asked import ConfirmReceipt
from contract.codes import Deed, OrderState

WAITING = frozenset({OrderState.SHIPPED, OrderState.DELIVERED})
"""Its money waits for the buyer's word."""


def _waits(turn: Turn, order: Order) -> bool:
    return order.state in WAITING and bool(order.money.held.minor)


async def _received(turn: Turn) -> ConfirmReceipt:
    return ConfirmReceipt(turn.frame.known("order"))


async def _afterwards(turn: Turn, quote: Quote) -> Facts:
    """Until when a claim would still be possible: the days count from now if it was not delivered before."""
    order = await turn.escrow.order(str(quote.order))
    verdict = await turn.escrow.verdict(order.id)
    if not order.delivered_at:
        verdict = await turn.escrow.verdict(order.id, delivered_at=verdict.facts.now)
    until = {"claimable_until": verdict.deadline, "claimable_until_zone": verdict.deadline_zone}
    return told(turn, order) | until | {"claim_is": "by" if verdict.deadline else "over"}


RECIPES[Deed.CONFIRM_RECEIPT] = Recipe(
    asked=_received,
    explain=cannot,
    beside=_afterwards,
    keeps=("claim_is", "claimable_until", "claimable_until_zone"),
    fits=_waits,
)


@step("action_release_or_claim")
async def release_or_claim(turn: Turn) -> None:
    """Something was said against letting the money go: it is asked what is wanted."""
    order = await turn.escrow.order(turn.frame.known("order"))
    turn.remember(order=order.id, reason=turn.frame.known("reason"))
    wanted = [
        option("option.open_claim", Deed.OPEN_CLAIM, order_id=order.id),
        option("option.confirm_receipt", Deed.CONFIRM_RECEIPT, order_id=order.id),
    ]
    turn.say("release_or_claim", told(turn, order), options=wanted if _waits(turn, order) else wanted[:1])
