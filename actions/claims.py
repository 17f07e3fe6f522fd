"""Where a claim stands, what is held for it, and what happens if nobody does anything."""

from actions.orders import move
from actions.sayings import Option, option, person, plain
from actions.turn import Turn, step
from contract.answers import Claim, Money
from contract.codes import ClaimState

OPEN = frozenset({ClaimState.AWAITING_SUPPLIER, ClaimState.NEGOTIATING, ClaimState.IN_MEDIATION})


@step("action_claim_status")
async def claim_status(turn: Turn) -> None:
    tell(turn, await turn.escrow.claim(turn.frame.known("claim")))


def tell(turn: Turn, claim: Claim) -> None:
    turn.remember(claim=claim.id, order=claim.order)
    codes = {"next_is": move(turn, claim.next), "held_is": held(claim.held, of=claim.amount)}
    turn.show("claim", claim, "claim.status", plain(claim) | codes)


@step("action_for_supplier")
async def for_supplier(turn: Turn) -> None:
    """Instead of a task that is a buyer's: the claims that wait for the supplier, if that may be meant."""
    said = turn.frames.pop().said("order")
    number = str(said.value) if said and said.entity in ("order_id", "order_tail") else ""
    claims = await turn.escrow.claims()
    mine = [claim for claim in claims if is_open(claim) and claim.order.endswith(number)]
    if not mine:
        turn.say("claim.for_buyers", options=[person()])
    elif len(mine) == 1:
        tell(turn, mine[0])
    else:
        turn.say("claim.several", options=choices(mine, "claim_status"))


def choices(claims: list[Claim], intent: str) -> list[Option]:
    return [option("option.claim", intent, plain(claim), claim_id=claim.id) for claim in claims]


def is_open(claim: Claim) -> bool:
    return claim.state in OPEN


def held(kept: Money | None, *, of: Money | None) -> str:
    """How much of what is claimed is kept back."""
    if kept is None or not kept.minor:
        return "nothing"
    return "all" if kept == of else "part"
