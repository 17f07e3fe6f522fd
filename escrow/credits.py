"""Credits: what the platform owes a buyer beside an order's own money, to be spent on a later order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from contract.codes import CreditKind, CreditState, Protection
from escrow.calendar import Deadline, end_of_day
from escrow.money import Money, share, zero
from escrow.orders import Order
from escrow.policy import Policy

# Until it begins; one for lateness has its id from the start.
UNNUMBERED = ""


@dataclass(frozen=True)
class Credit:
    """`at`: since when it is known of; `unspent`: nothing until it is granted."""

    id: str
    order: str
    kind: CreditKind
    state: CreditState
    amount: Money
    unspent: Money
    at: datetime
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    version: int = 0

    def numbered(self, n: int) -> Credit:
        """As the `n`-th of its order."""
        return replace(self, id=f"{ontime_id(self.order)}:{n}")


# What is left of a credit in these is owed to the buyer.
OWED = frozenset({CreditState.GRANTED, CreditState.SPENDABLE})


def is_guaranteed(order: Order) -> bool:
    """Whether a late delivery of it brings a credit: it is marked so, and has a promised day."""
    return Protection.ONTIME_GUARANTEE in order.protections and order.promised_at is not None


def promised(order: Order, policy: Policy, paid: Money, at: datetime) -> Credit:
    """The on-time credit that a late order would bring; it has its number from the order, which has one."""
    return Credit(
        id=ontime_id(order.id),
        order=order.id,
        kind=CreditKind.ONTIME,
        state=CreditState.PROMISED,
        amount=due(order, policy, paid, at),
        unspent=zero(order.currency),
        at=at,
    )


def given(
    order: Order, policy: Policy, amount: Money, at: datetime, kind: CreditKind = CreditKind.GOODWILL
) -> Credit:
    """To be spent at once."""
    return Credit(
        id=UNNUMBERED,
        order=order.id,
        kind=kind,
        state=CreditState.SPENDABLE,
        amount=amount,
        unspent=amount,
        at=at,
        granted_at=at,
        expires_at=days(order, policy, at).at,
    )


def days(order: Order, policy: Policy, granted: datetime) -> Deadline:
    """Until when a credit can be spent that is granted then."""
    return end_of_day(granted, policy.ontime.credit_valid_days, (policy.zone, order.zone))


def ontime_id(order: str) -> str:
    return f"credit:{order}"


def due(order: Order, policy: Policy, paid: Money, at: datetime) -> Money:
    """A share of the goods paid, at most the cap in the order's currency at that day's rate."""
    part = Fraction(min(paid.minor, order.total.minor), order.total.minor)
    of_goods = share(order.goods, policy.ontime.share * part)
    cap = policy.in_currency(policy.ontime.cap, order.currency, at)
    return of_goods if of_goods <= cap else cap
