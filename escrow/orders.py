"""Orders: what was agreed, and when it was paid, shipped and delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.codes import OrderState, Protection
from escrow.money import Money, zero


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
    protections: tuple[str, ...] = (Protection.TRADE_ASSURANCE,)
    ship_by: datetime | None = None
    promised_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    version: int = 0

    @property
    def currency(self) -> str:
        return self.freight.currency

    @property
    def goods(self) -> Money:
        return sum((line.total for line in self.lines), zero(self.currency))

    @property
    def total(self) -> Money:
        return self.goods + self.freight
