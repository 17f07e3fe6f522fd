"""What is particular to each deed: how its quote is asked for, how a refusal is told.

A deed is registered under the name that its row in `data/tasks.yml` has as `deed`; all else stands there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from iso4217 import Currency

from actions import verdicts
from actions.claims import claim_status
from actions.escrow_client import Refused
from actions.sayings import Facts, plain
from actions.turn import Turn
from contract.answers import Money, Order, Quote
from contract.asked import Asked, Escalate, OpenClaim, Sum
from contract.codes import Code, Deed


async def _nothing(turn: Turn, quote: Quote) -> Facts:
    return {}


def _any(turn: Turn, order: Order) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Recipe:
    asked: Callable[[Turn], Awaitable[Asked]]
    """What the quote is asked with. Raises TooPrecise."""
    explain: Callable[[Turn, Refused], Awaitable[bool]]
    """Whether it has told why nothing can be done, and ended the task."""
    beside: Callable[[Turn, Quote], Awaitable[Facts]] = _nothing
    """Facts of this turn that its sentences name beside the quote's own."""
    keeps: tuple[str, ...] = ()
    """Those of them that are said again when it is done."""
    fits: Callable[[Turn, Order], bool] = _any
    """Whether it looks possible on that order: of several that may be meant, the others are not offered."""


RECIPES: dict[Deed, Recipe] = {}
FITS: dict[str, Callable[[Turn, Order], bool]] = {}
"""By task, what `Recipe.fits` is for one without a deed."""


def recipe(turn: Turn) -> Recipe:
    """That of the top task."""
    return RECIPES[Deed(str(turn.frame.deed))]


class TooPrecise(Exception):
    """The amount has more decimals than its currency; carries the least there is of it."""


async def _claim_wanted(turn: Turn) -> OpenClaim:
    frame = turn.frame
    order, reason, said = frame.known("order"), frame.known("reason"), frame.said("amount")
    assert said, "a claim is quoted when its amount is known"
    if said.entity == "share":
        return OpenClaim(order, reason, share=said.value)
    # A lone number was read as the end of an order id.
    value = {"decimal": said.value} if said.entity == "order_tail" else said.value
    return OpenClaim(order, reason, amount=await _sum(turn, value))


async def _sum(turn: Turn, value: dict[str, Any]) -> Sum:
    """An amount that was said without a currency is in the order's own. Raises TooPrecise, cuts nothing."""
    currency = value.get("currency")
    if currency is None:
        currency = (await turn.escrow.order(turn.frame.known("order"))).total.currency
    minor = Decimal(value["decimal"]).scaleb(int(Currency(currency).exponent or 0))
    if minor != int(minor):
        raise TooPrecise(plain(Money(1, currency)))
    return Sum(int(minor), currency)


async def _no_claim_possible(turn: Turn, refusal: Refused) -> bool:
    return await verdicts.can_claim(turn) is None


async def _claim_named(turn: Turn) -> Escalate:
    return Escalate(turn.frame.known("claim"))


async def _claim_moved_on(turn: Turn, refusal: Refused) -> bool:
    if refusal.code != Code.WRONG_STATE:
        return False
    await claim_status(turn)
    turn.frames.pop()
    return True


RECIPES[Deed.OPEN_CLAIM] = Recipe(asked=_claim_wanted, explain=_no_claim_possible)
RECIPES[Deed.ESCALATE] = Recipe(asked=_claim_named, explain=_claim_moved_on)
