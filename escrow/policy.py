"""The programme's numbers, versioned by date. An order keeps the version in force when it was made.

A later program may know more keys than an old version had: each has a default that holds for the versions
before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from escrow.money import Money, converted_down


class Cap(msgspec.Struct, frozen=True):
    minor: int
    currency: str

    @property
    def money(self) -> Money:
        return Money(self.minor, self.currency)


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ClaimRules(_Rules, frozen=True):
    window_days: dict[str, int]
    window_anchor: str
    window_end: str
    tier_as_of: str
    not_delivered_anchor: str
    draft_hours: int


class DisputeRules(_Rules, frozen=True):
    respond_days: int
    escalate_from_day: int
    auto_escalate_day: int
    platform_touch_working_days: int
    evidence_due_days: int
    appeal_days: int


class MediationRules(_Rules, frozen=True):
    alarm_business_days: int


class DeskRules(_Rules, frozen=True):
    """`return_business_days`: after which a task that was taken or done is open again.

    `notice_hours`: after which a notice that no channel has accepted needs a person.
    """

    return_business_days: int = 2
    notice_hours: int = 24


class InstructionRules(_Rules, frozen=True):
    alarm_hours: int


class RefundRules(_Rules, frozen=True):
    initiate_business_days: int
    quick_hours: int
    fast_silent_days: int | None
    fast_max_amount_by_tier: dict[str, Cap] | None


class ReceiptRules(_Rules, frozen=True):
    """The buyer is asked `ask_days` before; on the supplier's word alone at the promised day, for a person to
    look after `unanswered_days`.
    """

    auto_confirm_days_by_mode: dict[str, int]
    extension_days: int
    extensions_per_party: int
    min_days_after_promised: int
    ask_days: int = 3
    unanswered_days: int = 15


class DispatchRules(_Rules, frozen=True):
    max_total_days: int


class ReleaseRules(_Rules, frozen=True):
    """`remind_days` before it; `after_claim_hours` once the end of a claim sets free what was due."""

    silent_days: int
    remind_days: tuple[int, int] = (3, 1)
    after_claim_hours: int = 48


class OntimeRules(_Rules, frozen=True):
    cap: Cap
    formula: str
    percent: int
    apply_days: int
    auto_tiers: tuple[str, ...]
    credit_valid_days: int
    # Own choice: how long before its end a buyer is reminded of a credit.
    remind_days: int = 7

    @property
    def share(self) -> Fraction:
        return Fraction(self.percent, 100)


class EasyReturnRules(_Rules, frozen=True):
    max_amount: Cap
    return_days: int
    countries: tuple[str, ...]


class PaymentTermsRules(_Rules, frozen=True):
    short_days: int
    long_days: int


class CoverageRules(_Rules, frozen=True):
    damage_in_transit: bool
    lost_in_transit: bool


class FeeRules(_Rules, frozen=True):
    supplier_bps: int


class RoleRules(_Rules, frozen=True):
    decision_limit: dict[str, Cap | str | None]


class ReturnRules(_Rules, frozen=True):
    ship_days: int
    inspect_days: int


class RetentionRules(_Rules, frozen=True):
    days: dict[str, int]


class OrderRules(_Rules, frozen=True):
    """`balance_days`: how long after its day, else after the first payment, the rest may be outstanding.
    `unshipped_notice_days`: so long before what was not shipped goes back both sides are told of it.
    """

    confirm_days: int
    pay_days: int
    balance_days: int = 30
    unshipped_refund_days: int = 30
    unshipped_notice_days: tuple[int, int] = (7, 1)


class QuoteRules(_Rules, frozen=True):
    """`signature_hours`: how long one that somebody has signed waits for the next."""

    minutes: int
    signature_hours: int = 24


class EventRules(_Rules, frozen=True):
    """`leeway_minutes`: by how much the marketplace's clock may be ahead of the desk's."""

    leeway_minutes: int = 5


class Method(_Rules, frozen=True, rename={"since": "from"}):
    id: str
    since: date
    fee_percent: str | None = None
    arrival: str | None = None
    limit: Cap | None = None


class PaymentRules(_Rules, frozen=True):
    """`max_hold_days`: for how long the provider may hold a payment; None where nothing limits it.

    `hold_notice_days` before its end the desk is told (own choice).
    """

    methods: tuple[Method, ...]
    max_hold_days: int | None = None
    hold_notice_days: int = 14


class Rate(_Rules, frozen=True, rename={"since": "from"}):
    """What one unit of the currency is worth in dollars, as a decimal text, from a day on."""

    currency: str
    usd_per_unit: Decimal
    since: date


class Holidays(_Rules, frozen=True):
    """The days of a year on which the desk is closed, beside Saturdays and Sundays."""

    year: int
    days: tuple[date, ...]

    def __post_init__(self) -> None:
        if any(day.year != self.year for day in self.days):
            raise ValueError(f"a day that is not of {self.year}")


class Policy(_Rules, frozen=True, rename={"returns": "return"}):
    version: int
    in_force_from: date
    name: str
    zone: str
    claim: ClaimRules
    dispute: DisputeRules
    mediation: MediationRules
    instruction: InstructionRules
    refund: RefundRules
    receipt: ReceiptRules
    dispatch: DispatchRules
    release: ReleaseRules
    ontime: OntimeRules
    easy_return: EasyReturnRules
    payment_terms: PaymentTermsRules
    coverage: CoverageRules
    fees: FeeRules
    roles: RoleRules
    returns: ReturnRules
    retention: RetentionRules
    order: OrderRules
    quote: QuoteRules
    payment: PaymentRules
    rates: tuple[Rate, ...]
    desk: DeskRules = DeskRules()
    holidays: tuple[Holidays, ...] = ()
    event: EventRules = EventRules()

    @property
    def days_off(self) -> frozenset[date]:
        return frozenset(day for year in self.holidays for day in year.days)

    def in_currency(self, cap: Cap, currency: str, at: datetime) -> Money:
        """A cap in the order's currency by the rates of that day, rounded down."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        known = sorted((rate for rate in self.rates if rate.since <= day), key=lambda rate: rate.since)
        rates = {rate.currency: rate.usd_per_unit for rate in known}
        return converted_down(cap.money, currency, {"USD": Decimal(1)} | rates)


def in_force(versions: Sequence[Policy], at: datetime) -> Policy:
    """The newest version that had begun, in its own zone, at that instant."""
    begun = [
        policy for policy in versions if policy.in_force_from <= at.astimezone(ZoneInfo(policy.zone)).date()
    ]
    return begun[-1]


def facts(policy: Policy) -> dict[str, Any]:
    """As everybody may read it."""
    told: dict[str, Any] = msgspec.to_builtins(policy)
    return told
