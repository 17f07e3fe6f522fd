"""When each wait ends, to the second: in both zones, over leap days and changed clocks, and what is late."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from contract.codes import ClaimState, InstructionState, OrderState, Otherwise, What, Who
from escrow import clocks
from escrow.calendar import Deadline, after_business_days, end_of_day
from escrow.clocks import CLOCKS, Clock, Matter, ends
from escrow.machines.claim import CLAIM as CLAIMS
from escrow.machines.instruction import PAYOUT as PAYOUTS
from escrow.machines.machine import Machine, Stay
from escrow.machines.order import ORDER as ORDERS
from escrow.policy import Holidays
from escrow.store.timers import Timer
from escrow.views.common import NOTHING, next_move
from tests.escrow.samples import AT, CLAIM, CREDIT, ORDER, POLICY

SECOND = timedelta(seconds=1)
SHANGHAI, LAGOS = "Asia/Shanghai", "Africa/Lagos"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def matter(*, started: datetime | None = None, claim: Any = None, credit: Any = None, **order: Any) -> Matter:
    return Matter(replace(ORDER, **order), POLICY, claim, started, credit)


# Waiting for somebody counts hours


@pytest.mark.parametrize(
    ("clock", "about", "end"),
    [
        (Clock.PAY, matter(created_at=utc("2028-01-01T10:00:01")), "2028-03-01T10:00:01"),
        (Clock.SHIP, matter(ship_by=utc("2026-12-01T23:59:59")), "2026-12-01T23:59:59"),
        *(
            (clock, matter(ship_by=utc("2026-02-01T10:00:00"), paid_at=utc(paid)), end)
            for paid, clock, end in (
                ("2026-01-20T09:00:00", Clock.UNSHIPPED_FIRST_NOTICE, "2026-02-24T10:00:00"),
                ("2026-01-20T09:00:00", Clock.UNSHIPPED_LAST_NOTICE, "2026-03-02T10:00:00"),
                ("2026-01-20T09:00:00", Clock.UNSHIPPED_REFUND, "2026-03-03T10:00:00"),
                # Paid after the day to ship: the same days from there.
                ("2026-02-11T09:00:00", Clock.UNSHIPPED_REFUND, "2026-03-13T09:00:00"),
                ("2026-02-11T09:00:00", Clock.UNSHIPPED_FIRST_NOTICE, "2026-03-06T09:00:00"),
            )
        ),
        # No day to ship was agreed.
        (Clock.UNSHIPPED_REFUND, matter(paid_at=utc("2026-01-20T09:00:00")), "2026-04-20T09:00:00"),
        (Clock.UNSHIPPED_LAST_NOTICE, matter(paid_at=utc("2026-01-20T09:00:00")), "2026-04-19T09:00:00"),
        (Clock.SILENT_RELEASE, matter(started=utc("2026-02-20T08:00:00")), "2026-03-07T08:00:00"),
        (Clock.SILENT_RELEASE, matter(started=utc("2028-02-20T08:00:00")), "2028-03-06T08:00:00"),
        (Clock.RESPOND, matter(started=utc("2026-12-30T23:00:00")), "2027-01-02T23:00:00"),
        (Clock.AUTO_ESCALATE, matter(claim=CLAIM), "2026-12-01T09:30:00"),
        (Clock.AUTO_ESCALATE, matter(claim=CLAIM, started=AT + timedelta(days=2)), "2026-12-01T09:30:00"),
        (Clock.OUTCOME, matter(started=utc("2026-03-08T06:30:00")), "2026-03-09T06:30:00"),
        (Clock.SETTLE, matter(started=utc("2026-12-31T23:59:30")), "2027-01-01T00:00:30"),
    ],
)
def test_waiting_ends_after_whole_hours(clock: Clock, about: Matter, end: str) -> None:
    assert ends(clock, about) == Deadline(utc(end), None)


def test_hours_are_hours_when_clocks_on_walls_change() -> None:
    """In New York the second is a day of 23 hours, in November one of 25."""
    for start in ("2026-03-07T12:00:00", "2026-10-31T12:00:00"):
        about = matter(started=utc(start), zone="America/New_York")
        assert ends(Clock.RESPOND, about) == Deadline(utc(start) + timedelta(hours=72), None)


def test_a_claim_can_be_taken_to_mediation_four_times_24_hours_after_its_opening() -> None:
    assert clocks.escalatable(CLAIM, POLICY) == utc("2026-11-28T09:30:00")


@pytest.mark.parametrize(
    ("started", "end"),
    [
        ("2026-11-24T02:00:00", "2026-11-26T02:00:00"),  # Tuesday, Thursday
        ("2026-11-26T02:00:00", "2026-11-30T02:00:00"),  # Thursday, Monday
        ("2026-11-26T17:00:00", "2026-11-30T17:00:00"),  # at the desk it is Friday already, then Tuesday
        ("2026-11-28T02:00:00", "2026-12-01T02:00:00"),  # Saturday, Tuesday
        ("2026-11-28T17:00:00", "2026-11-30T17:00:00"),  # at the desk it is Sunday already, then Tuesday
    ],
)
def test_the_desk_has_two_of_its_own_business_days(started: str, end: str) -> None:
    assert ends(Clock.MEDIATION_ALARM, matter(started=utc(started))) == Deadline(utc(end), None)


def test_no_business_day_is_no_time() -> None:
    saturday = utc("2026-11-28T02:00:00")
    assert after_business_days(saturday, 0, SHANGHAI) == saturday
    assert after_business_days(saturday, 1, SHANGHAI) == utc("2026-11-30T02:00:00")


def test_a_holiday_of_the_policy_is_no_business_day_whatever_day_of_the_week_it_is() -> None:
    eve, new_year = utc("2026-12-31T02:00:00"), (date(2027, 1, 1), date(2027, 1, 4))
    assert after_business_days(eve, 1, SHANGHAI) == utc("2027-01-01T02:00:00")
    assert after_business_days(eve, 1, SHANGHAI, new_year) == utc("2027-01-05T02:00:00")
    policy = msgspec.structs.replace(
        POLICY, holidays=(Holidays(2027, new_year), Holidays(2028, (date(2028, 1, 3),)))
    )
    end = clocks.mediation_alarm(Matter(ORDER, policy, started=eve))
    assert end and end.at == utc("2027-01-06T02:00:00")


def test_a_holiday_is_a_day_of_its_year() -> None:
    with pytest.raises(ValueError, match="2027"):
        Holidays(2027, (date(2028, 1, 1),))


# A right ends with a day


@pytest.mark.parametrize(
    ("delivered", "zone", "end", "in_zone"),
    [
        # The same day in both: it ends later in the west.
        ("2026-11-24T09:30:00", LAGOS, "2026-12-24T23:00:00", LAGOS),
        # The last second of the day in Shanghai, then the first of the next one, ending later.
        ("2026-11-24T15:59:59", LAGOS, "2026-12-24T23:00:00", LAGOS),
        ("2026-11-24T16:00:00", LAGOS, "2026-12-25T16:00:00", SHANGHAI),
        # Tomorrow in Lagos as well.
        ("2026-11-24T23:00:00", LAGOS, "2026-12-25T23:00:00", LAGOS),
        # East of the desk.
        ("2026-11-24T09:30:00", "Pacific/Auckland", "2026-12-24T16:00:00", SHANGHAI),
        ("2026-11-24T11:00:00", "Pacific/Auckland", "2026-12-25T11:00:00", "Pacific/Auckland"),
        # At the same instant the policy's is named.
        ("2026-11-24T09:30:00", "Asia/Singapore", "2026-12-24T16:00:00", SHANGHAI),
        # A leap day counts, and so does each day on which clocks are changed.
        ("2028-01-30T12:00:00", LAGOS, "2028-02-29T23:00:00", LAGOS),
        ("2026-01-30T12:00:00", LAGOS, "2026-03-01T23:00:00", LAGOS),
        ("2026-10-20T12:00:00", "America/New_York", "2026-11-20T05:00:00", "America/New_York"),
        ("2026-02-20T12:00:00", "America/New_York", "2026-03-23T04:00:00", "America/New_York"),
        # A midnight that was skipped: that day began at one.
        ("2018-10-04T12:00:00", "America/Sao_Paulo", "2018-11-04T03:00:00", "America/Sao_Paulo"),
    ],
)
def test_a_claim_is_too_late_at_the_later_midnight_after_thirty_days(
    delivered: str, zone: str, end: str, in_zone: str
) -> None:
    about = matter(delivered_at=utc(delivered), zone=zone)
    assert ends(Clock.WINDOW_END, about) == Deadline(utc(end), in_zone)
    assert clocks.claim_window(about) == Deadline(utc(end), in_zone)


def test_a_better_tier_has_sixty_days() -> None:
    about = matter(delivered_at=AT, tier="enterprise")
    assert ends(Clock.WINDOW_END, about) == Deadline(utc("2027-01-23T23:00:00"), LAGOS)


def test_goods_are_late_when_the_promised_day_is_over_in_both_zones() -> None:
    about = matter(promised_at=utc("2026-11-30T08:00:00"))
    assert ends(Clock.PROMISED, about) == Deadline(utc("2026-11-30T23:00:00"), LAGOS)
    about = matter(promised_at=utc("2026-11-30T20:00:00"))
    assert ends(Clock.PROMISED, about) == Deadline(utc("2026-12-01T16:00:00"), SHANGHAI)


@pytest.mark.parametrize(
    ("days", "end"), [(0, "2026-11-24T23:00:00"), (1, "2026-11-25T23:00:00"), (15, "2026-12-09T23:00:00")]
)
def test_a_day_of_which_none_are_added_is_the_facts_own_and_each_further_one_a_midnight(
    days: int, end: str
) -> None:
    assert end_of_day(AT, days, (SHANGHAI, LAGOS)) == Deadline(utc(end), LAGOS)


def test_an_end_and_what_it_is_reckoned_from_stay_as_they_are() -> None:
    for fixed, name in ((Deadline(AT, None), "at"), (matter(), "started")):
        with pytest.raises(FrozenInstanceError):
            setattr(fixed, name, None)


# What does not run, and what has begun too late


FACTS: dict[Clock, dict[str, Any]] = {
    Clock.PROCESSING: {"processing_since": AT, "started": AT},
    Clock.BALANCE: {"paid_at": AT, "started": AT},
    Clock.SHIP: {"ship_by": AT},
    Clock.UNSHIPPED_FIRST_NOTICE: {"ship_by": AT, "paid_at": AT},
    Clock.UNSHIPPED_LAST_NOTICE: {"ship_by": AT, "paid_at": AT},
    Clock.UNSHIPPED_REFUND: {"ship_by": AT, "paid_at": AT},
    Clock.PROMISED: {"promised_at": AT},
    Clock.WINDOW_END: {"delivered_at": AT},
    Clock.AUTO_ESCALATE: {"claim": CLAIM},
    Clock.CREDIT_LATE: {"promised_at": AT},
    Clock.CREDIT_APPLY: {"promised_at": AT},
    Clock.CREDIT_REMINDER: {"credit": CREDIT},
    Clock.CREDIT_EXPIRY: {"credit": CREDIT},
    Clock.ASK_ARRIVAL: {"shipped_at": AT},
    Clock.RECEIPT: {"dispatched_at": AT},
    Clock.ARRIVAL_ALARM: {"shipped_at": AT},
    Clock.AFTER_CLAIM: {"freed_at": AT},
}
BY_NOTICE = {Clock.SILENT_RELEASE, Clock.RESPOND, Clock.MEDIATION_ALARM, Clock.OUTCOME, Clock.SETTLE}
BY_NOTICE |= {Clock.TASK_RETURNS, Clock.CREDIT_COVER, Clock.REMIND_FIRST, Clock.REMIND_LAST}


@pytest.mark.parametrize("clock", sorted(set(Clock) - {Clock.HOLD_LIMIT}))
def test_a_clock_without_what_it_counts_from_does_not_run(clock: Clock) -> None:
    if clock is not Clock.PAY:
        lacking = matter() if clock in BY_NOTICE else matter(started=AT)
        assert ends(clock, lacking) is None
    has = matter(started=AT) if clock in BY_NOTICE else matter(**FACTS.get(clock, {}))
    assert ends(clock, has) is not None


@pytest.mark.parametrize(("max_days", "notice_days", "days"), [(90, 14, 76), (30, 14, 16), (10, 14, -4)])
def test_the_desk_hears_in_time_that_a_provider_may_hold_a_payment_no_longer(
    max_days: int, notice_days: int, days: int
) -> None:
    rules = msgspec.structs.replace(POLICY.payment, max_hold_days=max_days, hold_notice_days=notice_days)
    policy = msgspec.structs.replace(POLICY, payment=rules)
    paid = replace(ORDER, paid_at=AT)
    assert clocks.hold_limit(Matter(paid, policy)) == Deadline(AT + timedelta(days=days), None)
    assert clocks.hold_limit(Matter(replace(ORDER, paid_at=None), policy)) is None
    assert clocks.hold_limit(Matter(paid, POLICY)) is None, "by default nothing limits it"


def test_each_clock_is_the_one_of_its_name() -> None:
    assert {clock: found.__name__ for clock, found in CLOCKS.items()} == {
        Clock.PAY: "pay",
        Clock.HOLD_LIMIT: "hold_limit",
        Clock.PROCESSING: "processing",
        Clock.BALANCE: "balance",
        Clock.SHIP: "ship",
        Clock.UNSHIPPED_FIRST_NOTICE: "unshipped_first_notice",
        Clock.UNSHIPPED_LAST_NOTICE: "unshipped_last_notice",
        Clock.UNSHIPPED_REFUND: "unshipped_refund",
        Clock.PROMISED: "promised",
        Clock.ASK_ARRIVAL: "ask_arrival",
        Clock.RECEIPT: "receipt",
        Clock.ARRIVAL_ALARM: "arrival_alarm",
        Clock.SILENT_RELEASE: "silent_release",
        Clock.REMIND_FIRST: "remind_first",
        Clock.REMIND_LAST: "remind_last",
        Clock.AFTER_CLAIM: "after_claim",
        Clock.WINDOW_END: "claim_window",
        Clock.RESPOND: "respond",
        Clock.AUTO_ESCALATE: "auto_escalate",
        Clock.MEDIATION_ALARM: "mediation_alarm",
        Clock.OUTCOME: "outcome",
        Clock.SETTLE: "settle",
        Clock.TASK_RETURNS: "task_returns",
        Clock.CREDIT_LATE: "promised",
        Clock.CREDIT_APPLY: "credit_apply",
        Clock.CREDIT_COVER: "credit_cover",
        Clock.CREDIT_REMINDER: "credit_reminder",
        Clock.CREDIT_EXPIRY: "credit_expiry",
    }


@pytest.mark.parametrize(
    ("clock", "facts", "end"),
    [
        (Clock.SHIP, {"ship_by": utc("2026-11-20T00:00:00")}, Deadline(utc("2026-11-20T00:00:00"), None)),
        (
            Clock.WINDOW_END,
            {"delivered_at": utc("2026-10-01T09:00:00")},
            Deadline(utc("2026-10-31T23:00:00"), LAGOS),
        ),
        (
            Clock.PROMISED,
            {"promised_at": utc("2026-10-01T09:00:00")},
            Deadline(utc("2026-10-01T23:00:00"), LAGOS),
        ),
    ],
)
def test_what_ended_before_its_clock_began_ends_at_once_and_in_its_own_zone(
    clock: Clock, facts: dict[str, Any], end: Deadline
) -> None:
    for early in (timedelta(days=400), SECOND, timedelta(0)):
        assert ends(clock, matter(started=end.at - early, **facts)) == end
    for late in (SECOND, timedelta(days=400)):
        assert ends(clock, matter(started=end.at + late, **facts)) == Deadline(end.at + late, end.zone)
    assert ends(clock, matter(started=None, **facts)) == end


# Whose move it is, and until when


def timers(**started: datetime | None) -> dict[Clock, Timer]:
    return {Clock(name): Timer("X", Clock(name), "TA-1", at, None) for name, at in started.items()}


def told(
    machine: Machine[Any, Any],
    state: Any,
    now: datetime,
    *,
    claim: Any = None,
    running: Any = None,
    **order: Any,
) -> Any:
    return next_move(machine, state, replace(ORDER, **order), POLICY, running or {}, now, claim)


def test_nobody_waits_in_a_state_that_is_over() -> None:
    assert told(ORDERS, OrderState.CLOSED, AT) == NOTHING
    assert (NOTHING.who, NOTHING.what, NOTHING.by, NOTHING.overdue) == (Who.NOBODY, What.NONE, None, False)
    assert told(PAYOUTS, InstructionState.SETTLED, AT) == NOTHING


@pytest.mark.parametrize(("early", "overdue"), [(SECOND, False), (timedelta(0), True), (-SECOND, True)])
def test_a_wait_is_overdue_from_the_first_instant_that_is_too_late(early: timedelta, overdue: bool) -> None:
    end = utc("2026-12-01T12:00:00")
    found = told(ORDERS, OrderState.FUNDED, end - early, ship_by=end)
    assert (found.who, found.what, found.by) == (Who.SUPPLIER, What.SHIP, "2026-12-01T12:00:00Z")
    assert (found.by_zone, found.otherwise, found.overdue) == (None, Otherwise.CLAIM_POSSIBLE, overdue)


def test_a_wait_without_an_end_is_told_as_one_and_never_overdue() -> None:
    found = told(ORDERS, OrderState.SHIPPED, AT + timedelta(days=900))
    assert (found.who, found.what, found.by) == (Who.SUPPLIER, What.DELIVER, None)
    assert (found.by_zone, found.overdue) == (None, False)


def test_a_day_that_ends_is_told_with_its_zone() -> None:
    found = told(ORDERS, OrderState.SHIPPED, AT, promised_at=utc("2026-11-30T08:00:00"))
    assert (found.by, found.by_zone) == ("2026-11-30T23:00:00Z", LAGOS)


def test_of_several_clocks_the_earliest_is_told() -> None:
    """Until the supplier's notice is accepted, only the seventh day counts."""
    found = told(CLAIMS, ClaimState.AWAITING_SUPPLIER, AT, claim=CLAIM)
    assert (found.otherwise, found.by) == (Otherwise.IN_MEDIATION, "2026-12-01T09:30:00Z")
    found = told(CLAIMS, ClaimState.AWAITING_SUPPLIER, AT, claim=CLAIM, running=timers(respond=None))
    assert (found.otherwise, found.by) == (Otherwise.IN_MEDIATION, "2026-12-01T09:30:00Z")
    accepted = timers(respond=AT + timedelta(hours=1))
    found = told(CLAIMS, ClaimState.AWAITING_SUPPLIER, AT, claim=CLAIM, running=accepted)
    assert (found.otherwise, found.by) == (Otherwise.NEGOTIATING, "2026-11-27T10:30:00Z")


@pytest.mark.parametrize(
    ("after", "otherwise"),
    [
        (-SECOND, Otherwise.NEGOTIATING),
        (timedelta(0), Otherwise.IN_MEDIATION),
        (SECOND, Otherwise.IN_MEDIATION),
    ],
)
def test_of_two_clocks_that_end_together_the_first_one_written_is_told(
    after: timedelta, otherwise: Otherwise
) -> None:
    """Whoever goes to mediation is not told of a silence that ends at the same instant."""
    running = timers(respond=AT + timedelta(days=4) + after)
    found = told(CLAIMS, ClaimState.AWAITING_SUPPLIER, AT, claim=CLAIM, running=running)
    assert found.otherwise == otherwise


def test_the_demos_own_clock_is_told_to_nobody() -> None:
    running = timers(instruction_alarm=AT, settle=AT)
    found = told(PAYOUTS, InstructionState.PENDING, AT, running=running)
    assert (found.who, found.what) == (Who.PLATFORM, What.PAY_OUT)
    assert (found.by, found.otherwise) == ("2026-11-25T09:30:00Z", Otherwise.SUPERVISOR_ALARM)


def test_a_wait_without_a_clock_of_its_own_is_told_without_one() -> None:
    found = told(ORDERS, OrderState.RELEASING, AT)
    assert (found.who, found.what, found.by) == (Who.PLATFORM, What.PAY_OUT, None)


def test_every_stay_is_told_somewhere() -> None:
    """A row that no view can ever name would be a wait that nobody sees."""
    for machine in (ORDERS, CLAIMS, PAYOUTS):
        for stay in machine.stays:
            assert stay.in_demo or stay.beside or _can_be_told(machine, stay), stay


def _can_be_told(machine: Machine[Any, Any], stay: Stay[Any, Any]) -> bool:
    """Before the day to ship or after it, with its clock running or without, whatever else there is."""
    days = {"promised_at": AT, "delivered_at": AT, "paid_at": AT, "shipped_at": AT, "dispatched_at": AT}
    nowhere: dict[str, Any] = {"promised_at": None}
    others = [{"ship_by": AT}, {"ship_by": AT + SECOND}, nowhere, {"freed_at": AT}]
    others.append(nowhere | {"not_arrived": 2})
    started = {stay.clock: Timer("X", stay.clock, "TA-1", AT, None)} if stay.clock else {}
    for running, more in product(({}, started), others):
        found = told(machine, stay.state, AT, claim=CLAIM, running=running, **{**days, **more})
        if (found.who, found.what, found.otherwise) == (stay.who, stay.what, stay.otherwise):
            return True
    return False
