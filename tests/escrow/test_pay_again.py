"""What did not get there is paid again, once; and what the bank says of it later is booked by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contract.codes import InstructionState
from escrow import executor
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.store.database import Database
from tests.escrow.asking import (
    ALICE,
    DRILLS,
    LATER,
    OMAR,
    answered,
    asked,
    builtins,
    confirmed,
    fire_until,
    journal,
    order,
    refused,
    usd,
)
from tests.escrow.test_desk_tasks import IVO, MEI, SARA, history, of

OLD, NEW, NEWER = (f"PAY-{DRILLS}-{n}" for n in (1, 2, 3))
HOUR = timedelta(hours=1)


def again(world: Database, instruction: str = OLD, who: Caller = SARA) -> dict[str, Any]:
    quote = asked(world, who, "pay_again", instruction=instruction)
    return confirmed(world, who, quote)


def payout(world: Database, id: str) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: executor.view(work.instructions.get(id))))
    return told


def late(world: Database, id: str = OLD, result: str = "settled") -> str:
    """As the interface does it: what was written stays, though the answer is a no."""
    outcome = InstructionState(result)
    given = world.write(lambda work: executor.result(work, id, outcome, actor="executor:bank", at=LATER))
    assert isinstance(given, Refusal)
    return str(given.code)


def booked(world: Database, result: str, *signers: Caller, instruction: str = OLD) -> dict[str, Any]:
    first, *others = signers or (SARA, IVO)
    quote = asked(world, first, "book_result", instruction=instruction, result=result)
    done = confirmed(world, first, quote)
    for other in others:
        done = confirmed(world, other, quote)
    return done


# Paid again


def test_a_failed_payout_is_paid_again_by_a_supervisor_and_the_order_comes_to_its_end(
    world: Database,
) -> None:
    quote = asked(world, SARA, "pay_again", instruction=OLD)
    assert (quote["order"], quote["effect"]) == (DRILLS, {"amount": usd(640_00), "new_state": "releasing"})
    assert quote["postings"] == [] and quote["signatures"] == ["supervisor"]
    assert confirmed(world, SARA, quote)["done"]
    assert (payout(world, OLD)["state"], payout(world, OLD)["replaced_by"]) == ("replaced", NEW)
    assert (payout(world, NEW)["state"], payout(world, NEW)["amount"]) == ("pending", usd(640_00))
    assert of(world, OLD) == [] and "task" not in order(world, DRILLS)["next"]
    answered(world, NEW, "settled", LATER)
    assert order(world, DRILLS)["state"] == "completed"
    assert journal(world, DRILLS)[-1]["kind"] == "E5"


def test_the_demos_bank_settles_it_a_minute_later(world: Database) -> None:
    again(world)
    fire_until(world, LATER + 2 * timedelta(minutes=1))
    assert payout(world, NEW)["state"] == "settled"
    assert order(world, DRILLS)["state"] == "completed"


@pytest.mark.parametrize("who", [ALICE, OMAR, MEI], ids=lambda who: who.role)
def test_for_everybody_else_there_is_no_such_deed(world: Database, who: Caller) -> None:
    with refused("not_found"):
        asked(world, who, "pay_again", instruction=OLD)


def test_what_is_on_its_way_or_paid_is_not_paid_again(world: Database) -> None:
    again(world)
    for instruction in (OLD, NEW):
        with refused("wrong_state"):
            asked(world, SARA, "pay_again", instruction=instruction)
    answered(world, NEW, "settled", LATER)
    with refused("wrong_state"):
        asked(world, SARA, "pay_again", instruction=NEW)
    with refused("not_found"):
        asked(world, SARA, "pay_again", instruction="PAY-NONE-1")


def test_two_quotes_of_one_payout_pay_once(world: Database) -> None:
    one, other = (asked(world, who, "pay_again", instruction=OLD) for who in (SARA, IVO))
    confirmed(world, SARA, one)
    with refused("wrong_state"):
        confirmed(world, IVO, other)
    assert history(world, DRILLS).count("payout.make") == 2


def test_what_fails_again_is_a_task_again_and_can_be_paid_again(world: Database) -> None:
    again(world)
    answered(world, NEW, "returned", LATER)
    assert [task["why"] for task in of(world, NEW)] == ["instruction_returned"] and of(world, OLD) == []
    again(world, NEW)
    assert payout(world, NEW)["replaced_by"] == NEWER


# What the bank says of the old one later


def test_the_same_result_of_a_replaced_one_once_more_changes_nothing(world: Database) -> None:
    again(world)
    before = history(world, DRILLS)
    assert answered(world, OLD, "failed", LATER)["replaced_by"] == NEW
    assert history(world, DRILLS) == before


def test_a_late_result_is_refused_stops_the_newer_one_and_is_a_task(world: Database) -> None:
    again(world)
    assert late(world) == "result_out_of_order"
    assert payout(world, NEW)["state"] == "stopped"
    assert [task["why"] for task in of(world, OLD)] == ["late_result"]
    fire_until(world, LATER + 5 * HOUR)
    assert payout(world, NEW)["state"] == "stopped"
    assert order(world, DRILLS)["next"]["task"] == "late_result"
    assert order(world, DRILLS)["next"]["by"] > LATER.isoformat()


def test_two_supervisors_book_that_it_was_paid_and_the_newer_one_never_is(world: Database) -> None:
    again(world)
    late(world)
    quote = asked(world, SARA, "book_result", instruction=OLD, result="settled")
    assert quote["signatures"] == ["supervisor", "supervisor"]
    assert [posting["account"] for posting in quote["postings"]] == [f"2100:ningbo-tools:{DRILLS}", "1010"]
    assert confirmed(world, SARA, quote)["waits_for"] == "supervisor"
    assert payout(world, OLD)["state"] == "replaced"
    assert confirmed(world, IVO, quote)["done"]
    assert (payout(world, OLD)["state"], payout(world, NEW)["state"]) == ("settled", "replaced")
    assert order(world, DRILLS)["state"] == "completed" and of(world, OLD) == []
    assert [row["kind"] for row in journal(world, DRILLS)].count("E5") == 2


def test_two_supervisors_book_that_it_was_not_and_the_newer_one_goes_out(world: Database) -> None:
    again(world)
    late(world)
    assert booked(world, "failed")["done"]
    assert (payout(world, OLD)["state"], payout(world, NEW)["state"]) == ("replaced", "pending")
    assert of(world, OLD) == []
    fire_until(world, LATER + HOUR)
    assert order(world, DRILLS)["state"] == "completed"


def test_what_the_bank_contradicts_before_it_is_paid_again_is_not_paid_again(world: Database) -> None:
    assert late(world) == "result_out_of_order"
    assert {task["why"] for task in of(world, OLD)} == {"instruction_failed", "late_result"}
    with refused("result_waits"):
        asked(world, SARA, "pay_again", instruction=OLD)
    assert booked(world, "settled")["done"]
    assert (payout(world, OLD)["state"], of(world, OLD)) == ("settled", [])
    assert order(world, DRILLS)["state"] == "completed"


def test_while_the_newer_one_may_be_paid_nothing_is_booked(world: Database) -> None:
    """The bank does not know: it cannot be stopped any more."""
    again(world)
    answered(world, NEW, "unknown", LATER)
    late(world)
    assert payout(world, NEW)["state"] == "unknown"
    with refused("result_waits"):
        asked(world, SARA, "book_result", instruction=OLD, result="settled")
    answered(world, NEW, "failed", LATER)
    assert booked(world, "settled")["done"]
    assert order(world, DRILLS)["state"] == "completed"


def test_a_result_of_one_that_was_stopped_counts_all_the_same(world: Database) -> None:
    """It was sent before the late result came: what the bank has paid is paid, and once is enough."""
    again(world)
    late(world)
    answered(world, NEW, "settled", LATER)
    assert order(world, DRILLS)["state"] == "completed"
    with refused("nothing_owed"):
        asked(world, SARA, "book_result", instruction=OLD, result="settled")
    assert booked(world, "failed")["done"]


@pytest.mark.parametrize("result", ["pending", "unknown", "replaced", "stopped"])
def test_only_an_outcome_can_be_booked(world: Database, result: str) -> None:
    with pytest.raises(ValueError, match="outcome"):
        asked(world, SARA, "book_result", instruction=OLD, result=result)


def test_without_a_late_result_there_is_nothing_to_book(world: Database) -> None:
    with refused("wrong_state"):
        asked(world, SARA, "book_result", instruction=OLD, result="settled")
