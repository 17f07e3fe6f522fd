"""When goods count as received and their money goes: to the second, with more days, without the badge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.codes import Mode, OrderState
from escrow import clocks
from escrow.calendar import Deadline
from escrow.clocks import Clock, Matter, ends
from tests.escrow.samples import AT, ORDER, POLICY

DAY = timedelta(days=1)
RULES = POLICY.receipt
SHIPPED = datetime(2026, 11, 2, 10, tzinfo=UTC)
# The promised day ends at midnight in Lagos.
PROMISED, PROMISED_ENDS = datetime(2026, 11, 30, 8, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)


def matter(*, started: datetime | None = None, **order: Any) -> Matter:
    left = {"shipped_at": SHIPPED, "dispatched_at": SHIPPED}
    return Matter(replace(ORDER, **{**left, **order}), POLICY, None, started)


def end(clock: Clock, about: Matter) -> datetime | None:
    found = ends(clock, about)
    return found.at if found else None


# Receipt by rule


@pytest.mark.parametrize("mode", Mode)
def test_receipt_by_rule_comes_the_days_of_its_mode_after_dispatch(mode: Mode) -> None:
    days = RULES.auto_confirm_days_by_mode[mode] * DAY
    assert end(Clock.RECEIPT, matter(mode=mode)) == SHIPPED + days
    assert end(Clock.ASK_ARRIVAL, matter(mode=mode)) == SHIPPED + days - 3 * DAY


def test_receipt_by_rule_never_comes_before_seven_days_after_the_promised_day() -> None:
    about = matter(mode="express", promised_at=PROMISED)
    assert end(Clock.RECEIPT, about) == PROMISED_ENDS + 7 * DAY
    assert end(Clock.ASK_ARRIVAL, about) == PROMISED_ENDS + 4 * DAY


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({"extended": ("shipped buyer",)}, 15),
        ({"extended": ("shipped buyer", "shipped supplier")}, 30),
        ({"extended": ("delivered buyer",)}, 0),
        ({"not_arrived": 1}, 15),
        ({"not_arrived": 1, "extended": ("shipped supplier",)}, 30),
    ],
)
def test_a_no_and_each_extension_while_it_is_shipped_add_fifteen_days(more: Any, days: int) -> None:
    usual, now = matter(mode="express"), matter(mode="express", **more)
    for clock in (Clock.RECEIPT, Clock.ASK_ARRIVAL):
        first = end(clock, usual)
        assert first and end(clock, now) == first + days * DAY


def test_after_a_second_no_nothing_counts_as_received_and_the_desk_is_called_again_and_again() -> None:
    twice = matter(mode="express", not_arrived=2, started=AT)
    assert end(Clock.RECEIPT, twice) is None and end(Clock.ASK_ARRIVAL, twice) is None
    assert end(Clock.ARRIVAL_ALARM, twice) == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


def test_on_the_suppliers_word_alone_no_receipt_comes_and_the_buyer_is_asked_at_the_promised_day() -> None:
    """Nor while some of it has not left: nobody knows from when to count."""
    word: dict[str, Any] = {"dispatched_at": None, "mode": "express", "promised_at": PROMISED}
    assert end(Clock.RECEIPT, matter(**word)) is None
    assert end(Clock.ASK_ARRIVAL, matter(**word)) == PROMISED_ENDS
    assert end(Clock.ARRIVAL_ALARM, matter(**word)) == PROMISED_ENDS + 15 * DAY
    assert end(Clock.ASK_ARRIVAL, matter(**word, not_arrived=1)) == PROMISED_ENDS + 15 * DAY
    again = matter(**word, started=PROMISED_ENDS + 15 * DAY)
    assert end(Clock.ARRIVAL_ALARM, again) == datetime(2026, 12, 17, 23, tzinfo=UTC)


def test_the_receipt_counts_from_the_day_on_which_the_last_of_it_left() -> None:
    about = matter(mode="express", dispatched_at=SHIPPED + 4 * DAY)
    assert end(Clock.RECEIPT, about) == SHIPPED + 19 * DAY
    assert end(Clock.ARRIVAL_ALARM, about) is None


def test_whoever_hears_late_of_a_shipment_has_three_days_to_answer_all_the_same() -> None:
    heard = SHIPPED + 20 * DAY
    late = matter(mode="express", started=heard)
    assert end(Clock.ASK_ARRIVAL, late) == heard and end(Clock.RECEIPT, late) == heard + 3 * DAY


# Silent release


def delivered(**order: Any) -> Matter:
    return matter(started=AT, **{"state": OrderState.DELIVERED, "delivered_at": AT, **order})


def test_a_silence_of_fifteen_days_releases_after_reminders_three_days_and_one_day_before() -> None:
    assert end(Clock.SILENT_RELEASE, delivered()) == AT + 15 * DAY
    assert end(Clock.REMIND_FIRST, delivered()) == AT + 12 * DAY
    assert end(Clock.REMIND_LAST, delivered()) == AT + 14 * DAY


def test_more_days_move_the_release_and_its_reminders_alike() -> None:
    more = delivered(extended=("shipped supplier", "delivered buyer"))
    assert end(Clock.SILENT_RELEASE, more) == AT + 30 * DAY
    assert end(Clock.REMIND_FIRST, more) == AT + 27 * DAY


def test_without_the_badge_the_release_waits_for_the_end_of_the_claim_window() -> None:
    about = delivered(badge=False)
    window = clocks.claim_window(about)
    assert window and ends(Clock.SILENT_RELEASE, about) == window
    more = delivered(badge=False, extended=("delivered buyer",))
    assert ends(Clock.SILENT_RELEASE, more) == Deadline(window.at + 15 * DAY, None)


def test_without_the_badge_a_late_notice_still_leaves_fifteen_days() -> None:
    about = delivered(badge=False, delivered_at=AT - 29 * DAY)
    assert end(Clock.SILENT_RELEASE, about) == AT + 15 * DAY


def test_what_the_end_of_a_claim_sets_free_waits_forty_eight_hours() -> None:
    assert end(Clock.AFTER_CLAIM, delivered(freed_at=AT)) == AT + timedelta(hours=48)
    assert end(Clock.AFTER_CLAIM, delivered()) is None
