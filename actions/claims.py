"""Claims: which one is meant, and where it stands."""

from typing import Any

from actions.escrow_client import Answer, Refused
from actions.sayings import Option, option, say, with_card
from actions.turn import Turn, step

OVER = ("closed", "decided", "resolved", "executing")


def choice(claim: Answer) -> Option:
    return option("option.claim", "inform", claim, claim_id=claim["id"])


def is_open(claim: Answer) -> bool:
    return not claim["state"].startswith(OVER)


@step("action_find_claim")
async def find_claim(turn: Turn) -> None:
    """Nothing said means the person's one open claim."""
    said = turn.frame.said("claim")
    found = await looked_up(turn, said)
    if len(found) == 1:
        turn.frame.resolve("claim", found[0]["id"])
    elif found:
        turn.frame.ask("claim", problem="several")
        turn.say("claim.several", options=[choice(claim) for claim in found])
    elif said is None:
        turn.drop()
        turn.say("claim.none", options=[option("option.list_orders", "list_orders")])
    else:
        turn.frame.ask("claim", problem="not_found")
        turn.say("claim.not_found")


async def looked_up(turn: Turn, said: dict[str, Any] | None) -> list[Answer]:
    if said and said["entity"] == "claim_id":
        try:
            return [await turn.read("claims", said["value"])]
        except Refused as refusal:
            if refusal.code == "not_found":
                return []
            raise
    order = turn.frame.known("order")
    claims: list[Answer] = (await turn.read("claims", order=order))["items"]
    return [claim for claim in claims if is_open(claim)] or claims


@step("action_claim_status")
async def claim_status(turn: Turn) -> None:
    claim = await turn.read("claims", turn.frame.known("claim"))
    turn.remember(claim=claim["id"], order=claim["order"])
    turn.sayings.append(with_card(say("claim.status", claim), "claim", claim))
