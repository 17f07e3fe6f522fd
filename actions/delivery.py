"""Late or on its way: the promised day, the guarantee if the order carries it, and what is possible now."""

from datetime import datetime, tzinfo

from actions.orders import facts_of
from actions.sayings import option
from actions.turn import Turn, step
from contract.answers import Order
from contract.codes import CreditState, Deed, OrderState, Protection, Reason

NOT_SENT = frozenset(
    {
        OrderState.AWAITING_PAYMENT,
        OrderState.FUNDED,
    }
)


@step("action_delivery_delay")
async def delivery_delay(turn: Turn) -> None:
    order = await turn.escrow.order(turn.frame.known("order"))
    verdict = await turn.escrow.verdict(order.id, reason=Reason.NOT_DELIVERED)
    late = days_late(order, verdict.facts.now, turn.zone())
    claimable = verdict.eligible and not order.delivered_at
    turn.remember(order=order.id, reason=Reason.NOT_DELIVERED if claimable else None)
    turn.offer(Deed.OPEN_CLAIM if claimable else None, order=order.id, reason=Reason.NOT_DELIVERED)
    marked = Protection.ONTIME_GUARANTEE in order.protections
    facts = facts_of(order) | {"days_late": late, "claim_is": "possible" if claimable else "none"}
    facts |= {"guarantee_is": "late" if marked and late > 0 else "marked" if marked else "none"}
    if marked:
        facts["ontime"] = (await turn.programme())["ontime"]
    options = [option("option.open_claim", Deed.OPEN_CLAIM)] if claimable else []
    # Suppliers are shown no credit.
    if order.credit and order.credit.state is CreditState.ELIGIBLE:
        options.append(option("option.ontime_credit", Deed.ONTIME_CREDIT, order_id=order.id))
    turn.show("order", order, f"delay.{where_it_is(order, late)}", facts, options=options)


def where_it_is(order: Order, late: int) -> str:
    if order.delivered_at:
        return "arrived"
    if order.state in NOT_SENT:
        return "not_sent" if order.paid_at else "not_paid"
    if order.state is not OrderState.SHIPPED:
        return "ended"
    return "late" if late > 0 else "on_its_way"


def days_late(order: Order, now: str, zone: tzinfo) -> int:
    """Whole days on the person's calendar from the promised day to today; 0 while it is not over."""
    if not order.promised_at:
        return 0
    days = [datetime.fromisoformat(instant).astimezone(zone).date() for instant in (order.promised_at, now)]
    return max(0, (days[1] - days[0]).days)
