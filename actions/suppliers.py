"""What a supplier is told who asks for a buyer's deed: whose word it takes, and when the money comes."""

from __future__ import annotations

from actions.find import named
from actions.status import release_time
from actions.turn import Turn, step


@step("action_order_for_supplier")
async def order_for_supplier(turn: Turn) -> None:
    """Of what was named or talked about; of no order in particular, of all."""
    said = turn.frame.said("order")
    orders = await named(turn, said) if said else []
    if len(orders) == 1:
        turn.frame.resolve("order", orders[0].id)
    elif said:
        turn.frame.values = {}
    turn.say("order.for_buyers")
    await release_time(turn)
    turn.frames.pop()
