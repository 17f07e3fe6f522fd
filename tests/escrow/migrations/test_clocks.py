"""Each clock goes on from where it was, and those that the machines ask for are there."""

from __future__ import annotations

from typing import Any

from escrow.machines.claim import CLAIM
from escrow.machines.credit import CREDIT
from escrow.machines.instruction import PAYOUT
from escrow.machines.order import ORDER
from escrow.store import schema
from escrow.store.database import Database
from tests.escrow import landed
from tests.escrow.migrations import LAMPS, LIGHTS, PANELS, STRIPS, Row, change, rows

BITS = "TA-20950-3310"
# Whose time runs when the landed books end: since when, until when, whether it rang, which notice starts it.
CLOCKS = {
    ("TA-20951-0007", "pay"): ("2026-11-25T16:39:31", "2027-01-24T16:39:31", False, None),
    (BITS, "ship"): ("2026-11-26T15:39:31", "2026-12-03T15:39:31", True, None),
    (BITS, "unshipped_refund"): ("2026-11-26T15:39:31", "2027-01-02T15:39:31", False, None),
    (BITS, "unshipped_first_notice"): ("2026-11-26T15:39:31", "2026-12-26T15:39:31", False, None),
    (BITS, "unshipped_last_notice"): ("2026-11-26T15:39:31", "2027-01-01T15:39:31", False, None),
    ("TA-40015-2200", "silent_release"): ("2026-11-16T16:39:31", "2026-12-01T16:39:31", True, None),
    (PANELS, "silent_release"): ("2026-11-24T16:39:31", "2026-12-09T16:39:31", False, None),
    (LAMPS, "silent_release"): ("2026-11-14T16:39:31", "2026-11-29T16:39:31", True, None),
    ("TA-31200-0450", "window_end"): ("2026-10-27T16:40:31", "2026-12-12T16:00:00", False, None),
    ("TA-31207-7777", "window_end"): ("2026-11-22T16:40:31", "2027-01-21T16:00:00", False, None),
    ("CLM-1001", "mediation_alarm"): ("2026-11-26T16:39:34", "2026-11-30T16:39:34", True, None),
    ("CLM-1002", "mediation_alarm"): ("2026-12-03T16:39:34", "2026-12-07T16:39:34", True, None),
    ("CLM-1003", "mediation_alarm"): ("2026-12-03T16:39:34", "2026-12-07T16:39:34", True, None),
    ("CLM-1004", "mediation_alarm"): ("2026-12-03T16:39:34", "2026-12-07T16:39:34", True, None),
    ("CLM-1005", "auto_escalate"): ("2026-12-04T16:39:34", "2026-12-11T16:39:34", False, None),
    ("CLM-1006", "auto_escalate"): ("2026-12-08T16:39:34", "2026-12-15T16:39:34", False, None),
    ("CLM-1006", "respond"): ("2026-12-08T16:39:34", "2026-12-11T16:39:34", False, 36),
    ("CLM-1007", "auto_escalate"): ("2026-12-08T16:39:34", "2026-12-15T16:39:34", False, None),
    ("CLM-1007", "respond"): (None, None, False, 37),
    ("PAY-TA-20931-7714-1", "instruction_alarm"): ("2026-11-12T16:40:01", "2026-11-13T16:40:01", True, None),
    ("PAY-TA-20931-7741-1", "instruction_alarm"): ("2026-11-29T16:39:34", "2026-11-30T16:39:34", True, None),
    ("PAY-TA-40015-2200-1", "instruction_alarm"): ("2026-12-01T16:39:34", "2026-12-02T16:39:34", True, None),
    (f"PAY-{STRIPS}-1", "instruction_alarm"): ("2026-12-04T16:39:34", "2026-12-05T16:39:34", True, None),
    (f"PAY-{LIGHTS}-1", "instruction_alarm"): ("2026-12-08T16:39:31", "2026-12-09T16:39:31", False, None),
    (f"PAY-{LIGHTS}-1", "settle"): ("2026-12-08T16:39:31", "2026-12-08T16:40:31", False, None),
    # Nobody had booked it.
    (f"credit:{PANELS}", "credit_cover"): ("2026-12-08T16:39:34", "2026-12-09T16:39:34", False, None),
}
# A credit had no clocks then, and what was never shipped did not go back.
LATER = {key for key in CLOCKS if key[0].startswith("credit:") or key[1].startswith("unshipped")}
# What still later programs wait for: escrow/winding.py.
WOUND_LATER = {"ask_arrival", "receipt", "arrival_alarm", "remind_first", "remind_last", "after_claim"}
WOUND_LATER |= {"hold_limit"}
MACHINES: dict[str, Any] = {"orders": ORDER, "claims": CLAIM, "instructions": PAYOUT, "credits": CREDIT}


def clock_of(database: Database, entity: str, clock: str) -> Row:
    (found,) = rows(database, f"SELECT * FROM clocks WHERE entity = '{entity}' AND clock = '{clock}'")
    return found


def test_each_clock_goes_on_from_where_it_was(carried: Database) -> None:
    told = {(row["entity"], row["clock"]): row for row in rows(carried, "SELECT * FROM clocks")}
    assert told.keys() == CLOCKS.keys()
    for key, (started, due, rang, notice) in CLOCKS.items():
        row = told[key]
        instants = [f"{each}.000000Z" if each else None for each in (started, due, due)]
        assert [row["started_at"], row["due_at"], row["try_at"]] == instants, key
        assert (row["done_at"] is not None, row["notice"]) == (rang, notice), key


def test_clocks_are_those_that_the_machines_ask_for(carried: Database) -> None:
    wanted = {
        (row["id"], str(stay.clock))
        for table, machine in MACHINES.items()
        for row in rows(carried, f"SELECT id, state FROM {table}")
        for stay in machine.timed(row["state"], demo=True)
    }
    since = wanted - CLOCKS.keys()
    assert wanted >= CLOCKS.keys() and {clock for _, clock in since} <= WOUND_LATER


def test_clocks_end_when_the_landed_deadlines_did(carried: Database) -> None:
    latest = {(row["entity"], row["kind"]): row for row in landed.rows()["deadlines"]}
    for row in rows(carried, "SELECT * FROM clocks WHERE started_at IS NOT NULL"):
        if (row["entity"], row["clock"]) in LATER:
            continue
        was = latest[row["entity"], row["clock"]]
        assert (row["due_at"], row["done_at"]) == (was["due_at"], was["done_at"]), was


def test_clocks_name_the_parties_of_their_order(carried: Database) -> None:
    orders = {row["id"]: row for row in landed.rows()["orders"]}
    for row in rows(carried, "SELECT * FROM clocks"):
        order = orders[row["order_id"]]
        assert (row["buyer"], row["supplier"]) == (order["buyer"], order["supplier"])


def test_a_release_waits_for_the_notice_of_the_delivery(left: Database) -> None:
    notice = "kind, account, persons, order_id, facts, at"
    to = ", ".join(
        f"('order_delivered', '{account}', 'x', '{PANELS}', '{{}}', '2026-11-24T16:39:31.000000Z')"
        for account in ("chen-instruments", "shenzhen-lumen")
    )
    change(
        left,
        f"UPDATE orders SET release_from = NULL WHERE id = '{PANELS}'",
        f"DELETE FROM deadlines WHERE kind = 'silent_release' AND entity = '{PANELS}'",
        f"INSERT INTO notices ({notice}) VALUES {to}",
    )
    schema.upgrade(left)
    waits = clock_of(left, PANELS, "silent_release")
    (told,) = rows(left, f"SELECT * FROM notices WHERE id = {waits['notice']}")
    assert (told["kind"], told["account"]) == ("order_delivered", "chen-instruments")
    assert [waits[name] for name in ("started_at", "due_at", "try_at", "done_at")] == [None] * 4


def test_a_clock_that_was_put_off_is_tried_again_then_but_was_due_before(left: Database) -> None:
    later = "2026-12-09T19:39:31.000000Z"
    change(
        left, f"UPDATE deadlines SET due_at = '{later}' WHERE kind = 'silent_release' AND entity = '{PANELS}'"
    )
    schema.upgrade(left)
    clock = clock_of(left, PANELS, "silent_release")
    assert (clock["due_at"], clock["try_at"]) == ("2026-12-09T16:39:31.000000Z", later)


def test_a_clock_without_a_deadline_ends_by_the_policy_of_its_order(left: Database) -> None:
    change(left, "DELETE FROM deadlines")
    schema.upgrade(left)
    for row in rows(left, "SELECT * FROM clocks"):
        due = CLOCKS[row["entity"], row["clock"]][1]
        assert row["due_at"] == row["try_at"] == (f"{due}.000000Z" if due else None), row
        assert row["done_at"] is None


def test_a_window_that_ended_before_the_order_was_completed_ends_then(left: Database) -> None:
    change(left, "UPDATE orders SET delivered_at = '2026-08-01T10:00:00.000000Z' WHERE id = 'TA-31200-0450'")
    schema.upgrade(left)
    clock = clock_of(left, "TA-31200-0450", "window_end")
    assert clock["due_at"] == clock["started_at"] == "2026-10-27T16:40:31.000000Z"


def test_only_a_demo_settles_by_itself_and_an_order_without_a_day_to_ship_has_no_clock(
    left: Database,
) -> None:
    change(left, "DELETE FROM clock", f"UPDATE orders SET ship_by = NULL WHERE id = '{BITS}'")
    schema.upgrade(left)
    kept = {(row["entity"], row["clock"]) for row in rows(left, "SELECT * FROM clocks")}
    assert CLOCKS.keys() - kept == {(f"PAY-{LIGHTS}-1", "settle"), (BITS, "ship")}
    assert clock_of(left, BITS, "unshipped_refund")["due_at"] == "2027-02-24T15:39:31.000000Z"
