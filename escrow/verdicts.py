"""Is a refund still possible, until when, up to how much, and who would pay: a verdict that proves itself.

`judge` sees nothing but `Facts`, which the verdict carries along: whoever has a verdict can judge it again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import available_timezones

import msgspec

from contract.codes import OrderState, Payer, Reason, Rule, VerdictCode, WhatNext
from escrow.calendar import Deadline, end_of_day
from escrow.claims import AFTER_DELIVERY
from escrow.money import LARGEST

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
ZONES = frozenset(available_timezones())
YEARS = range(1970, 2400)
# The number of the rules by which a verdict is given today. One who changes how `judge` decides counts it up
# and keeps beside it, by number, what was different before: a verdict once given stays provable.
RULES = 2


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a verdict depends on. Sums in minor units of `currency`; instants in UTC."""

    order: str
    state: str
    now: Instant
    tier: str
    window_days: Annotated[int, msgspec.Meta(ge=0, le=3660)]
    zones: tuple[str, str]
    currency: str
    paid: Minor
    refunded: Minor
    held: Minor
    unpaid: Minor
    policy_version: int
    hypothetical: bool = False
    reason: Reason | None = None
    promised_at: Instant | None = None
    shipped_at: Instant | None = None
    delivered_at: Instant | None = None
    open_claim: str | None = None

    def __post_init__(self) -> None:
        """Somebody else may have written them: raises ValueError for what no calendar can reckon with."""
        instants = (self.now, self.promised_at, self.shipped_at, self.delivered_at)
        if not ZONES.issuperset(self.zones) or any(at and at.year not in YEARS for at in instants):
            raise ValueError("a zone or an instant that does not exist")


class _Given(msgspec.Struct, frozen=True):
    """What of a told verdict it is judged by again; one from before rules had numbers has the first."""

    facts: Facts
    rules: Annotated[int, msgspec.Meta(ge=1, le=RULES)] = 1


class Verdict(msgspec.Struct, frozen=True):
    """`deadline` is exclusive: the first instant too late, or, for `not_yet_due`, the first in time.

    None where no day ends it, as for what has not come.
    """

    eligible: bool
    code: VerdictCode
    rule: Rule
    policy_version: int
    rules: int
    facts: Facts
    deadline: datetime | None
    deadline_zone: str | None
    max_amount: dict[str, Any]
    payer: Payer | None
    what_next: WhatNext


def judge(facts: Facts, rules: int = RULES) -> Verdict:
    found = (
        _nothing_to_refund(facts)
        or _claim_open(facts)
        or (_after_delivery(facts) if facts.delivered_at else _before_delivery(facts, rules))
    )
    return msgspec.structs.replace(found, rules=rules)


def check(told: dict[str, Any]) -> tuple[bool, Verdict]:
    """Judge again from its own facts, by its own rules; raises msgspec.ValidationError when it carries none.

    A fact that programs have learnt since is not missed in it.
    """
    given = msgspec.convert(told, _Given)
    again = judge(given.facts, given.rules)
    should = as_told(again)
    should["facts"] = {name: value for name, value in should["facts"].items() if name in told["facts"]}
    return should == told | {"rules": given.rules}, again


def as_told(verdict: Verdict) -> dict[str, Any]:
    """As JSON gives it back: lists and texts."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(verdict))
    return told


def _nothing_to_refund(facts: Facts) -> Verdict | None:
    if facts.state == OrderState.CANCELLED:
        return _no(facts, VerdictCode.ORDER_CANCELLED, Rule.PAID_ONLY, WhatNext.NONE)
    if not facts.paid:
        return _no(facts, VerdictCode.NOTHING_PAID, Rule.PAID_ONLY, WhatNext.CANCEL_INSTEAD)
    if facts.refunded >= facts.paid:
        return _no(facts, VerdictCode.FULLY_REFUNDED, Rule.AT_MOST_PAID, WhatNext.NONE)
    return None


def _claim_open(facts: Facts) -> Verdict | None:
    if facts.open_claim:
        return _no(facts, VerdictCode.CLAIM_ALREADY_OPEN, Rule.ONE_AT_A_TIME, WhatNext.SEE_CLAIM)
    return None


def _after_delivery(facts: Facts) -> Verdict:
    assert facts.delivered_at is not None
    return _within(facts, Rule.WINDOW_DAYS, end_of_day(facts.delivered_at, facts.window_days, facts.zones))


def _before_delivery(facts: Facts, rules: int) -> Verdict:
    """Nothing arrived: before the promised day ends, goods on their way are not late.

    A claim that they did not come has no end as long as they have not.
    """
    promised = _promised(facts)
    is_late = promised is None or facts.now >= promised.at
    if facts.reason in AFTER_DELIVERY:
        return _needs_delivery(facts, promised, is_late, rules)
    is_waited_for = facts.shipped_at or facts.reason is Reason.NOT_DELIVERED
    if is_waited_for and not is_late:
        return _no(facts, VerdictCode.NOT_YET_DUE, Rule.NOT_DELIVERED_ANCHOR, WhatNext.WAIT_UNTIL, promised)
    if facts.promised_at is None:
        return _within(facts, Rule.NOT_SHIPPED, None)
    # By the first rules the days of the window counted from the promised day.
    window = end_of_day(facts.promised_at, facts.window_days, facts.zones) if rules == 1 else None
    return _within(facts, Rule.NOT_DELIVERED_ANCHOR, window)


def _needs_delivery(facts: Facts, promised: Deadline | None, is_late: bool, rules: int) -> Verdict:
    """What is late may be claimed as not delivered; by the first rules that was not said."""
    code, rule = VerdictCode.REASON_NEEDS_DELIVERY, Rule.NEEDS_DELIVERY
    if is_late and rules > 1:
        return _no(facts, code, rule, WhatNext.OPEN_CLAIM)
    return _no(facts, code, rule, WhatNext.WAIT_UNTIL, promised)


def _promised(facts: Facts) -> Deadline | None:
    return end_of_day(facts.promised_at, 0, facts.zones) if facts.promised_at else None


def _within(facts: Facts, rule: Rule, window: Deadline | None) -> Verdict:
    if window and facts.now >= window.at:
        return _no(facts, VerdictCode.WINDOW_CLOSED, rule, WhatNext.TALK_TO_PERSON, window)
    code = VerdictCode.ELIGIBLE if facts.held else VerdictCode.ELIGIBLE_AFTER_RELEASE
    return _verdict(facts, True, code, rule, WhatNext.OPEN_CLAIM, window)


def _no(
    facts: Facts, code: VerdictCode, rule: Rule, what_next: WhatNext, deadline: Deadline | None = None
) -> Verdict:
    return _verdict(facts, False, code, rule, what_next, deadline)


def _verdict(
    facts: Facts,
    eligible: bool,
    code: VerdictCode,
    rule: Rule,
    what_next: WhatNext,
    deadline: Deadline | None,
) -> Verdict:
    cap = max(0, facts.paid - facts.refunded) if eligible else 0
    return Verdict(
        eligible=eligible,
        code=code,
        rule=rule,
        policy_version=facts.policy_version,
        rules=RULES,
        facts=facts,
        deadline=deadline.at if deadline else None,
        deadline_zone=deadline.zone if deadline else None,
        max_amount={"minor": cap, "currency": facts.currency},
        payer=_payer(facts) if eligible else None,
        what_next=what_next,
    )


def _payer(facts: Facts) -> Payer:
    if facts.held:
        return Payer.ESCROW
    return Payer.UNPAID_SUPPLIER if facts.unpaid else Payer.GUARANTEE
