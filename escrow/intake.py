"""What the marketplace tells of an order: it was made, paid, shipped, delivered."""

from __future__ import annotations

from datetime import datetime

from escrow import orders
from escrow.calendar import after_days
from escrow.ledger import Chart, Kind, escrow_of, move
from escrow.money import Money
from escrow.moves import change_order, post, tell_parties
from escrow.orders import Order, OrderEvent
from escrow.policies import policy_of
from escrow.refusals import Refusal
from escrow.silence import Timer
from escrow.store.orders import deciding
from escrow.store.work import Work
from escrow.views import order_facts

MARKETPLACE = "service:marketplace"


def make(work: Work, order: Order, *, at: datetime, actor: str = MARKETPLACE) -> Order:
    """Take over an order that both sides have confirmed and that waits for its payment."""
    work.orders.add(order)
    facts = {"to": order.state, "row": deciding(order)}
    work.records.tell(order.id, "order.made", actor=actor, at=at, facts=facts)
    due = after_days(order.created_at, policy_of(work, order).order.pay_days)
    work.queues.set_deadline(Timer.PAY, order.id, due)
    return order


def pay(work: Work, id: str, amount: Money, *, payment: str, at: datetime, actor: str = MARKETPLACE) -> Order:
    """The payment of the whole order has come. The buyer's tier and zone of this moment stay with the order.

    Raises Refusal `amount_differs` for another sum or currency.
    """
    order = work.orders.get(id, lock=True)
    if amount != order.total:
        raise Refusal("amount_differs", what_next="pay_total", total=order.total.json())
    buyer = work.parties.account(order.buyer)
    fields = {"paid_at": at, "tier": buyer.tier, "zone": buyer.zone}
    paid = change_order(
        work, order, OrderEvent.PAY, actor=actor, at=at, fields=fields, amount=amount.json(), payment=payment
    )
    clearing, bank = str(Chart.PSP_CLEARING), str(Chart.BANK_CLIENT_FUNDS)
    funding = move(Kind.FUND, payment, amount, debit=clearing, credit=escrow_of(id))
    settling = move(Kind.SETTLED_BY_PSP, payment, amount, debit=bank, credit=clearing)
    for journal in (funding, settling):
        post(work, journal, paid, actor=actor, at=at)
    if order.ship_by:
        work.queues.set_deadline(Timer.SHIP, id, order.ship_by)
    return paid


def ship(work: Work, id: str, *, at: datetime, actor: str = MARKETPLACE) -> Order:
    order = work.orders.get(id, lock=True)
    return change_order(work, order, OrderEvent.SHIP, actor=actor, at=at, fields={"shipped_at": at})


def deliver(work: Work, id: str, *, at: datetime, actor: str = MARKETPLACE) -> Order:
    """The window for a claim begins; the silent release begins when the buyer's notice is accepted."""
    order = work.orders.get(id, lock=True)
    delivered = change_order(work, order, OrderEvent.DELIVER, actor=actor, at=at, fields={"delivered_at": at})
    policy = policy_of(work, delivered)
    window = orders.claim_window(delivered, policy)
    assert window is not None
    work.queues.set_deadline(Timer.WINDOW_END, id, window.at)
    tell_parties(work, "order_delivered", delivered, order_facts(work, delivered, policy), at)
    return delivered
