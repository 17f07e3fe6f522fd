"""What escrow answers, as types. Fields that are null say so; only those with a default may be left out."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct

from contract.codes import (
    ClaimState,
    CreditState,
    Deed,
    Incoterm,
    InstructionState,
    Mode,
    OrderState,
    Otherwise,
    Payer,
    Protection,
    Reason,
    Role,
    Rule,
    Source,
    TaskWhy,
    Tier,
    VerdictCode,
    What,
    WhatNext,
    Who,
)

T = TypeVar("T")

# A datetime would be written with microseconds where it has some, and in whatever zone it is in.
Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?!\n)$")]
"""In UTC, whole seconds: 2026-11-23T09:00:00Z. As texts they sort as they follow each other."""


class Money(Struct, frozen=True):
    """Minor units of an ISO 4217 currency."""

    minor: int
    currency: str


class Page(Struct, Generic[T], frozen=True):
    """`next` is what `after` takes to go on; None at the end."""

    items: list[T]
    next: str | None


class Refused(Struct, frozen=True):
    """`code` is one of `Code` or of a newer escrow's; `message` is for whoever writes a program."""

    code: str
    message: str
    facts: dict[str, Any]
    what_next: str | None


# Orders


class Next(Struct, frozen=True, omit_defaults=True):
    """Whose move it is. `by` is the instant that fires; `by_zone` where it ends a day, exclusive.

    `task` is why a person of the desk is needed, while one is.
    """

    who: Who
    what: What
    by: Instant | None
    by_zone: str | None
    otherwise: Otherwise | None
    overdue: bool
    task: TaskWhy | None = None


class Until(Struct, frozen=True):
    """The first instant that is too late, in the zone in which it is a midnight."""

    at: Instant
    zone: str | None


class Party(Struct, frozen=True):
    account: str
    name: str


class Supplier(Party, frozen=True):
    badge: bool


class Line(Struct, frozen=True):
    """`line` counts from 1."""

    line: int
    title: str
    quantity: int
    unit_price: Money


class OrderMoney(Struct, frozen=True):
    """held + released + refunded + charged_back = paid; `on_claim` is the part of `held` that claims hold."""

    paid: Money
    held: Money
    on_claim: Money
    released: Money
    refunded: Money
    charged_back: Money


class Place(Struct, frozen=True):
    """Where the goods go over to the buyer, where an incoterm was agreed: delivered means there."""

    incoterm: Incoterm
    name: str | None


class Deposit(Struct, frozen=True):
    """Of an order that is paid in two parts: the first, and until when the rest is due."""

    amount: Money
    balance: Money
    balance_due: Instant | None


class Shipment(Struct, frozen=True):
    """`source` and `delivered_by`: whose word it is that it left, and that it arrived."""

    id: str
    lines: list[ShipmentLine]
    source: Source
    carrier: str | None
    tracking: str | None
    shipped_at: Instant
    delivered_at: Instant | None
    delivered_by: Source | None


class ShipmentLine(Struct, frozen=True):
    line: int
    quantity: int


class Payout(Struct, frozen=True):
    state: InstructionState
    amount: Money


class Credit(Struct, frozen=True):
    """What a late order brings: before it is granted what it would be, and from when until when to ask.

    Of `unspent` nothing can be spent before `spendable`. Both ends are exclusive. Suppliers are shown none.
    """

    state: CreditState
    amount: Money
    unspent: Money
    apply_from: Instant | None
    apply_until: Instant | None
    apply_until_zone: str | None
    granted_at: Instant | None
    expires_at: Instant | None
    expires_at_zone: str | None


class Refund(Struct, frozen=True):
    """What goes back to the buyer: `amount` of the instructions in that state."""

    state: InstructionState
    amount: Money


class Order(Struct, frozen=True):
    """As lists and its own page show it. `payout` is the latest, `claims` are ids.

    Two moments, of which either may come first: at `release_at` what no claim holds leaves escrow by itself,
    and from `claim_until` on a claim is too late; None where no such end is known, as before the
    delivery: what has not come may be claimed as long as it has not. A claim has `claim_days` from the
    delivery. At `receipt_at` a shipped order counts as received if nobody says
    otherwise; `extended_by` are the sides that have had more days.

    At `refund_at` what was not shipped until then goes back by itself. `refund` is what of the refunds has
    not arrived yet, else all that has; None where there is none.
    """

    id: str
    state: OrderState
    buyer: Party
    supplier: Supplier
    lines: list[Line]
    freight: Money
    total: Money
    mode: Mode
    created_at: Instant
    paid_at: Instant | None
    ship_by: Instant | None
    promised_at: Instant | None
    shipped_at: Instant | None
    delivered_at: Instant | None
    protections: list[Protection]
    place: Place | None
    deposit: Deposit | None
    shipments: list[Shipment]
    money: OrderMoney
    payout: Payout | None
    credit: Credit | None
    receipt_at: Instant | None
    extended_by: list[Role]
    release_at: Instant | None
    claim_until: Until | None
    claim_days: int
    refund: Refund | None
    refund_at: Instant | None
    next: Next
    claims: list[str]


class Posting(Struct, frozen=True, omit_defaults=True):
    """Either a debit or a credit, always above nothing."""

    account: str
    debit: Money | None = None
    credit: Money | None = None


class JournalEntry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One posting with its journal: `id` is the journal's, `kind` one of E1 … of the books."""

    id: int
    kind: str
    source: str
    claim_id: str | None
    actor: str
    policy_version: int
    account: str
    debit: Money | None = None
    credit: Money | None = None
    at: Instant


# Claims


class Claim(Struct, frozen=True):
    """`respond_by` is None until the notice to the supplier was accepted."""

    id: str
    order: str
    state: ClaimState
    reason: Reason
    amount: Money
    held: Money
    opened_at: Instant
    opened_by: str
    respond_by: Instant | None
    escalatable_at: Instant
    auto_escalates_at: Instant
    offers: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    next: Next


# Verdicts


class VerdictFacts(Struct, frozen=True, kw_only=True):
    """Everything that the verdict depends on; sums in minor units of `currency`."""

    order: str
    state: OrderState
    now: Instant
    tier: Tier
    window_days: int
    zones: tuple[str, str]
    currency: str
    paid: int
    refunded: int
    held: int
    unpaid: int
    policy_version: int
    hypothetical: bool
    reason: Reason | None
    promised_at: Instant | None
    shipped_at: Instant | None
    delivered_at: Instant | None
    open_claim: str | None


class Verdict(Struct, frozen=True, kw_only=True):
    """`deadline` is exclusive: the first instant too late, or, for `not_yet_due`, the first in time.

    None where no day ends it. `rules` is the version of the rules that judged; without it, the first.
    """

    eligible: bool
    code: VerdictCode
    rule: Rule
    policy_version: int
    rules: int = 1
    facts: VerdictFacts
    deadline: Instant | None
    deadline_zone: str | None
    max_amount: Money
    payer: Payer | None
    what_next: WhatNext


class Checked(Struct, frozen=True):
    same: bool
    verdict: Verdict


# Quotes


class Effect(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a yes would do, as far as it does it: no instants here, so that it can be compared later.

    `new_state` is the claim's, or the order's where there is no claim. Of a release `amount` is what goes to
    the supplier and `held` what a claim still holds back.
    """

    amount: Money | None = None
    held: Money | None = None
    reason: Reason | None = None
    payer: Payer | None = None
    new_state: str | None = None
    respond_days: int | None = None
    escalate_from_day: int | None = None
    auto_escalate_day: int | None = None
    touch_working_days: int | None = None
    because: str | None = None
    percent: int | None = None
    cap: Money | None = None
    valid_days: int | None = None
    expires_at_zone: str | None = None
    extension_days: int | None = None


class Quote(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`preview`: by name, the instants that would follow from a yes now. `signatures`: whose, in order."""

    quote_id: str
    kind: Deed
    order: str | None = None
    claim: str | None = None
    effect: Effect
    postings: list[Posting]
    preview: dict[str, Instant]
    expires_at: Instant
    signatures: list[Role]


class Done(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`done` is false until the last signature; `waits_for` is the next one's role."""

    quote_id: str
    order: str | None = None
    claim: str | None = None
    done: bool
    waits_for: Role | None = None


# Accounts


class Sums(Struct, frozen=True):
    currency: str
    held: Money
    released: Money
    refunded: Money


class Release(Struct, frozen=True):
    order: str
    at: Instant
    amount: Money


class CreditSums(Struct, frozen=True):
    """`usable` now, the first of it until `usable_until`; `waiting` for a delivery or for our own funds."""

    currency: str
    usable: Money
    usable_until: Instant | None
    waiting: Money


class MoneyOfAccount(Struct, frozen=True):
    """Of all orders of the account, by currency, with the releases to come, the next one first."""

    items: list[Sums]
    credits: list[CreditSums]
    releases: list[Release]
    next: str | None
