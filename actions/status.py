"""One order: where it stands, when its money goes out, and why it has not."""

from actions.moments import moments_of, situation
from actions.money import my_money, not_paid_out
from actions.sayings import Option, option
from actions.turn import Turn, step
from contract.answers import Order
from contract.codes import Deed, Role, What


@step("action_order_status")
async def order_status(turn: Turn) -> None:
    await tell_status(turn, turn.frame.known("order"))


async def tell_status(turn: Turn, id: str) -> None:
    order, facts = await moments_of(turn, id)
    turn.remember(order=order.id)
    if order.next.what is What.CLAIM_UNTIL:
        # Whose move it is says it already.
        facts["claim_is"] = f"none.{turn.role()}"
    turn.show("order", order, "order.status", facts)


@step("action_release_time")
async def release_time(turn: Turn) -> None:
    """When the money leaves escrow, and until when a claim is possible; of no order in particular, of all."""
    if turn.is_visitor():
        turn.say("money.in_general", await turn.programme())
    elif id := turn.frame.known("order"):
        await _tell(turn, "when", id)
    else:
        await my_money(turn)


@step("action_payout_problem")
async def payout_problem(turn: Turn) -> None:
    """Why the money has not arrived: of no order in particular, the one that is not paid out, or of all."""
    id = turn.frame.known("order")
    if id is None and turn.role() is Role.SUPPLIER:
        waiting = await not_paid_out(turn)
        id = waiting[0]["order"] if len(waiting) == 1 else None
    if id is None:
        await my_money(turn)
    else:
        await _tell(turn, "why", id)


async def _tell(turn: Turn, kind: str, id: str) -> None:
    order, facts = await moments_of(turn, id)
    turn.remember(order=order.id)
    facts |= {"release": (await turn.programme())["release"]}
    where, role = situation(order), turn.role()
    options = _while_held(order) if where == "by_silence" and role is Role.BUYER else []
    turn.show("order", order, f"money.{kind}.{where}.{role}", facts, options=options)


def _while_held(order: Order) -> list[Option]:
    """What the buyer can do while the money goes unless they say something."""
    deeds = [Deed.CONFIRM_RECEIPT, Deed.OPEN_CLAIM]
    if Role.BUYER not in order.extended_by:
        deeds.insert(1, Deed.EXTEND)
    return [option(f"option.{deed}", deed, order_id=order.id) for deed in deeds]
