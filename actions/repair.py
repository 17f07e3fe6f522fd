"""Asking, asking again, leaving, and what to say when a message was not understood."""

from actions import find, quotes, verdicts
from actions.sayings import Option, option, person
from actions.turn import Turn, step
from contract.codes import Deed, Reason
from contract.dialogue import Phase

SHARES = {"all": "1/1", "half": "1/2"}
NO_SUMS = ("quantity", "figure")
"""What is said where a sum is asked for and is none (`refuses` in tasks.yml)."""
MISSES = ("first", "second", "third")
CHOICES = [option(f"option.{name}", name) for name in ("list_orders", "request_refund", Deed.OPEN_CLAIM)]


@step("action_ask")
@step("action_ask_again")
async def ask(turn: Turn) -> None:
    """The open question of the top task; a person with one order or one claim is not asked which."""
    name = str(turn.frame.asked)
    if turn.frame.phase is Phase.QUOTED or name == "quote":
        quotes.ask_again(turn)
    elif name in ("order", "claim"):
        await (find.find_order if name == "order" else find.find_claim)(turn)
    elif name == "amount":
        await ask_amount(turn)
    else:
        options = [option(f"option.reason.{reason}", "inform", reason=reason) for reason in Reason]
        facts = {"order": turn.frame.known("order")}
        turn.say(f"ask.{turn.frame.task}.{name}", facts, options=options if name == "reason" else [])


async def ask_amount(turn: Turn) -> None:
    """With the most that can be claimed; where nothing can be, the verdict is the answer."""
    problem = turn.frame.problem
    key = f"amount.{problem}" if problem in NO_SUMS else f"ask.{turn.frame.task}.amount"
    if verdict := await verdicts.can_claim(turn):
        options = [option(f"option.share.{share}", "inform", share=part) for share, part in SHARES.items()]
        turn.say(key, verdicts.facts_of(verdict), options=options)


@step("action_left")
async def left(turn: Turn) -> None:
    turn.say(f"left.{turn.frame.task}")


@step("action_fallback")
async def fallback(turn: Turn) -> None:
    """Counts misses in a row; whoever understands the next message sets the slot back.

    The third question that is none of ours was understood well, and gets the choices with its own answer.
    """
    turn.misses += 1
    nth = MISSES[min(turn.misses, len(MISSES)) - 1]
    key = "out_of_scope" if turn.intent == "out_of_scope" else f"fallback.{nth}"
    turn.say(key, options=[*CHOICES, person()] if nth == "third" else [])


@step("action_readings")
async def readings(turn: Turn) -> None:
    names: list[str] = turn.message.get("readings") or []
    options: list[Option] = [option(f"reading.{name}", name) for name in names]
    turn.say("readings", options=options)
