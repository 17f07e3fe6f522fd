"""Receipt: confirmed, told or not there yet, and how long the money still waits for it."""

from __future__ import annotations

from actions.deeds import FITS, RECIPES, Recipe
from actions.delivery import delivery_delay
from actions.escrow_client import Refused
from actions.moments import moments_of
from actions.order_deeds import CLAIMABLE, STANDS, cannot, claimable
from actions.sayings import Facts, option
from actions.turn import Turn, step
from contract.answers import Order, Quote
from contract.asked import Arrived, ConfirmReceipt, Extend
from contract.codes import Code, Deed, OrderState

YES = "yes"
WAITING = frozenset({OrderState.SHIPPED, OrderState.DELIVERED})
"""Its money waits for the buyer's word."""


def waits(turn: Turn, order: Order) -> bool:
    return order.state in WAITING and bool(order.money.held.minor)


def _is_on_its_way(turn: Turn, order: Order) -> bool:
    return order.state is OrderState.SHIPPED


async def _received(turn: Turn) -> ConfirmReceipt:
    return ConfirmReceipt(turn.frame.known("order"))


async def _claim_afterwards(turn: Turn, quote: Quote) -> Facts:
    return await claimable(turn, await turn.escrow.order(str(quote.order)))


async def _more_time(turn: Turn) -> Extend:
    return Extend(turn.frame.known("order"))


async def _later(turn: Turn, quote: Quote) -> Facts:
    """Which of both moments moves, and that a claim's last day does not."""
    facts = await _claim_afterwards(turn, quote)
    if quote.effect.new_state == OrderState.SHIPPED:
        later = quote.preview.get("receipt_at")
        more = {"more_is": "receipt.by" if later else "receipt.open", "claim_is": "over"}
        return facts | more | {"later_is": "receipt" if later else "open", "later": later}
    later = quote.preview.get("release_at")
    more = {"more_is": "release.by" if later else "release.open"}
    return facts | more | {"later_is": "release" if later else "open", "later": later}


async def _word(turn: Turn) -> Arrived:
    return Arrived(turn.frame.known("order"), yes=_has_come(turn))


def _has_come(turn: Turn) -> bool:
    return bool(turn.frame.known("arrival") == YES)


async def _said(turn: Turn, quote: Quote) -> Facts:
    facts = await _claim_afterwards(turn, quote)
    more = f"more_days.{'by' if quote.preview else 'open'}" if quote.effect.extension_days else "looked_into"
    return facts | {
        "arrived_is": "come" if _has_come(turn) else more,
        "release": (await turn.programme())["release"],
    }


async def _not_so(turn: Turn, refusal: Refused) -> bool:
    """Not there, and not asked about: how late it is. There already: whether all is well with it."""
    if not _has_come(turn) and refusal.code in (Code.WRONG_STATE, Code.NOT_ASKED_YET):
        await delivery_delay(turn)
        turn.frames.pop()
        return True
    order = turn.frame.known("order")
    if not await cannot(turn, refusal):
        return False
    if STANDS[(await turn.escrow.order(order)).state] == "there":
        turn.offer(Deed.CONFIRM_RECEIPT, order=order)
    return True


RECIPES[Deed.CONFIRM_RECEIPT] = Recipe(
    asked=_received, explain=cannot, beside=_claim_afterwards, keeps=CLAIMABLE, fits=waits
)
RECIPES[Deed.EXTEND] = Recipe(
    asked=_more_time, explain=cannot, beside=_later, keeps=(*CLAIMABLE, "later_is", "later"), fits=waits
)
RECIPES[Deed.ARRIVED] = Recipe(
    asked=_word, explain=_not_so, beside=_said, keeps=(*CLAIMABLE, "arrived_is"), fits=_is_on_its_way
)


FITS["release_or_claim"] = waits


@step("action_release_or_claim")
async def release_or_claim(turn: Turn) -> None:
    """Something was said against letting the money go: it is asked what is wanted."""
    order, facts = await moments_of(turn, turn.frame.known("order"))
    turn.remember(order=order.id, reason=turn.frame.known("reason"))
    wanted = [
        option("option.open_claim", Deed.OPEN_CLAIM, order_id=order.id),
        option("option.extend", Deed.EXTEND, order_id=order.id),
        option("option.confirm_receipt", Deed.CONFIRM_RECEIPT, order_id=order.id),
    ]
    turn.say("release_or_claim", facts, options=wanted if waits(turn, order) else wanted[:1])
