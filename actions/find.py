"""Which order, which claim: found by what people remember of them; of several the person is asked which."""

import re
from collections.abc import Awaitable
from typing import TypeVar

from actions.claims import choices, is_open
from actions.deeds import FITS, recipe
from actions.escrow_client import Refused
from actions.orders import offer
from actions.sayings import ORDERS
from actions.status import tell_status
from actions.turn import Turn, step
from contract.answers import Claim, Order
from contract.codes import Code
from contract.dialogue import Mention

T = TypeVar("T")
WORDS = "words"
"""What was said beside the values: it may name an order, or nothing (docs/slots.md)."""


@step("action_find_order")
async def find_order(turn: Turn) -> None:
    """Another's order and one that does not exist get the same words, and the number is not repeated."""
    said = turn.frame.said("order")
    found = await named(turn, said) if said else await _choice(turn)
    fitting = _fitting(turn, found, said)
    if found and not said and not fitting and turn.frame.deed:
        turn.say(f"nothing.{turn.frames.pop().deed}", options=ORDERS)
        turn.offer("list_orders")
        return
    found = fitting or found
    if len(found) == 1:
        turn.frame.resolve("order", found[0].id)
    elif found:
        turn.frame.ask("order", problem="several" if said else None)
        key = "order.several" if said else f"ask.{turn.frame.task}.order"
        turn.say(key, options=offer(found))
    elif said:
        _not_found(turn, said.entity)
    elif before := turn.frame.before("order"):
        turn.frame.resolve("order", before)
        turn.say("order.no_other")
    else:
        turn.frames.pop()
        turn.say("order.none")


def _fitting(turn: Turn, found: list[Order], said: Mention | None) -> list[Order]:
    """Those on which the task's deed looks possible. One that is named by its id is meant."""
    frame = turn.frame
    fits = recipe(turn).fits if frame.deed else FITS.get(frame.task)
    if fits is None or (said and said.entity == "order_id"):
        return found
    return [order for order in found if fits(turn, order)]


def _not_found(turn: Turn, kind: str) -> None:
    """Words that were only tried are `lost`; a number that ends no order may be meant as the amount."""
    if kind == WORDS:
        turn.frame.problem = "lost"
    elif kind != "order_tail" or not turn.frame.means_amount():
        turn.frame.ask("order", problem=Code.NOT_FOUND)
        turn.say("order.not_found", options=ORDERS)


async def _choice(turn: Turn) -> list[Order]:
    """All of theirs, or those among which one was offered; never the one that it is not."""
    among, before = turn.frame.among, turn.frame.before("order")
    orders = [order for order in await turn.escrow.orders() if order.id != before]
    return [order for order in orders if not among or order.id in among]


async def named(turn: Turn, said: Mention) -> list[Order]:
    kind, value, escrow = said.entity, said.value, turn.escrow
    if kind == "order_id":
        return await _one(escrow.order(str(value)))
    if kind == "amount":
        return await escrow.orders(amount=value["decimal"], currency=value.get("currency"))
    if kind == "order_tail":
        ending = [order for order in await escrow.orders(q=value) if order.id.endswith(value)]
        return ending or await escrow.orders(amount=value)
    if kind == WORDS:
        return _of_words(await escrow.orders(), value.split(), whole=bool(turn.recent.get("order")))
    return await escrow.orders(**{"supplier" if kind == "supplier" else "q": str(value)})


def _of_words(orders: list[Order], words: list[str], *, whole: bool) -> list[Order]:
    """Those of whose goods or supplier most is said; `whole`: all of a name, as an order was talked about."""
    said = {_stem(word) for word in words}
    hits: dict[str, int] = {}
    for order in orders:
        names = [order.supplier.name, *(line.title for line in order.lines)]
        stems = [{_stem(word) for word in re.findall(r"\w{3,}", name.lower())} for name in names]
        hits[order.id] = max(len(one & said) if one <= said or not whole else 0 for one in stems)
    most = max(hits.values(), default=0)
    return [order for order in orders if most and hits[order.id] == most]


def _stem(word: str) -> str:
    return re.sub("(?<=[xhsz])es$|s$", "", word)


async def _one(asked: Awaitable[T]) -> list[T]:
    try:
        return [await asked]
    except Refused as refusal:
        if refusal.code != Code.NOT_FOUND:
            raise
        return []


@step("action_find_claim")
async def find_claim(turn: Turn) -> None:
    """Nothing said means the person's one open claim, else their one claim."""
    said = turn.frame.said("claim")
    found = await _claims(turn, said)
    if len(found) == 1:
        turn.frame.resolve("claim", found[0].id)
    elif found:
        turn.frame.ask("claim", problem="several")
        turn.say("claim.several", options=choices(found, "inform"))
    elif said:
        turn.frame.ask("claim", problem=Code.NOT_FOUND)
        turn.say("claim.not_found", options=ORDERS)
    elif order := turn.frame.known("order"):
        # Who asks for their refund may have cancelled: the order says where its money is.
        await tell_status(turn, order)
        turn.frames.pop()
    else:
        turn.frames.pop()
        turn.say("claim.none", options=ORDERS)


async def _claims(turn: Turn, said: Mention | None) -> list[Claim]:
    if said and said.entity == "claim_id":
        return await _one(turn.escrow.claim(str(said.value)))
    claims = await turn.escrow.claims(order=turn.frame.known("order"))
    return list(filter(is_open, claims)) or claims
