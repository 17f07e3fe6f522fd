"""What needs a person of the desk: raised with its cause, taken, done with a reason, back while it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from contract.codes import Role
from escrow import desk, outbox, poller
from escrow.callers import Caller
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.tables import texts
from tests.escrow.asking import (
    DRILLS,
    LAMPS,
    LATER,
    OMAR,
    answered,
    builtins,
    fire_until,
    instructions,
    order,
    refused,
    released,
)
from tests.escrow.worlds import MADE, events

MEI = Caller("mei", "desk", "mediator", "c6", "c6-1")
SARA = Caller("sara", "desk", "supervisor", "c7", "c7-1")
IVO = Caller("ivo", "desk", "supervisor", "c8", "c8-1")
FAILED = f"PAY-{DRILLS}-1"
DAY = timedelta(days=1)


def tasks(world: Database, who: Caller = SARA, role: Role | None = None) -> list[dict[str, Any]]:
    told = builtins(world.read(lambda work: desk.listed(work, who, role, None)))
    found: list[dict[str, Any]] = told["items"]
    return found


def of(world: Database, entity: str) -> list[dict[str, Any]]:
    return [task for task in tasks(world) if task["entity"] == entity]


def take(world: Database, who: Caller, id: str, now: datetime = LATER) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.write(lambda work: desk.take(work, who, id, now)))
    return told


def done(
    world: Database, who: Caller, id: str, because: str = "Asked the bank.", now: datetime = LATER
) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.write(lambda work: desk.done(work, who, id, because, now)))
    return told


def history(world: Database, order: str) -> list[str]:
    return [row.event for row in events(world) if row.chain == order]


# Raised with its cause


def test_a_payout_that_failed_is_a_task_of_a_supervisor_since_it_failed(world: Database) -> None:
    (task,) = of(world, FAILED)
    assert (task["why"], task["role"], task["order"]) == ("instruction_failed", "supervisor", DRILLS)
    assert task["state"] == "open" and task["due"] is None
    assert "payout.failed" in history(world, DRILLS) and "task.raise" in history(world, DRILLS)
    assert order(world, DRILLS)["next"]["task"] == "instruction_failed"


def test_one_that_is_returned_is_one_at_once_even_after_it_had_settled(world: Database) -> None:
    now = released(world)
    (payout,) = instructions(world)
    answered(world, payout["id"], "settled", now)
    assert of(world, payout["id"]) == []
    answered(world, payout["id"], "returned", now)
    assert [task["why"] for task in of(world, payout["id"])] == ["instruction_returned"]


def test_an_instruction_without_an_answer_for_a_day_is_one_until_it_is_answered(world: Database) -> None:
    now = released(world)
    (payout,) = instructions(world)
    answered(world, payout["id"], "unknown", now)
    assert of(world, payout["id"]) == []
    fire_until(world, now + DAY)
    assert [task["why"] for task in of(world, payout["id"])] == ["instruction_unanswered"]
    answered(world, payout["id"], "settled", now + DAY)
    assert of(world, payout["id"]) == [] and history(world, LAMPS)[-3:] == [
        "payout.settled",
        "task.end",
        "order.payout_settled",
    ]
    assert "task" not in order(world, LAMPS)["next"]


def test_what_ends_with_a_failure_is_another_task_from_then_on(world: Database) -> None:
    now = released(world)
    (payout,) = instructions(world)
    answered(world, payout["id"], "unknown", now)
    fire_until(world, now + DAY)
    answered(world, payout["id"], "failed", now + DAY)
    assert [task["why"] for task in of(world, payout["id"])] == ["instruction_failed"]


# Alarms repeat


def test_an_alarm_rings_each_day_until_the_payout_is_answered_and_raises_one_task(world: Database) -> None:
    now = released(world)
    (payout,) = instructions(world)
    answered(world, payout["id"], "unknown", now)
    fire_until(world, now + 5 * DAY)
    assert history(world, LAMPS).count("payout.supervisor_alarm") == 5
    assert len(of(world, payout["id"])) == 1
    assert order(world, LAMPS)["next"]["by"] > (now + 5 * DAY).isoformat()


def test_a_task_that_was_called_done_is_back_when_the_alarm_rings_again(world: Database) -> None:
    now = released(world)
    (payout,) = instructions(world)
    answered(world, payout["id"], "unknown", now)
    fire_until(world, now + DAY)
    (task,) = of(world, payout["id"])
    done(world, SARA, task["id"], now=now + DAY)
    assert of(world, payout["id"]) == []
    fire_until(world, now + 2 * DAY)
    (again,) = of(world, payout["id"])
    assert again == task


def test_mediation_that_nobody_touches_is_a_mediators_task_each_two_business_days(world: Database) -> None:
    """It goes to mediation by itself on the seventh day, a Thursday."""
    fire_until(world, MADE + 20 * DAY)
    (task,) = of(world, "CLM-1001")
    assert (task["why"], task["role"]) == ("mediation_untouched", "mediator")
    assert history(world, "TA-40015-2200").count("claim.supervisor_alarm") > 3
    assert order(world, "TA-40015-2200")["next"]["by"] > (MADE + 20 * DAY).isoformat()


# Who sees and takes it


def test_each_sees_what_is_for_their_rank_and_those_below(world: Database) -> None:
    fire_until(world, MADE + 20 * DAY)
    assert {task["role"] for task in tasks(world, SARA)} == {"supervisor", "mediator"}
    assert {task["role"] for task in tasks(world, MEI)} == {"mediator"}
    assert tasks(world, OMAR) == []
    assert tasks(world, SARA, Role.MEDIATOR) == tasks(world, MEI)
    with refused("not_found"):
        tasks(world, OMAR, Role.SUPERVISOR)


def test_they_come_oldest_first_a_page_at_a_time(world: Database) -> None:
    fire_until(world, MADE + 20 * DAY)
    found = tasks(world)
    assert [task["since"] for task in found] == sorted(task["since"] for task in found)
    rest = builtins(world.read(lambda work: desk.listed(work, SARA, None, found[0]["id"])))
    assert (rest["items"], rest["next"]) == (found[1:], None)


def test_whoever_takes_it_has_it_and_another_is_told_who(world: Database) -> None:
    (task,) = of(world, FAILED)
    taken = take(world, SARA, task["id"])
    assert (taken["state"], taken["taken_by"]) == ("taken", "sara")
    assert take(world, SARA, task["id"], LATER + DAY) == taken
    for does in (take, done):
        with refused("task_taken") as wrong:
            does(world, IVO, task["id"])
        assert wrong.value.facts["taken_by"] == "sara"
    assert history(world, DRILLS).count("task.take") == 1


@pytest.mark.parametrize("who", [OMAR, MEI], ids=lambda who: who.role)
def test_one_above_their_rank_is_not_there(world: Database, who: Caller) -> None:
    (task,) = of(world, FAILED)
    for does in (take, done):
        with refused("not_found"):
            does(world, who, task["id"])


@pytest.mark.parametrize("id", ["T-TA-1-1", FAILED, "x"])
def test_one_that_is_not_there_is_not_found(world: Database, id: str) -> None:
    for does in (take, done):
        with refused("not_found"):
            does(world, SARA, id)


# Done, with a reason, while its cause lasts


def test_what_is_done_is_listed_no_more_and_its_reason_is_kept_beside_the_history(world: Database) -> None:
    (task,) = of(world, FAILED)
    take(world, SARA, task["id"])
    finished = done(world, SARA, task["id"], "The supplier gives us another account.")
    assert finished["state"] == "done" and of(world, FAILED) == []
    words = "The supplier gives us another account."
    kept = world.read(lambda work: list(work.connection.execute(select(texts.c.text)).scalars()))
    assert words in kept
    assert not any(words in row.facts for row in events(world))
    assert order(world, DRILLS)["next"]["task"] == "instruction_failed"


def test_done_twice_is_once_and_by_another_it_is_over(world: Database) -> None:
    (task,) = of(world, FAILED)
    first = done(world, SARA, task["id"])
    assert done(world, SARA, task["id"], "Once more.") == first
    for does in (take, done):
        with refused("task_over"):
            does(world, IVO, task["id"])
    assert history(world, DRILLS).count("task.do") == 1


@pytest.mark.parametrize("does", [take, done])
def test_what_was_taken_or_done_is_open_again_after_two_business_days(world: Database, does: Any) -> None:
    """From a Tuesday to the Thursday, at the same time of day."""
    (task,) = of(world, FAILED)
    does(world, SARA, task["id"])
    fire_until(world, LATER + 2 * DAY - timedelta(seconds=1))
    assert [each["state"] for each in of(world, FAILED)] == (["taken"] if does is take else [])
    fire_until(world, LATER + 2 * DAY)
    assert of(world, FAILED) == [task]
    assert take(world, IVO, task["id"], LATER + 2 * DAY)["taken_by"] == "ivo"


# A notice that reaches nobody


def lie_about(world: Database, now: datetime) -> bool:
    return world.write(lambda work: outbox.ask_desk(work, now))


def test_a_notice_that_no_channel_accepts_for_a_day_is_an_agents_task_until_one_does(world: Database) -> None:
    """The release of the lamps is told to both sides, and accepted by neither."""
    now = released(world)
    (at,) = {row.at for row in events(world) if row.event == "order.silence" and row.chain == LAMPS}
    told = datetime.fromisoformat(at)
    accept_before(world, told)
    while lie_about(world, told + DAY - timedelta(seconds=1)):
        pass
    assert [task for task in tasks(world, OMAR) if task["order"] == LAMPS] == []
    while lie_about(world, told + DAY):
        pass
    found = [task for task in tasks(world, OMAR) if task["order"] == LAMPS]
    assert {task["why"] for task in found} == {"notice_not_accepted"} and len(found) == 2
    assert {datetime.fromisoformat(task["since"]) for task in found} == {told + DAY}
    world.write(lambda work: outbox.accept(work, int(found[0]["entity"].removeprefix("notice-")), now + DAY))
    assert [task for task in tasks(world, OMAR) if task["order"] == LAMPS] == found[1:]
    done(world, OMAR, found[1]["id"], now=now + DAY)
    assert not lie_about(world, now + DAY)


def accept_before(world: Database, told: datetime) -> None:
    """The reminders have reached somebody."""

    def accept(work: Work) -> None:
        for id, at in work.notices.unaccepted():
            if at < told:
                outbox.accept(work, id, at)

    world.write(accept)


def test_the_program_itself_looks_for_such_notices(world: Database) -> None:
    now = released(world) + DAY
    (at,) = {row.at for row in events(world) if row.event == "order.silence" and row.chain == LAMPS}
    accept_before(world, datetime.fromisoformat(at))
    world.write(lambda work: work.records.advance_to(now))
    while world.write(poller.Attempt().fire):
        pass
    assert [task["why"] for task in tasks(world, OMAR) if task["order"] == LAMPS] == [
        "notice_not_accepted"
    ] * 2
    advanced = poller.advance(world, 1)
    assert advanced and [task for task in tasks(world, OMAR) if task["order"] == LAMPS] == []
