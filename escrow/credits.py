"""On-time credit: what the platform owes a buyer for a late order, to be spent on a later one."""

from __future__ import annotations

from datetime import datetime, timedelta

from escrow import chart, funds
from escrow.engine import SYSTEM
from escrow.ledger import Kind, move
from escrow.money import Money, share
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.recording import post, record
from escrow.store.work import Work


def due(work: Work, order: Order, at: datetime) -> Money:
    """A share of the goods, at most the cap in the order's currency, both by the order's policy."""
    rules = policy_of(work, order)
    cap = rules.in_currency(rules.ontime.cap, order.currency, at)
    of_goods = share(order.goods, rules.ontime.share)
    return of_goods if of_goods <= cap else cap


def grant(work: Work, id: str, at: datetime) -> None:
    """E9: owed to the buyer from now on, once an order; raises funds.Short without cover by own funds."""
    order = work.orders.lock(id)
    amount = due(work, order, at)
    funds.must_cover(work, amount)
    expires = at + timedelta(days=policy_of(work, order).ontime.credit_valid_days)
    row = work.records.add_credit(id, amount, at=at, expires_at=expires)
    buyer = chart.CREDIT(order.buyer)
    journal = move(Kind.CREDIT_GRANTED, amount, debit=chart.ONTIME_CREDIT(), credit=buyer)
    journals = [journal] if journal else []
    post(work, id, journals, order=order, actor=SYSTEM, at=at)
    facts = {"rows": {f"credit:{id}": row}}
    record(work, id, "credit.granted", actor=SYSTEM, at=at, journals=journals, facts=facts)
