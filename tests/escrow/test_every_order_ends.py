"""The demo world lived on for 200 days without anybody's hand: nobody's money is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contract import answers
from contract.codes import InstructionState, TaskWhy, Who
from escrow import service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.poller import Attempt
from escrow.requests import OrderSearch
from escrow.store.database import Database
from tests.escrow.worlds import MADE, demo_world

OMAR = Caller("omar", "desk", "agent", "c", "t")
LATER = MADE + timedelta(days=200)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("later")
    on_sqlite = request.param == "sqlite"
    database = demo_world(f"sqlite:///{folder}/e.db" if on_sqlite else request.getfixturevalue("pg_url"))
    attempt = Attempt(LATER)
    while database.write(attempt.advance):
        pass
    yield database
    database.close()


def orders(world: Database) -> list[answers.Order]:
    return world.read(lambda work: service.list_orders(work, OMAR, OrderSearch(), LATER)).items


def test_no_order_holds_money_without_somebody_who_must_act_at_an_instant_that_is_still_to_come(
    world: Database,
) -> None:
    forgotten = [order for order in orders(world) if is_owed(order) and not is_waited_for(order)]
    assert not [(order.id, order.state, order.next) for order in forgotten]


def is_owed(order: answers.Order) -> bool:
    unpaid = order.payout is not None and order.payout.state is not InstructionState.SETTLED
    return bool(order.money.held.minor) or unpaid


def is_waited_for(order: answers.Order) -> bool:
    at = order.next.by
    return order.next.who is not Who.NOBODY and at is not None and datetime.fromisoformat(at) > LATER


def test_the_books_are_as_good_as_before(world: Database) -> None:
    assert not world.read(audit).breaches


def test_the_desk_heard_of_the_claim_whose_payment_its_provider_may_hold_no_longer(world: Database) -> None:
    tasks = world.read(lambda work: work.tasks.of("TA-40015-2200"))
    (limit,) = [task for task in tasks if task.why is TaskWhy.HOLD_ENDS_SOON]
    assert limit.since == MADE - timedelta(days=39) + timedelta(days=90 - 14)
