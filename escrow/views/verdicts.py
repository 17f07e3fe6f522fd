"""What a verdict depends on, gathered; with some of it supposed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import structs

from contract.codes import Reason
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.policy import Policy
from escrow.position import Position
from escrow.store.work import Work
from escrow.verdicts import Facts


def verdict_facts(work: Work, order: Order, now: datetime, reason: Reason | None) -> Facts:
    policy, claim = policy_of(work, order), work.claims.open_of(order.id)
    return gathered(order, work.ledger.position(order), policy, now, reason, claim.id if claim else None)


def gathered(
    order: Order,
    position: Position,
    policy: Policy,
    now: datetime,
    reason: Reason | None,
    open_claim: str | None = None,
) -> Facts:
    return Facts(
        order=order.id,
        state=order.state,
        now=now,
        tier=order.tier,
        window_days=policy.claim.window_days[order.tier],
        zones=(policy.zone, order.zone),
        currency=order.currency,
        paid=position.paid.minor,
        refunded=position.refunded.minor,
        held=position.held.minor,
        unpaid=position.unpaid.minor,
        policy_version=policy.version,
        reason=reason,
        promised_at=order.promised_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        open_claim=open_claim,
    )


def supposed(facts: Facts, policy: Policy, **what_if: Any) -> Facts:
    """The same facts under a condition, marked as such."""
    given = {name: value for name, value in what_if.items() if value is not None}
    if not given:
        return facts
    window = policy.claim.window_days[given.get("tier", facts.tier)]
    return structs.replace(facts, hypothetical=True, window_days=window, **given)
