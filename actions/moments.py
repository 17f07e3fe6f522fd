"""The two moments of an order's money: when it leaves escrow, and until when a claim is possible.

They differ: a claim is possible after a release too, but then nothing is held for it any more.
"""

import asyncio
from datetime import datetime

from actions.orders import PAYOUTS, facts_of, move, where_money_is
from actions.sayings import Facts, plain
from actions.turn import Turn
from contract.answers import Money, Next, Order, Verdict
from contract.codes import OrderState, Payer, VerdictCode

OVER = frozenset({OrderState.CANCELLED, OrderState.CLOSED, OrderState.REFUNDING, OrderState.REFUNDED})


async def moments_of(turn: Turn, id: str) -> tuple[Order, Facts]:
    """The order, and as facts: whose move it is, where its money is, and both moments."""
    order, verdict = await asyncio.gather(turn.escrow.order(id), turn.escrow.verdict(id))
    role = turn.role()
    codes: Facts = {"next_is": move(turn, order.next), "money_is": f"{where_money_is(order)}.{role}"}
    codes |= {"itself_is": f"{'badge' if order.supplier.badge else 'no_badge'}.{role}"}
    codes |= {"claim_is": f"{when_to_claim(order, verdict)}.{role}"}
    codes |= {"again_is": _again(order.next), "rest": plain(_unclaimed(order))}
    return order, facts_of(order) | codes


def _again(wait: Next) -> str:
    """Whether it is known by when a payout is made again, and whether that has passed."""
    return "open" if wait.by is None else "past" if wait.overdue else "by"


def when_to_claim(order: Order, verdict: Verdict) -> str:
    """Which sentence says until when a claim is possible, and what is held for it then."""
    if order.state in OVER:
        return "none"
    if not order.money.paid.minor:
        return "from_delivery"
    if verdict.code is VerdictCode.WINDOW_CLOSED:
        return "over" if order.claim_until else "none"
    if not order.delivered_at:
        return _before_delivery(order, verdict)
    if not verdict.eligible or not order.claim_until:
        return "none"
    if verdict.payer is not Payer.ESCROW:
        return "kept_back" if verdict.payer is Payer.UNPAID_SUPPLIER else "nothing_held"
    if order.release_at is None:
        return "held"
    return "after_release" if order.release_at < order.claim_until.at else "until_release"


def _before_delivery(order: Order, verdict: Verdict) -> str:
    if verdict.code is VerdictCode.NOT_YET_DUE:
        return "not_late"
    if not verdict.eligible:
        return "from_delivery"
    if order.shipped_at:
        return "late"
    days = [datetime.fromisoformat(day) for day in (order.ship_by, order.promised_at) if day]
    return "unsent" if days and datetime.fromisoformat(verdict.facts.now) >= min(days) else "from_delivery"


def situation(order: Order) -> str:
    """What the money waits for, or has come to."""
    money, payout = order.money, order.payout
    if not money.paid.minor:
        return "unpaid"
    if money.on_claim.minor:
        if money.on_claim == money.held:
            return "claimed"
        return "claimed_in_part" if order.release_at else "claimed_and_held"
    if money.held.minor:
        if not order.delivered_at:
            return "before_delivery"
        return "by_silence" if order.release_at else "not_told"
    if money.refunded == money.paid:
        return "refunded"
    return PAYOUTS[payout.state] if payout else "payout_pending"


def _unclaimed(order: Order) -> Money:
    return Money(order.money.held.minor - order.money.on_claim.minor, order.money.held.currency)
