"""What the marketplace tells: parties, products, orders as they were agreed, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from contract.asked import Currency, Id, Sum, Words
from contract.codes import Event, Incoterm, Mode, Protection, Role, Source, Tier

# What calendars can be reckoned with, also some years on.
YEARS = range(1970, 2200)
Instant = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+(?!\n)$")]
Locale = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*(?!\n)$", max_length=35)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
# Of what has a name of its own in the books, where a colon parts one from the other.
Own = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(?!\n)$")]
Count = Annotated[int, Meta(ge=1, le=10**9)]
# Minor units: a thousand of the largest still fit into what the books can add up.
LARGEST = 10**15
Price = Annotated[int, Meta(ge=0, le=LARGEST)]


def within_years(*instants: datetime | None) -> None:
    if any(instant and instant.year not in YEARS for instant in instants):
        raise ValueError(f"years from {YEARS[0]} to {YEARS[-1]}")


# Parties and products


class PersonTold(Struct, frozen=True, forbid_unknown_fields=True):
    id: Own
    name: Name | None = None
    email: Email | None = None


class DestinationTold(Struct, frozen=True, forbid_unknown_fields=True):
    """Where money of the account may go; `verified_at` is when the marketplace made sure of it."""

    id: Id
    verified_at: Instant

    def __post_init__(self) -> None:
        within_years(self.verified_at)


class AccountTold(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole account as it is now; persons who are not named any more stay who they were."""

    name: Name
    role: Role
    zone: Zone
    tier: Tier = Tier.STANDARD
    locale: Locale = "en"
    persons: Annotated[list[PersonTold], Meta(max_length=500)] = []
    destinations: Annotated[list[DestinationTold], Meta(max_length=50)] = []

    def __post_init__(self) -> None:
        if self.role not in (Role.BUYER, Role.SUPPLIER):
            raise ValueError("an account is a buyer's or a supplier's")
        for named in (self.persons, self.destinations):
            if len({each.id for each in named}) != len(named):
                raise ValueError("nobody and nothing is named twice")


class SupplierTold(Struct, frozen=True, forbid_unknown_fields=True):
    badge: bool


class ProductTold(Struct, frozen=True, forbid_unknown_fields=True):
    supplier: Own
    title: Name


# Orders


class AgreedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """`unit_price` in minor units of the order's currency."""

    title: Name
    quantity: Count
    unit_price: Price


class Agreement(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """As both sides have agreed. `deposit`: what is paid first, the rest until `balance_due`."""

    buyer: Own
    supplier: Own
    currency: Currency
    lines: Annotated[list[AgreedLine], Meta(min_length=1, max_length=500)]
    freight: Price
    mode: Mode
    ship_by: Instant | None = None
    promised_at: Instant | None = None
    protections: Annotated[list[Protection], Meta(max_length=len(Protection))] = field(
        default_factory=lambda: [Protection.TRADE_ASSURANCE]
    )
    incoterm: Incoterm | None = None
    place: Words | None = None
    deposit: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None
    balance_due: Instant | None = None

    def __post_init__(self) -> None:
        within_years(self.ship_by, self.promised_at, self.balance_due)
        total = self.freight + sum(line.quantity * line.unit_price for line in self.lines)
        if not 0 < total <= LARGEST:
            raise ValueError("an order comes to more than nothing, and to a sum that can be paid")
        if self.deposit is not None and self.deposit >= total:
            raise ValueError("a deposit is less than the whole")
        if self.balance_due is not None and self.deposit is None:
            raise ValueError("without a deposit no balance is due")
        if self.place is not None and self.incoterm is None:
            raise ValueError("a place is told with its incoterm")


# What happened


class Happened(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="event"):
    """`id` is the marketplace's own: the same one twice is once. `at` is when it happened."""

    id: Id
    at: Instant

    def __post_init__(self) -> None:
        within_years(self.at)


class Paid(Happened, frozen=True, tag=Event.PAID.value):
    """`payment` is the provider's number of it; `payer` an account that is not the buyer's.

    `credit` is paid beside the amount, out of the buyer's own credits.
    """

    payment: Id
    amount: Sum
    credit: Sum | None = None
    payer: Id | None = None
    fee: Sum | None = None

    def __post_init__(self) -> None:
        within_years(self.at)
        if any(each and abs(each.minor) > LARGEST for each in (self.amount, self.credit, self.fee)):
            raise ValueError("no payment is that large")


class PaymentProcessing(Happened, frozen=True, tag=Event.PAYMENT_PROCESSING.value):
    """The provider has taken a payment and does not know yet whether it comes."""

    payment: Id


class PaymentFailed(Happened, frozen=True, tag=Event.PAYMENT_FAILED.value):
    payment: Id


class ShippedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """`line` counts from 1, as in the order's own answer."""

    line: Annotated[int, Meta(ge=1, le=500)]
    quantity: Count


class Shipped(Happened, frozen=True, tag=Event.SHIPPED.value):
    """`lines` left out: all that has not left yet."""

    shipment: Id
    source: Source
    lines: Annotated[list[ShippedLine], Meta(min_length=1, max_length=500)] | None = None
    carrier: Name | None = None
    tracking: Name | None = None


class Delivered(Happened, frozen=True, tag=Event.DELIVERED.value):
    """Of a shipment that nobody had told of: of all that has not left yet, by that word."""

    shipment: Id
    source: Source


Told = PaymentProcessing | PaymentFailed | Paid | Shipped | Delivered
"""The body of an event."""
