"""The credit that a late order brings under the On-time Delivery Guarantee."""

from __future__ import annotations

from actions.deeds import RECIPES, Recipe
from actions.escrow_client import Refused
from actions.order_deeds import cannot
from actions.orders import facts_of
from actions.sayings import Facts
from actions.turn import Turn
from contract.answers import Order, Quote
from contract.asked import OntimeCredit
from contract.codes import Deed, Protection


def _is_guaranteed(turn: Turn, order: Order) -> bool:
    return Protection.ONTIME_GUARANTEE in order.protections


async def _wanted(turn: Turn) -> OntimeCredit:
    return OntimeCredit(turn.frame.known("order"))


async def _how_long(turn: Turn, quote: Quote) -> Facts:
    order = await turn.escrow.order(str(quote.order))
    until = {"at": quote.preview.get("expires_at"), "zone": quote.effect.expires_at_zone}
    return facts_of(order) | {"credit_until": until, "credit_is": quote.effect.new_state}


async def _none(turn: Turn, refusal: Refused) -> bool:
    turn.remember(order=turn.frame.known("order"))
    return await cannot(turn, refusal)


RECIPES[Deed.ONTIME_CREDIT] = Recipe(
    asked=_wanted,
    explain=_none,
    beside=_how_long,
    keeps=("credit_is", "credit_until"),
    fits=_is_guaranteed,
)
