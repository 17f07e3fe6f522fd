"""Asking, asking again, leaving, and what to say when a message was not understood."""

from actions import claims, orders
from actions.sayings import Option, option, person
from actions.turn import Turn, step

REASONS = ("damaged", "defective", "missing", "wrong_item", "not_delivered", "not_shipped", "terms_not_met", "other")
SHARES = {"all": "1/1", "half": "1/2"}
OWN_QUESTION = {"open_claim": ("order", "reason", "amount"), "order_status": ("order",), "delivery_delay": ("order",)}


@step("action_ask")
async def ask(turn: Turn) -> None:
    """The question is the frame's `asked`; a person with one order is not asked which."""
    name = str(turn.frame.asked)
    if name == "order":
        await orders.ask_which(turn)
        return
    turn.say(f"ask.{turn.frame.task}.{name}", options=await options_for(turn, name))


async def options_for(turn: Turn, name: str) -> list[Option]:
    if name == "reason":
        return [option(f"option.reason.{reason}", "inform", reason=reason) for reason in REASONS]
    if name == "amount":
        return [option(f"option.share.{share}", "inform", share=part) for share, part in SHARES.items()]
    return []


@step("action_ask_again")
async def ask_again(turn: Turn) -> None:
    await ask(turn)


@step("action_left")
async def left(turn: Turn) -> None:
    turn.say(f"left.{turn.frame.task}")


MISSES = ("first", "second", "third")


@step("action_fallback")
async def fallback(turn: Turn) -> None:
    """Counts misses in a row in the slot `misses`; whoever understands the next message sets it back."""
    misses = int(turn.slots.get("misses") or 0) + 1
    turn.set["misses"] = misses
    known = MISSES[min(misses, len(MISSES)) - 1]
    turn.say(f"fallback.{known}", options=choices() if known == "third" else [])


def choices() -> list[Option]:
    return [
        option("option.list_orders", "list_orders"),
        option("option.request_refund", "request_refund"),
        option("option.open_claim", "open_claim"),
        option("option.capabilities", "capabilities"),
        person(),
    ]


@step("action_readings")
async def readings(turn: Turn) -> None:
    names = turn.message.get("readings") or []
    turn.say("readings", options=[option(f"reading.{name}", name) for name in names])
