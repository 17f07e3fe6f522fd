"""Claims as the interface shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contract import answers
from escrow import clocks
from escrow.claims import Claim
from escrow.clocks import Clock, Matter
from escrow.machines.claim import CLAIM
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import instant, money, next_move
from escrow.views.orders import load


def claim_views(work: Work, claims: Sequence[Claim], now: datetime) -> list[answers.Claim]:
    """However many, read with one statement for each noun."""
    orders = {order.id: order for order in work.orders.many({claim.order for claim in claims})}
    load(work, list(orders.values()))
    return [claim_view(work, claim, orders[claim.order], now) for claim in claims]


def claim_view(work: Work, claim: Claim, order: Order, now: datetime) -> answers.Claim:
    policy, timers = policy_of(work, order), work.timers.of(claim.id)
    answered = timers.get(Clock.RESPOND)
    matter = Matter(order, policy, claim, answered.started if answered else None)
    mediation, respond = clocks.auto_escalate(matter), clocks.respond(matter)
    assert mediation is not None
    return answers.Claim(
        id=claim.id,
        order=claim.order,
        state=claim.state,
        reason=claim.reason,
        amount=money(claim.amount),
        held=money(work.ledger.position(order).held_for(claim.id)),
        opened_at=instant(claim.opened_at),
        opened_by=claim.opened_by,
        respond_by=instant(respond.at if respond else None),
        escalatable_at=instant(clocks.escalatable(claim, policy)),
        auto_escalates_at=instant(mediation.at),
        offers=[],
        evidence=[],
        next=next_move(CLAIM, claim.state, order, policy, timers, now, claim),
    )
