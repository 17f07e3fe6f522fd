"""What is particular to each deed: how its quote is asked for, how a refusal is told, how it is seen as done.

A deed is registered under the name that its row in `data/tasks.yml` has as `deed`; all else stands there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from iso4217 import Currency

from actions import verdicts
from actions.claims import claim_status, is_open
from actions.escrow_client import Answer, Refused
from actions.turn import Turn


@dataclass(frozen=True, kw_only=True)
class Recipe:
    body: Callable[[Turn], Awaitable[Answer]]
    """The quote's body without its kind. Raises TooPrecise."""
    explain: Callable[[Turn, Refused], Awaitable[bool]]
    """Whether it has told why nothing can be done, and ended the task."""
    done: Callable[[Turn], Awaitable[Answer | None]]
    """The claim that is there only if the quote was confirmed: before it, there was none of that kind."""


RECIPES: dict[str, Recipe] = {}


class TooPrecise(Exception):
    """The amount has more decimals than its currency; carries the least there is of it."""


async def _claim_body(turn: Turn) -> Answer:
    frame = turn.frame
    body = {"order": frame.known("order"), "reason": frame.known("reason")}
    said = frame.said("amount")
    assert said, "a claim is quoted when its amount is known"
    if said.entity == "share":
        return body | {"share": said.value}
    # A lone number was read as the end of an order id.
    value = {"decimal": said.value} if said.entity == "order_tail" else said.value
    return body | {"amount": await _money(turn, value)}


async def _money(turn: Turn, value: dict[str, Any]) -> Answer:
    """An amount that was said without a currency is in the order's own. Raises TooPrecise, cuts nothing."""
    currency = value.get("currency")
    if currency is None:
        currency = (await turn.read("orders", turn.frame.known("order")))["total"]["currency"]
    minor = Decimal(value["decimal"]).scaleb(int(Currency(currency).exponent or 0))
    if minor != int(minor):
        raise TooPrecise({"minor": 1, "currency": currency})
    return {"minor": int(minor), "currency": currency}


async def _no_claim_possible(turn: Turn, refusal: Refused) -> bool:
    return await verdicts.can_claim(turn) is None


async def _open_claim(turn: Turn) -> Answer | None:
    claims: list[Answer] = (await turn.read("claims", order=turn.frame.known("order")))["items"]
    return next(filter(is_open, claims), None)


async def _claim_named(turn: Turn) -> Answer:
    return {"claim": turn.frame.known("claim")}


async def _claim_moved_on(turn: Turn, refusal: Refused) -> bool:
    if refusal.code != "wrong_state":
        return False
    await claim_status(turn)
    turn.frames.pop()
    return True


async def _claim_in_mediation(turn: Turn) -> Answer | None:
    claim = await turn.read("claims", turn.frame.known("claim"))
    return claim if claim["state"] == "in_mediation" else None


RECIPES["open_claim"] = Recipe(body=_claim_body, explain=_no_claim_possible, done=_open_claim)
RECIPES["escalate"] = Recipe(body=_claim_named, explain=_claim_moved_on, done=_claim_in_mediation)
