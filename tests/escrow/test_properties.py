"""What holds for all money, all days and all verdicts, not only for the examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.codes import OrderState, Reason
from escrow import verdicts
from escrow.calendar import after_business_days, after_days, end_of_day
from escrow.editions import shipped
from escrow.ledger import Journal, Kind, Posting, move
from escrow.money import BadMoney, Money, converted_down, decimal, exponent, share
from escrow.policy import in_force
from escrow.verdicts import Facts

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "EUR", "CLF"])
MINOR = st.integers(-(2**61), 2**61)
ZONES = st.sampled_from(
    [
        "Asia/Shanghai",
        "Africa/Lagos",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Europe/Oslo",
        "America/Los_Angeles",
    ]
)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
SHARES = st.fractions(Fraction(0), Fraction(1), max_denominator=1000)


@given(MINOR, MINOR, CURRENCIES)
def test_sums_of_money_come_apart_again(one: int, other: int, currency: str) -> None:
    assert Money(one, currency) + Money(other, currency) - Money(other, currency) == Money(one, currency)


@given(st.integers(0, 2**53), SHARES, CURRENCIES)
def test_a_share_is_within_half_a_minor_unit_and_never_above_the_whole(
    minor: int, part: Fraction, currency: str
) -> None:
    found = share(Money(minor, currency), part)
    assert 0 <= found.minor <= minor
    assert abs(found.minor - minor * part) <= Fraction(1, 2)


@given(st.integers(0, 10**12), CURRENCIES)
def test_an_amount_as_people_write_it_is_the_same_money(minor: int, currency: str) -> None:
    written = Decimal(minor).scaleb(-exponent(currency))
    assert decimal(written, currency) == Money(minor, currency)


@given(st.integers(1, 10**9))
def test_a_cap_in_another_currency_is_never_worth_more(minor: int) -> None:
    rates = {"USD": Decimal(1), "KWD": Decimal("3.25"), "JPY": Decimal("0.0067")}
    for currency in ("KWD", "JPY"):
        converted = converted_down(Money(minor, "USD"), currency, rates)
        dollars = Decimal(converted.minor).scaleb(-exponent(currency)) * rates[currency]
        assert dollars <= Decimal(minor).scaleb(-2)


@pytest.mark.parametrize("wrong", [1.0, True, "1", None, 2**63])
def test_what_is_no_whole_number_of_minor_units_is_no_money(wrong: Any) -> None:
    with pytest.raises(BadMoney):
        Money(wrong, "USD")


def test_two_currencies_make_no_sum_and_no_comparison() -> None:
    with pytest.raises(BadMoney):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(BadMoney):
        assert Money(1, "USD") < Money(1, "EUR")


@given(INSTANTS, st.integers(0, 90), ZONES, ZONES)
def test_a_right_ends_at_a_midnight_after_all_of_its_days_in_both_zones(
    fact: datetime, days: int, zone: str, other: str
) -> None:
    deadline = end_of_day(fact, days, (zone, other))
    assert deadline.zone in (zone, other)
    local = deadline.at.astimezone(ZoneInfo(deadline.zone))
    before = (deadline.at - timedelta(seconds=1)).astimezone(ZoneInfo(deadline.zone))
    assert local.date() > before.date()
    for each in (zone, other):
        first_day = fact.astimezone(ZoneInfo(each)).date()
        last_moment = deadline.at - timedelta(seconds=1)
        assert last_moment.astimezone(ZoneInfo(each)).date() >= first_day + timedelta(days=days)


@given(INSTANTS, st.integers(0, 90))
def test_waiting_counts_whole_days_of_twenty_four_hours(fact: datetime, days: int) -> None:
    assert after_days(fact, days) - fact == timedelta(hours=24 * days)


@given(INSTANTS, st.integers(1, 10), ZONES)
def test_business_days_end_on_a_business_day(fact: datetime, days: int, zone: str) -> None:
    end = after_business_days(fact, days, zone)
    assert end.astimezone(ZoneInfo(zone)).weekday() < 5
    assert end > fact


@given(MINOR.filter(bool), CURRENCIES)
def test_every_journal_sums_to_zero(minor: int, currency: str) -> None:
    journal = move(Kind.HOLD, Money(minor, currency), debit="a", credit="b")
    assert journal is not None and sum(each.amount.minor for each in journal.postings) == 0


def test_a_journal_that_does_not_sum_to_zero_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="zero"):
        Journal(Kind.HOLD, (Posting("a", Money(1, "USD")), Posting("b", Money(-2, "USD"))))
    with pytest.raises(ValueError, match="currency"):
        Journal(Kind.HOLD, (Posting("a", Money(1, "USD")), Posting("b", Money(-1, "EUR"))))


@st.composite
def facts(draw: Any) -> Facts:
    paid = draw(st.integers(0, 10**9))
    refunded = draw(st.integers(0, paid))
    held = draw(st.integers(0, paid - refunded))
    return Facts(
        order="TA-1",
        state=draw(st.sampled_from(list(OrderState))),
        now=draw(INSTANTS),
        tier="standard",
        window_days=draw(st.sampled_from([30, 60])),
        zones=("Asia/Shanghai", draw(ZONES)),
        currency="USD",
        paid=paid,
        refunded=refunded,
        held=held,
        unpaid=draw(st.integers(0, paid - refunded - held)),
        policy_version=1,
        hypothetical=draw(st.booleans()),
        reason=draw(st.none() | st.sampled_from(list(Reason))),
        promised_at=draw(st.none() | INSTANTS),
        shipped_at=draw(st.none() | INSTANTS),
        delivered_at=draw(st.none() | INSTANTS),
        open_claim=draw(st.none() | st.just("CLM-1")),
    )


@given(facts())
def test_a_verdict_judged_again_from_its_own_facts_is_the_same(given_: Facts) -> None:
    told = verdicts.as_told(verdicts.judge(given_))
    assert verdicts.check(told)[0]


@given(facts())
def test_a_verdict_never_promises_more_than_was_paid_and_nothing_where_it_says_no(given_: Facts) -> None:
    verdict = verdicts.judge(given_)
    cap = verdict.max_amount["minor"]
    assert cap == (given_.paid - given_.refunded if verdict.eligible else 0)
    assert (verdict.payer is not None) == verdict.eligible
    assert not (verdict.eligible and given_.open_claim)


@given(facts(), st.integers(0, 400))
def test_who_is_too_late_stays_too_late(given_: Facts, days: int) -> None:
    from msgspec.structs import replace

    later = replace(given_, now=given_.now + timedelta(days=days))
    if verdicts.judge(given_).code == "window_closed":
        assert verdicts.judge(later).code == "window_closed"


@given(INSTANTS.filter(lambda at: at.year >= 2021))
def test_there_is_a_policy_in_force_at_every_instant_since_the_first(at: datetime) -> None:
    assert in_force(shipped(), at).in_force_from <= at.date() + timedelta(days=1)
