"""Desk tasks and what is paid again, through the interface: who sees which door, what a no leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.escrow.conftest import Escrow

DRILLS = "TA-20931-7714"
OLD, NEW = (f"PAY-{DRILLS}-{n}" for n in (1, 2))


def task_of(escrow: Escrow, entity: str) -> dict[str, Any]:
    told = escrow.ask("sara", "GET", "/v1/desk/tasks").json["items"]
    found: list[dict[str, Any]] = [task for task in told if task["entity"] == entity]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("person", ["alice", "ningbo-tools", "marketplace", "executor", "messenger", None])
def test_for_nobody_but_the_desk_are_there_tasks(escrow: Escrow, person: str | None) -> None:
    task = task_of(escrow, OLD)["id"]
    for method, path in (("GET", ""), ("POST", f"/{task}/take"), ("POST", f"/{task}/done")):
        body = {"because": "x"} if path.endswith("done") else None
        given = escrow.ask(person, method, f"/v1/desk/tasks{path}", body)
        assert given.status == (404 if person else 401), path


def test_a_task_is_taken_once_for_its_key_and_done_with_a_reason(escrow: Escrow) -> None:
    task = task_of(escrow, OLD)
    assert escrow.ask("omar", "POST", f"/v1/desk/tasks/{task['id']}/take").status == 404
    taken = escrow.ask("sara", "POST", f"/v1/desk/tasks/{task['id']}/take", key="take-1")
    assert (taken.status, taken.json["taken_by"]) == (200, "sara")
    assert escrow.ask("sara", "POST", f"/v1/desk/tasks/{task['id']}/take", key="take-1").body == taken.body
    refused = escrow.ask("ivo", "POST", f"/v1/desk/tasks/{task['id']}/done", {"because": "I have it."})
    assert (refused.status, refused.code) == (409, "task_taken")
    for wrong in ({}, {"because": ""}, {"because": "x" * 201}, {"because": "a", "more": 1}):
        assert escrow.ask("sara", "POST", f"/v1/desk/tasks/{task['id']}/done", wrong).status == 422
    assert escrow.ask("sara", "GET", "/v1/desk/tasks?role=marketplace").status == 404
    assert escrow.ask("sara", "GET", "/v1/desk/tasks?role=boss").status == 422


def test_a_late_result_is_a_no_that_leaves_a_task_and_a_stopped_payout(escrow: Escrow) -> None:
    quote = escrow.ask("sara", "POST", "/v1/quotes", {"kind": "pay_again", "instruction": OLD}).json
    assert escrow.ask("sara", "POST", f"/v1/quotes/{quote['quote_id']}/confirm").json["done"]
    pending = escrow.ask("executor", "GET", "/v1/instructions").json["items"]
    assert [each["id"] for each in pending if each["order"] == DRILLS] == [NEW]
    path, told = f"/v1/instructions/{OLD}/result", {"result": "settled"}
    late = escrow.ask("executor", "POST", path, told, key="late-1")
    assert (late.status, late.code) == (409, "result_out_of_order")
    assert escrow.ask("executor", "POST", path, told, key="late-1").body == late.body
    assert task_of(escrow, OLD)["why"] == "late_result"
    pending = escrow.ask("executor", "GET", "/v1/instructions").json["items"]
    assert DRILLS not in {each["order"] for each in pending}
    wanted = {"kind": "book_result", "instruction": OLD, "result": "settled"}
    quote = escrow.ask("sara", "POST", "/v1/quotes", wanted).json
    confirm = f"/v1/quotes/{quote['quote_id']}/confirm"
    assert escrow.ask("sara", "POST", confirm).json["waits_for"] == "supervisor"
    assert escrow.ask("ivo", "POST", confirm).json["done"]
    assert escrow.ask("sara", "GET", f"/v1/orders/{DRILLS}").json["state"] == "completed"
