"""Orders: what was agreed, and when it was paid, shipped and delivered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from contract.codes import Incoterm, OrderState, Protection
from escrow.money import Money, zero


@dataclass(frozen=True)
class Line:
    title: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        return Money(self.unit_price.minor * self.quantity, self.unit_price.currency)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What both sides have agreed, beside who they are: all that may be told anew before it is paid."""

    lines: tuple[Line, ...]
    freight: Money
    mode: str
    protections: tuple[str, ...]
    ship_by: datetime | None
    promised_at: datetime | None
    incoterm: Incoterm | None
    place: str | None
    deposit: Money | None
    balance_due: datetime | None

    @property
    def total(self) -> Money:
        return sum((line.total for line in self.lines), self.freight)

    def json(self) -> dict[str, Any]:
        """As a history tells it beside the order's own row: no words."""
        return {"total": self.total.json()}


TERMS = tuple(each.name for each in fields(Terms))


@dataclass(frozen=True)
class Order:
    """`tier` and `zone` are the buyer's as recorded at payment; before it, today's.

    `shipped_at`: the first of it left; `dispatched_at`: the last, on more than the supplier's word.
    `paid_at`: the first instalment; `processing_since`: a payment is on its way.
    With a `deposit` the rest is paid until `balance_due`. Delivered means at `place`, as the incoterm says.

    `badge` is the supplier's as recorded at payment. `extended` are the states and sides that asked for more
    days ("delivered buyer"), `not_arrived` is how often the buyer said no. What is in escrow is due since
    `release_due_at` wherever no claim holds it; what the end of a claim gave back is free since `freed_at`.
    """

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
    protections: tuple[str, ...] = (Protection.TRADE_ASSURANCE,)
    ship_by: datetime | None = None
    promised_at: datetime | None = None
    paid_at: datetime | None = None
    processing_since: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    dispatched_at: datetime | None = None
    incoterm: Incoterm | None = None
    place: str | None = None
    deposit: Money | None = None
    balance_due: datetime | None = None
    badge: bool = True
    extended: tuple[str, ...] = ()
    not_arrived: int = 0
    release_due_at: datetime | None = None
    freed_at: datetime | None = None
    version: int = 0

    def extensions(self, state: OrderState) -> int:
        return sum(each.partition(" ")[0] == state for each in self.extended)

    def extensions_by(self, side: str) -> int:
        return sum(each.partition(" ")[2] == side for each in self.extended)

    @property
    def currency(self) -> str:
        return self.freight.currency

    @property
    def goods(self) -> Money:
        return sum((line.total for line in self.lines), zero(self.currency))

    @property
    def total(self) -> Money:
        return self.goods + self.freight

    @property
    def terms(self) -> Terms:
        return Terms(**{name: getattr(self, name) for name in TERMS})
