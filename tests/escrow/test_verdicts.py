"""Verdicts at their edges: each rule at the last instant in time and at the first one too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from contract.codes import Payer, Reason, Rule, VerdictCode, WhatNext
from escrow import verdicts
from escrow.claims import AFTER_DELIVERY
from escrow.money import LARGEST
from escrow.verdicts import Facts, judge

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
# Both parties in one zone without summer time: the day ends at 16:00 UTC.
SHANGHAI = ("Asia/Shanghai", "Asia/Shanghai")
BEFORE_DELIVERY = sorted(set(Reason) - AFTER_DELIVERY)
DELIVERED = datetime(2026, 11, 1, 8, tzinfo=UTC)
WINDOW_ENDS = datetime(2026, 12, 1, 16, tzinfo=UTC)
PROMISED = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY_ENDS = datetime(2026, 11, 20, 16, tzinfo=UTC)
LAST = timedelta(microseconds=1)


def facts(**more: Any) -> Facts:
    """Of a delivered order of 1,280.00 whose money is all held, well within its window."""
    known: dict[str, Any] = {"order": "TA-1", "state": "delivered", "now": NOW, "tier": "standard"}
    known |= {"window_days": 30, "zones": SHANGHAI, "currency": "USD", "paid": 128_000, "refunded": 0}
    known |= {"held": 128_000, "unpaid": 0, "policy_version": 7, "shipped_at": NOW - timedelta(days=30)}
    return Facts(**(known | {"promised_at": PROMISED, "delivered_at": DELIVERED} | more))


def shipped(**more: Any) -> Facts:
    return facts(**({"state": "shipped", "delivered_at": None} | more))


def funded(**more: Any) -> Facts:
    return facts(**({"state": "funded", "delivered_at": None, "shipped_at": None} | more))


def told(given: Facts, rules: int = verdicts.RULES) -> tuple[Any, ...]:
    verdict = judge(given, rules)
    return verdict.code, verdict.rule, verdict.what_next, verdict.deadline, verdict.deadline_zone


YES, NO = "eligible", "window_closed"


def test_a_verdict_says_all_that_it_decides() -> None:
    given = facts(refunded=28_000, held=100_000)
    assert judge(given) == verdicts.Verdict(
        eligible=True,
        code=VerdictCode.ELIGIBLE,
        rule=Rule.WINDOW_DAYS,
        policy_version=7,
        rules=2,
        facts=given,
        deadline=WINDOW_ENDS,
        deadline_zone="Asia/Shanghai",
        max_amount={"minor": 100_000, "currency": "USD"},
        payer=Payer.ESCROW,
        what_next=WhatNext.OPEN_CLAIM,
    )


def test_a_refusal_says_all_that_it_decides() -> None:
    given = facts(now=WINDOW_ENDS)
    assert judge(given) == verdicts.Verdict(
        eligible=False,
        code=VerdictCode.WINDOW_CLOSED,
        rule=Rule.WINDOW_DAYS,
        policy_version=7,
        rules=2,
        facts=given,
        deadline=WINDOW_ENDS,
        deadline_zone="Asia/Shanghai",
        max_amount={"minor": 0, "currency": "USD"},
        payer=None,
        what_next=WhatNext.TALK_TO_PERSON,
    )


# What comes before all else


def test_a_cancelled_order_has_nothing_to_refund_whatever_else_is_true() -> None:
    expected = ("order_cancelled", "refund.paid_only", "none", None, None)
    assert told(facts(state="cancelled", open_claim="CLM-1")) == expected
    assert told(facts(state="cancelled", paid=0, held=0)) == expected
    sent = msgspec.json.decode(msgspec.json.encode(edited(state="cancelled")))
    assert verdicts.check(sent)[1].code == "order_cancelled"


def test_an_unpaid_order_is_cancelled_instead() -> None:
    expected = ("nothing_paid", "refund.paid_only", "cancel_instead", None, None)
    assert told(facts(paid=0, held=0, open_claim="CLM-1")) == expected
    assert told(facts(state="awaiting_payment", paid=0, held=0)) == expected
    assert judge(facts(paid=1, held=1)).eligible


@pytest.mark.parametrize(
    ("refunded", "code"), [(127_999, YES), (128_000, "fully_refunded"), (128_001, "fully_refunded")]
)
def test_no_more_comes_back_than_was_paid(refunded: int, code: str) -> None:
    verdict = judge(facts(refunded=refunded, held=1, open_claim=None))
    assert verdict.code == code
    assert verdict.max_amount == {"minor": 128_000 - refunded if code == YES else 0, "currency": "USD"}
    if code != YES:
        assert told(facts(refunded=refunded, open_claim="CLM-1"))[1:3] == ("refund.at_most_paid", "none")


def test_one_claim_at_a_time() -> None:
    expected = ("claim_already_open", "claim.one_at_a_time", "see_claim", None, None)
    assert told(facts(open_claim="CLM-1")) == expected
    assert told(facts(open_claim="CLM-1", now=WINDOW_ENDS)) == expected
    assert told(shipped(open_claim="CLM-1", reason=Reason.DAMAGED)) == expected


# After delivery


@pytest.mark.parametrize(
    ("now", "code"), [(WINDOW_ENDS - LAST, YES), (WINDOW_ENDS, NO), (WINDOW_ENDS + LAST, NO)]
)
def test_the_window_counts_from_the_delivery_to_the_end_of_its_last_day(now: datetime, code: str) -> None:
    expected = (code, "claim.window_days", "open_claim" if code == YES else "talk_to_person")
    assert told(facts(now=now)) == (*expected, WINDOW_ENDS, "Asia/Shanghai")


@pytest.mark.parametrize("reason", [None, *Reason])
def test_after_delivery_the_reason_changes_nothing(reason: Reason | None) -> None:
    assert told(facts(reason=reason))[:2] == (YES, "claim.window_days")


def test_the_window_is_as_long_as_the_facts_say_and_ends_in_the_later_zone() -> None:
    verdict = judge(facts(window_days=60, zones=("Asia/Shanghai", "America/Los_Angeles")))
    assert verdict.deadline == datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert verdict.deadline_zone == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("held", "unpaid", "code", "payer"),
    [
        (1, 0, "eligible", "escrow"),
        (1, 1, "eligible", "escrow"),
        (0, 1, "eligible_after_release", "unpaid_supplier"),
        (0, 0, "eligible_after_release", "guarantee"),
    ],
)
def test_who_pays_is_whoever_has_the_money(held: int, unpaid: int, code: str, payer: str) -> None:
    verdict = judge(facts(held=held, unpaid=unpaid))
    assert (verdict.code, verdict.payer, verdict.eligible) == (code, payer, True)


# Before delivery


@pytest.mark.parametrize("reason", sorted(AFTER_DELIVERY))
@pytest.mark.parametrize("order", [shipped, funded])
def test_nobody_can_tell_what_is_wrong_with_goods_before_they_came(order: Any, reason: Reason) -> None:
    no = ("reason_needs_delivery", "claim.needs_delivery")
    early = order(reason=reason, now=DAY_ENDS - LAST)
    assert told(early) == told(early, 1) == (*no, "wait_until", DAY_ENDS, "Asia/Shanghai")
    for late in ({"now": DAY_ENDS}, {"now": NOW}, {"promised_at": None}):
        assert told(order(reason=reason, **late)) == (*no, "open_claim", None, None)
        instead = judge(order(reason=Reason.NOT_DELIVERED, **late))
        assert instead.eligible, "what would help has to be possible"


@pytest.mark.parametrize("reason", [None, *BEFORE_DELIVERY])
def test_goods_on_their_way_are_not_late_before_the_promised_day_ends(reason: Reason | None) -> None:
    waits = ("not_yet_due", "claim.not_delivered_anchor", "wait_until", DAY_ENDS, "Asia/Shanghai")
    assert told(shipped(reason=reason, now=DAY_ENDS - LAST)) == waits
    late = ("eligible", "claim.not_delivered_anchor", "open_claim", None, None)
    assert told(shipped(reason=reason, now=DAY_ENDS)) == late


@pytest.mark.parametrize("reason", [None, *BEFORE_DELIVERY])
@pytest.mark.parametrize("days", [0, 30, 31, 400])
@pytest.mark.parametrize(
    "order",
    [
        funded(),
        funded(state="partly_funded", paid=30_000, held=30_000),
        shipped(),
        shipped(refunded=28_000, held=100_000),
    ],
    ids=["funded", "partly_funded", "shipped", "shipped in part"],
)
def test_what_does_not_come_may_be_claimed_as_long_as_it_has_not(
    order: Facts, days: int, reason: Reason | None
) -> None:
    late = replace(order, reason=reason, now=DAY_ENDS + timedelta(days=days))
    expected = (YES, "claim.not_delivered_anchor", "open_claim", None, None)
    assert told(late) == expected
    assert judge(late).max_amount["minor"] == order.paid - order.refunded


@pytest.mark.parametrize("days", [0, 30, 31, 400])
def test_once_it_came_the_days_count_from_the_delivery_however_late_it_was(days: int) -> None:
    there = DAY_ENDS + timedelta(days=days)
    assert told(facts(delivered_at=there, now=there + timedelta(days=29)))[0] == YES
    assert told(facts(delivered_at=there, now=there + timedelta(days=32)))[0] == NO


def test_goods_that_were_never_sent_may_be_claimed_at_once_but_not_as_late() -> None:
    early = DAY_ENDS - LAST
    assert told(funded(reason=Reason.NOT_DELIVERED, now=early))[0] == "not_yet_due"
    for reason in (None, Reason.NOT_SHIPPED, Reason.TERMS_NOT_MET, Reason.OTHER):
        assert told(funded(reason=reason, now=early))[0] == YES


@pytest.mark.parametrize("order", [shipped, funded])
def test_without_a_promised_day_there_is_no_end(order: Any) -> None:
    expected = (YES, "claim.not_shipped", "open_claim", None, None)
    assert told(order(promised_at=None)) == expected
    assert told(order(promised_at=None, reason=Reason.NOT_DELIVERED)) == expected


# By the first rules what had not come could be claimed for the days of the window from the promised day on

FIRST_ENDS = datetime(2026, 12, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize("reason", [None, *BEFORE_DELIVERY])
@pytest.mark.parametrize("order", [shipped, funded])
def test_by_the_first_rules_a_claim_before_delivery_had_an_end(order: Any, reason: Reason | None) -> None:
    end = ("claim.not_delivered_anchor", "open_claim", FIRST_ENDS, "Asia/Shanghai")
    for now in (DAY_ENDS, FIRST_ENDS - LAST):
        assert told(order(reason=reason, now=now), 1) == (YES, *end)
    over = ("claim.not_delivered_anchor", "talk_to_person", FIRST_ENDS, "Asia/Shanghai")
    for now in (FIRST_ENDS, DAY_ENDS + timedelta(days=400)):
        assert told(order(reason=reason, now=now), 1) == (NO, *over)
        given = verdicts.as_told(judge(order(reason=reason, now=now), 1))
        assert verdicts.check(given)[0]
        del given["rules"]
        assert verdicts.check(given)[0] and not verdicts.check(given | {"rules": 2})[0]


@pytest.mark.parametrize("reason", sorted(AFTER_DELIVERY))
@pytest.mark.parametrize("order", [shipped, funded])
def test_by_the_first_rules_what_is_wrong_with_goods_waited_for_the_promised_day(
    order: Any, reason: Reason
) -> None:
    expected = ("reason_needs_delivery", "claim.needs_delivery", "wait_until")
    for now in (DAY_ENDS - LAST, NOW):
        assert told(order(reason=reason, now=now), 1) == (*expected, DAY_ENDS, "Asia/Shanghai")
    assert told(order(reason=reason, promised_at=None), 1) == (*expected, None, None)


@pytest.mark.parametrize(
    "given",
    [
        facts(),
        facts(now=WINDOW_ENDS),
        facts(state="cancelled"),
        facts(paid=0, held=0),
        facts(refunded=128_000),
        facts(open_claim="CLM-1"),
        shipped(now=DAY_ENDS - LAST),
        shipped(promised_at=None),
    ],
)
def test_all_else_is_as_by_the_first_rules(given: Facts) -> None:
    assert replace(judge(given), rules=1) == judge(given, 1)


# A verdict is judged again from its facts alone


def test_what_was_told_is_the_same_when_it_is_judged_again() -> None:
    given = verdicts.as_told(judge(facts(reason=Reason.DAMAGED)))
    assert given["deadline"] == "2026-12-01T16:00:00Z" and given["facts"]["zones"] == list(SHANGHAI)
    assert verdicts.check(given) == (True, judge(facts(reason=Reason.DAMAGED)))


@pytest.mark.parametrize(
    "edit", [{"code": "x"}, {"eligible": False}, {"deadline": None}, {"payer": "guarantee"}, {"more": 1}]
)
def test_a_verdict_that_was_edited_is_not_the_same(edit: dict[str, Any]) -> None:
    given = verdicts.as_told(judge(facts())) | edit
    assert verdicts.check(given) == (False, judge(facts()))


def edited(**more: Any) -> dict[str, Any]:
    given = verdicts.as_told(judge(facts()))
    return given | {"facts": given["facts"] | more}


@pytest.mark.parametrize(
    "fact",
    [
        {"paid": -1},
        {"paid": LARGEST + 1},
        {"refunded": -1},
        {"held": -1},
        {"unpaid": -1},
        {"window_days": -1},
        {"window_days": 3661},
        {"zones": ["Asia/Shanghai", "Asia/Nowhere"]},
        {"zones": ["Asia/Shanghai"]},
        {"now": "2026-11-24T09:00:00"},
        {"now": "1969-12-31T23:59:59Z"},
        {"now": "2400-01-01T00:00:00Z"},
        {"promised_at": "1969-12-31T23:59:59Z"},
        {"shipped_at": "2400-01-01T00:00:00Z"},
        {"delivered_at": "2400-01-01T00:00:00Z"},
        {"reason": "sorrow"},
        {"unheard_of": 1},
    ],
)
def test_facts_that_no_calendar_or_ledger_knows_are_refused(fact: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        verdicts.check(edited(**fact))


@pytest.mark.parametrize(
    "fact",
    [
        {"paid": LARGEST},
        {"paid": 0},
        {"refunded": 0},
        {"window_days": 0},
        {"window_days": 3660},
        {"now": "1970-01-01T00:00:00Z"},
        {"now": "2399-12-31T23:59:59Z"},
    ],
)
def test_facts_at_the_edge_of_what_is_known_are_judged(fact: dict[str, Any]) -> None:
    verdicts.check(edited(**fact))


def test_a_verdict_without_facts_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        verdicts.check({"code": "eligible"})


def test_facts_that_were_left_out_are_not_known() -> None:
    wanted = verdicts.as_told(judge(facts()))["facts"]
    for name in ("hypothetical", "reason", "promised_at", "shipped_at", "delivered_at", "open_claim"):
        del wanted[name]
    _, again = verdicts.check({"facts": wanted})
    bare = replace(facts(), promised_at=None, shipped_at=None, delivered_at=None)
    assert again == judge(bare, 1) and again.facts.hypothetical is False


def test_facts_and_verdicts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        facts().paid = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        judge(facts()).code = VerdictCode.ELIGIBLE  # type: ignore[misc]
