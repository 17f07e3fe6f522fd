"""On-time credits of orders that were paid before their program knew of them."""

from __future__ import annotations

from escrow import engine
from escrow.credits import promised
from escrow.engine import SYSTEM
from escrow.machines.credit import CreditEvent
from escrow.policies import policy_of
from escrow.store.work import Work

AT_ONCE = 100


def promise_missing(work: Work) -> bool:
    """Some of them, from now on; False when there were none left."""
    found, now = work.credits.unpromised(AT_ONCE), work.records.now()
    for id in found:
        order = work.orders.lock(id)
        credit = promised(order, policy_of(work, order), work.ledger.position(order).paid, now)
        credit = engine.begin(work, credit, CreditEvent.PROMISE, order, actor=SYSTEM, at=now)
        if order.delivered_at and engine.is_possible(work, credit, CreditEvent.ORDER_CAME, order, at=now):
            engine.apply(work, credit, CreditEvent.ORDER_CAME, order, actor=SYSTEM, at=now)
    return bool(found)
