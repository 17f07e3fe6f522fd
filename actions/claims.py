"""Where a claim stands, what is held for it, and what happens if nobody does anything."""

from actions.escrow_client import Answer
from actions.orders import move
from actions.sayings import Option, option, person
from actions.turn import Turn, step

OVER = ("closed", "decided", "resolved", "executing")


@step("action_claim_status")
async def claim_status(turn: Turn) -> None:
    tell(turn, await turn.read("claims", turn.frame.known("claim")))


def tell(turn: Turn, claim: Answer) -> None:
    turn.remember(claim=claim["id"], order=claim["order"])
    wait = claim["silence"]
    codes = {"next": wait, "next_is": move(turn, wait), "held_is": held(claim)}
    turn.show("claim", claim, "claim.status", claim | codes)


@step("action_for_supplier")
async def for_supplier(turn: Turn) -> None:
    """Instead of a task that is a buyer's: the claims that wait for the supplier, if that may be meant."""
    said = turn.frames.pop().said("order") or {}
    number = str(said["value"]) if said.get("entity") in ("order_id", "order_tail") else ""
    claims: list[Answer] = (await turn.read("claims"))["items"]
    mine = [claim for claim in claims if is_open(claim) and claim["order"].endswith(number)]
    if not mine:
        turn.say("claim.for_buyers", options=[person()])
    elif len(mine) == 1:
        tell(turn, mine[0])
    else:
        turn.say("claim.several", options=choices(mine, "claim_status"))


def choices(claims: list[Answer], intent: str) -> list[Option]:
    return [option("option.claim", intent, claim, claim_id=claim["id"]) for claim in claims]


def is_open(claim: Answer) -> bool:
    return not claim["state"].startswith(OVER)


def held(claim: Answer) -> str:
    """How much of what is claimed is kept back."""
    kept = (claim.get("held") or {}).get("minor")
    return "nothing" if not kept else "all" if claim["held"] == claim["amount"] else "part"
