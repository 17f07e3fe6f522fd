"""Calling an order off before it is shipped: by the buyer for a few hours, by the supplier at any time."""

from __future__ import annotations

from actions.deeds import RECIPES, Recipe
from actions.escrow_client import Refused
from actions.order_deeds import cannot
from actions.orders import facts_of
from actions.refusals import words_for
from actions.sayings import Facts
from actions.turn import Turn
from contract.answers import Order, Quote
from contract.asked import Cancel
from contract.codes import Code, Deed, OrderState, Reason

NOT_SENT = frozenset({OrderState.AWAITING_PAYMENT, OrderState.FUNDED})


def _may_be_called_off(turn: Turn, order: Order) -> bool:
    return order.state in NOT_SENT


async def _called_off(turn: Turn) -> Cancel:
    return Cancel(turn.frame.known("order"))


async def _goes_back(turn: Turn, quote: Quote) -> Facts:
    order = await turn.escrow.order(str(quote.order))
    return facts_of(order) | {"back_is": turn.role().value if quote.effect.amount else "unpaid"}


async def _too_late(turn: Turn, refusal: Refused) -> bool:
    """What is possible instead: a claim that it was not shipped, which asks the supplier."""
    if refusal.code != Code.CANCEL_TOO_LATE:
        return await cannot(turn, refusal)
    about = {"order": turn.frame.known("order"), "reason": Reason.NOT_SHIPPED}
    turn.remember(**about)
    turn.offer(Deed.OPEN_CLAIM, **about)
    turn.sayings.append(words_for(refusal))
    turn.frames.pop()
    return True


RECIPES[Deed.CANCEL] = Recipe(
    asked=_called_off, explain=_too_late, beside=_goes_back, keeps=("back_is",), fits=_may_be_called_off
)
