"""Orders: what was agreed, where they stand, whose move it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escrow.calendar import Deadline, after_days, end_of_day
from escrow.money import Money, zero
from escrow.policy import Policy
from escrow.refusals import Refusal
from escrow.silence import NOTHING, Wait


class OrderState(StrEnum):
    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PROCESSING = "payment_processing"
    PARTLY_FUNDED = "partly_funded"
    FUNDED = "funded"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RELEASING = "releasing"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    CONFIRM = "confirm"
    PAY = "pay"
    SHIP = "ship"
    DELIVER = "deliver"
    RELEASE = "release"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_RETURNED = "payout_returned"
    WINDOW_ENDED = "window_ended"
    PAY_TIME_ENDED = "pay_time_ended"


TRANSITIONS = {
    (OrderState.DRAFT, OrderEvent.CONFIRM): OrderState.AWAITING_PAYMENT,
    (OrderState.AWAITING_PAYMENT, OrderEvent.PAY): OrderState.FUNDED,
    (OrderState.AWAITING_PAYMENT, OrderEvent.PAY_TIME_ENDED): OrderState.CANCELLED,
    (OrderState.FUNDED, OrderEvent.SHIP): OrderState.SHIPPED,
    (OrderState.SHIPPED, OrderEvent.DELIVER): OrderState.DELIVERED,
    (OrderState.DELIVERED, OrderEvent.RELEASE): OrderState.RELEASING,
    (OrderState.RELEASING, OrderEvent.PAYOUT_SETTLED): OrderState.COMPLETED,
    (OrderState.COMPLETED, OrderEvent.PAYOUT_RETURNED): OrderState.RELEASING,
    (OrderState.COMPLETED, OrderEvent.WINDOW_ENDED): OrderState.CLOSED,
}


def after(state: OrderState, event: OrderEvent) -> OrderState:
    """The next state; raises Refusal `wrong_state` and nothing changes."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise Refusal("wrong_state", state=state, event=event) from None


@dataclass(frozen=True)
class Line:
    title: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        return Money(self.unit_price.minor * self.quantity, self.unit_price.currency)


@dataclass(frozen=True)
class Order:
    """`tier` and `zone` are the buyer's as recorded at payment; before it, today's."""

    id: str
    state: OrderState
    buyer: str
    supplier: str
    lines: tuple[Line, ...]
    freight: Money
    mode: str
    tier: str
    zone: str
    policy_version: int
    created_at: datetime
    protections: tuple[str, ...] = ("trade_assurance",)
    ship_by: datetime | None = None
    promised_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    release_from: datetime | None = None
    version: int = 0

    @property
    def goods(self) -> Money:
        return sum((line.total for line in self.lines), zero(self.freight.currency))

    @property
    def total(self) -> Money:
        return self.goods + self.freight


@dataclass(frozen=True)
class Purse:
    """Where an order's money is: all of it is in exactly one of held, released, refunded."""

    paid: Money
    held: Money
    on_claim: Money
    released: Money
    refunded: Money
    unpaid: Money


@dataclass(frozen=True)
class Payout:
    """The latest instruction to pay the supplier, and since when it stands as it does."""

    state: str
    amount: Money
    since: datetime


def wait(order: Order, payout: Payout | None, policy: Policy) -> Wait:
    """Whose move it is by the order alone; an open claim's own row comes before this one."""
    match order.state:
        case OrderState.AWAITING_PAYMENT:
            by = after_days(order.created_at, policy.order.pay_days)
            return Wait("buyer", "pay", by, None, "cancelled")
        case OrderState.FUNDED:
            return Wait("supplier", "ship", order.ship_by, None, "claim_possible")
        case OrderState.SHIPPED:
            return _transport(order, policy)
        case OrderState.DELIVERED:
            return Wait("buyer", "confirm_receipt", releases_at(order, policy), None, "released_by_silence")
        case OrderState.RELEASING:
            return _payout(order, payout, policy)
        case OrderState.COMPLETED:
            window = claim_window(order, policy)
            return Wait("buyer", "claim_until", window.at, window.zone, "closed") if window else NOTHING
    return NOTHING


def _payout(order: Order, payout: Payout | None, policy: Policy) -> Wait:
    """Without an outcome, or with a bad one, a supervisor looks into it."""
    since = payout.since if payout else order.created_at
    by = since + timedelta(hours=policy.instruction.alarm_hours)
    is_open = payout is not None and payout.state in ("pending", "unknown")
    return Wait("platform", "pay_out" if is_open else "pay_out_again", by, None, "supervisor_alarm")


def _transport(order: Order, policy: Policy) -> Wait:
    if order.promised_at is None:
        return Wait("supplier", "deliver")
    end = end_of_day(order.promised_at, 0, (policy.zone, order.zone))
    return Wait("supplier", "deliver", end.at, end.zone, "claim_possible")


def releases_at(order: Order, policy: Policy) -> datetime | None:
    """The silent release: counted from the accepted notice of the delivery."""
    return after_days(order.release_from, policy.release.silent_days) if order.release_from else None


def claim_window(order: Order, policy: Policy) -> Deadline | None:
    if order.delivered_at is None:
        return None
    days = policy.claim.window_days[order.tier]
    return end_of_day(order.delivered_at, days, (policy.zone, order.zone))
