"""What would happen, shown exactly; then done by its quote's id, once, after a yes."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from actions.escrow_client import Answer, Refused, Unavailable
from actions.sayings import option, say, with_card
from actions.turn import Turn, step

CONFIRM = option("option.confirm", "affirm")
CANCEL = option("option.cancel", "deny")


@step("action_quote")
async def quote(turn: Turn) -> None:
    frame = turn.frame
    body = await asked_for(turn)
    try:
        answer = await turn.write("quotes", body=body)
    except Refused as refusal:
        if refusal.code not in ASK_ANEW:
            raise
        frame.ask(ASK_ANEW[refusal.code], problem=refusal.code)
        turn.say(f"refused.{refusal.code}", refusal.facts)
        return
    frame.row |= {"quote": answer["quote_id"], "asked": None, "problem": None}
    turn.sayings.append(with_card(say(f"quote.{answer['kind']}", answer, options=[CONFIRM, CANCEL]), "quote", answer))


ASK_ANEW = {"amount_above_cap": "amount", "amount_not_positive": "amount"}


async def asked_for(turn: Turn) -> Answer:
    """The body of the quote: the kind is the task's name."""
    frame = turn.frame
    if frame.task == "escalate":
        return {"kind": "escalate", "claim": frame.known("claim")}
    body = {"kind": frame.task, "order": frame.known("order"), "reason": frame.known("reason")}
    said = frame.said("amount") or {}
    if said.get("entity") == "share":
        return body | {"share": said["value"]}
    return body | {"amount": await money(turn, said["value"])}


async def money(turn: Turn, value: dict[str, Any]) -> dict[str, Any]:
    """An amount without a currency is in the order's own."""
    if value.get("minor") is not None:
        return {"minor": value["minor"], "currency": value["currency"]}
    order = await turn.read("orders", turn.frame.known("order"))
    currency = order["total"]["currency"]
    minor = Decimal(value["decimal"]).scaleb(get_currency_precision(currency))
    return {"minor": int(minor), "currency": currency}


@step("action_confirm_quote")
async def confirm(turn: Turn) -> None:
    frame = turn.frame
    quote_id = str(frame.quote)
    try:
        done = await turn.write("quotes", quote_id, "confirm", body={}, key=quote_id)
    except Unavailable:
        turn.say("trouble.confirm", options=[option("option.again", "affirm")])
        return
    turn.remember(order=done["order"], claim=done.get("claim"))
    turn.say(f"confirmed.{frame.task}", done)


@step("action_cancel_quote")
async def cancel(turn: Turn) -> None:
    turn.say(f"cancelled.{turn.frame.task}")
    turn.frame.row["quote"] = None
