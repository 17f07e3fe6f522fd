"""Where a claim stands, what is held for it, and what happens if nobody does anything."""

from actions.escrow_client import Answer
from actions.orders import move
from actions.turn import Turn, step

OVER = ("closed", "decided", "resolved", "executing")


@step("action_claim_status")
async def claim_status(turn: Turn) -> None:
    claim = await turn.read("claims", turn.frame.known("claim"))
    turn.remember(claim=claim["id"], order=claim["order"])
    wait = claim["silence"]
    codes = {"next": wait, "next_is": move(turn, wait), "held_is": held(claim)}
    turn.show("claim", claim, "claim.status", claim | codes)


def is_open(claim: Answer) -> bool:
    return not claim["state"].startswith(OVER)


def held(claim: Answer) -> str:
    """How much of what is claimed is kept back."""
    kept = (claim.get("held") or {}).get("minor")
    return "nothing" if not kept else "all" if claim["held"] == claim["amount"] else "part"
