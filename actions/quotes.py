"""What would happen, shown exactly; then done by its quote's id, once, after a yes."""

from decimal import Decimal
from typing import Any

from iso4217 import Currency

from actions import verdicts
from actions.claims import claim_status, held, is_open
from actions.escrow_client import Refused, Unavailable
from actions.refusals import words_for
from actions.sayings import option, person, plain, say
from actions.turn import Turn, step
from contract.answers import Claim, Money
from contract.asked import Asked, Escalate, OpenClaim, Sum
from contract.codes import ClaimState, Code, Deed

YES_OR_NO = [option("option.confirm", "affirm"), option("option.cancel", "deny")]
ASK_ANEW = dict.fromkeys((Code.AMOUNT_ABOVE_CAP, Code.AMOUNT_NOT_POSITIVE, Code.WRONG_CURRENCY), "amount")


@step("action_quote")
async def quote(turn: Turn) -> None:
    try:
        answer = await turn.quote(await _wanted(turn))
    except TooPrecise as least:
        turn.frame.ask("amount", problem="too_precise")
        turn.say("amount.too_precise", {"least": least.args[0]})
        return
    except Refused as refusal:
        await _refused(turn, refusal)
        return
    facts = answer | {"held_is": held(answer["effect"])}
    shown = {"order": answer["order"], "claim": answer.get("claim"), "amount": answer["effect"]["amount"]}
    turn.frame.show(answer["quote_id"], shown)
    turn.show("quote", answer, f"quote.{answer['kind']}", facts, options=YES_OR_NO)


def ask_again(turn: Turn) -> None:
    """The question of the quote alone: its card and its sentences stand in the conversation already."""
    what = turn.frame.task if turn.frame.quote else "quote"
    turn.say(f"ask_again.{what}", turn.frame.shown, options=YES_OR_NO)


async def _refused(turn: Turn, refusal: Refused) -> None:
    """A value that is refused is asked anew; where nothing can be done, the verdict or the claim says why."""
    if refusal.code in ASK_ANEW:
        turn.frame.ask(ASK_ANEW[Code(refusal.code)], problem=refusal.code)
        turn.sayings.append(words_for(refusal))
    elif turn.frame.task == Deed.ESCALATE and refusal.code == Code.WRONG_STATE:
        await claim_status(turn)
        turn.frames.pop()
    elif turn.frame.task != Deed.OPEN_CLAIM or await verdicts.can_claim(turn):
        raise refusal


async def _wanted(turn: Turn) -> Asked:
    """What the top task, which has its deed's name, asks for."""
    frame = turn.frame
    if frame.task == "escalate":
        return {"kind": "escalate", "claim": frame.known("claim")}
    body = {"kind": frame.task, "order": frame.known("order"), "reason": frame.known("reason")}
    said = frame.said("amount")
    assert said, "a claim is quoted when its amount is known"
    if said.entity == "share":
        return body | {"share": said.value}
    # A lone number was read as the end of an order id.
    value = {"decimal": said.value} if said.entity == "order_tail" else said.value
    return body | {"amount": await _money(turn, value)}


class TooPrecise(Exception):
    """The amount has more decimals than its currency; carries the least there is of it."""


async def _money(turn: Turn, value: dict[str, Any]) -> Sum:
    """An amount that was said without a currency is in the order's own. Raises TooPrecise, cuts nothing."""
    currency = value.get("currency")
    if currency is None:
        currency = (await turn.escrow.order(turn.frame.known("order"))).total.currency
    minor = Decimal(value["decimal"]).scaleb(int(Currency(currency).exponent or 0))
    if minor != int(minor):
        raise TooPrecise(plain(Money(1, currency)))
    return Sum(int(minor), currency)


@step("action_confirm_quote")
async def confirm(turn: Turn) -> None:
    """Done or not, an answer that got lost is asked for again by the same yes: the key is the quote's id."""
    frame, quote_id = turn.frame, str(turn.frame.quote)
    try:
        done = await turn.escrow.confirm(str(frame["quote"]))
    except Unavailable:
        turn.say("trouble.confirm", options=[option("option.again", "affirm")])
        return
    except Refused as refusal:
        _not_done(turn, refusal)
        return
    frame.end()
    turn.remember(order=done["order"], claim=done.get("claim"))
    # A write that was done is told also when a person has taken over meanwhile.
    turn.sayings.append(say(f"confirmed.{frame.task}", plain(done)) | {"done": True})


def _not_done(turn: Turn, refusal: Refused) -> None:
    """An unseen quote stays for the next yes; one that ran out or is not true any more can be made anew."""
    turn.sayings.append(words_for(refusal))
    if refusal.code in (Code.QUOTE_EXPIRED, Code.QUOTE_CHANGED):
        turn.frame.ask("quote", problem=refusal.code)
    elif refusal.code != "quote_not_shown":
        turn.frame.end()


@step("action_cancel_quote")
async def cancel(turn: Turn) -> None:
    """An earlier yes may have been done although its answer got lost: escrow knows, and is asked."""
    frame = turn.frame
    try:
        done = await _done_already(turn)
    except Unavailable:
        turn.say("trouble.cancel", options=[person()])
    else:
        about = {"claim": done.id, "order": done.order} if done else {}
        turn.remember(**about)
        turn.say(f"{'done_already' if done else 'cancelled'}.{frame.task}", about)
    frame.end()


async def _done_already(turn: Turn) -> Claim | None:
    """The claim that is there only if the quote was confirmed: before it, there was none of that kind."""
    frame = turn.frame
    if frame.task == Deed.ESCALATE:
        claim = await turn.escrow.claim(frame.known("claim"))
        return claim if claim.state is ClaimState.IN_MEDIATION else None
    claims = await turn.escrow.claims(order=frame.known("order"))
    return next(filter(is_open, claims), None)
