"""An executor that loses or doubles one answer in three: nothing is paid twice, and nothing is forgotten."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from contract.asked import PayAgain
from contract.codes import InstructionState, OrderState
from escrow import engine, executor, quotes
from escrow.audit import audit
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.store.database import Database
from tests.escrow.worlds import MADE, TOTAL, Copies, delivered, market

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SARA = Caller("sara", "desk", "supervisor", "c7", "c7-1")
SETTLED, FAILED = InstructionState.SETTLED, InstructionState.FAILED
RETURNED, UNKNOWN = InstructionState.RETURNED, InstructionState.UNKNOWN
# Most do not get there at first: so a few orders make many instructions.
OUTCOMES = [SETTLED, *[FAILED] * 4, *[RETURNED] * 3]
AN_ORDER = len(OUTCOMES) - 2


@dataclass
class Bank:
    """It moves money once for each instruction, whatever it says of it, and however often."""

    dice: random.Random
    moved: Counter[str] = field(default_factory=Counter)
    truth: dict[str, InstructionState] = field(default_factory=dict)
    late: list[tuple[str, InstructionState]] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0

    def answers(self, id: str, order: str) -> Iterator[tuple[str, InstructionState]]:
        """What it says, if that is not lost; some comes twice, at once or much later."""
        if id not in self.truth:
            self.truth[id] = self.dice.choice(OUTCOMES)
            self.moved[order] += self.truth[id] is SETTLED
        said = (id, self.truth[id] if self.dice.random() < 0.9 else UNKNOWN)
        fate = self.dice.random()
        if fate > 1 / 6:
            yield said
        else:
            self.lost += 1
        if fate > 5 / 6:
            yield said
            self.late.append(said)
            self.doubled += 1


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    copies = Copies(market, tmp_path, server)
    database = copies.open()
    yield database
    copies.drop(database)


LONG = [pytest.mark.long, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("instructions", [1_000, pytest.param(10_000, marks=LONG)])
def test_of_a_thousand_instructions_none_is_paid_twice_and_none_forgotten(
    books: Database, instructions: int
) -> None:
    bank, made = Bank(random.Random(instructions)), list[str]()
    for n in count():
        batch = [f"TA-{n}-{m}" for m in range(10)]
        books.write(lambda work, batch=batch: [delivered(work, id, MADE) for id in batch])  # type: ignore[misc]
        made += batch
        if len(made) * AN_ORDER >= instructions:
            break
    now = MADE + timedelta(days=15)
    while books.write(partial(engine.fire_next, now=now)):
        pass
    rounds = 0
    while unsettled(books, made):
        rounds += 1
        assert rounds < 200, "somebody waits for what nobody does any more"
        now += timedelta(hours=6)
        one_round(books, bank, now)
    total = books.read(lambda work: sum(len(work.instructions.of(id)) for id in made))
    assert total >= instructions and min(bank.lost, bank.doubled) > instructions // 8
    assert bank.moved == Counter(dict.fromkeys(made, 1))
    books.read(lambda work: nothing_waits(work, made))
    assert books.read(audit).breaches == []


def one_round(books: Database, bank: Bank, now: Any) -> None:
    """The executor looks for what is to be moved, and the desk for what did not get there."""
    while books.write(partial(engine.fire_next, now=now)):
        pass
    for id, order in waiting(books):
        for said in bank.answers(id, order):
            hear(books, said, now)
    heard, bank.late = bank.late[:20], bank.late[20:]
    for said in heard:
        hear(books, said, now)
    for task in books.read(lambda work: work.tasks.waiting(["supervisor"], None))[0]:
        if task.why in ("instruction_failed", "instruction_returned"):
            wanted = PayAgain(task.entity)
            quote = books.write(lambda work, w=wanted: quotes.open_quote(work, SARA, w, now))  # type: ignore[misc]
            books.write(partial(quotes.confirm, caller=SARA, id=quote.quote_id, now=now))


def waiting(books: Database) -> list[tuple[str, str]]:
    """All that it is to move, and what it has not been able to say for sure."""
    found = []
    for state in (InstructionState.PENDING, UNKNOWN):
        after = None
        while True:
            page, after = books.read(lambda work, s=state, a=after: work.instructions.in_state(s, a))  # type: ignore[misc]
            found += [(each.id, each.order) for each in page]
            if after is None:
                break
    return found


def hear(books: Database, said: tuple[str, InstructionState], now: Any) -> None:
    id, outcome = said
    try:
        given = books.write(lambda work: executor.result(work, id, outcome, actor="executor:bank", at=now))
    except Refusal as refusal:
        assert refusal.code == "result_out_of_order"
        return
    assert not isinstance(given, Refusal), "it never contradicts itself"


def unsettled(books: Database, orders: list[str]) -> bool:
    found = books.read(lambda work: work.orders.many(orders))
    return any(order.state is OrderState.RELEASING for order in found)


def nothing_waits(work: Any, orders: list[str]) -> None:
    for order in work.orders.many(orders):
        position = work.ledger.position(order)
        assert (position.released, position.payable.minor) == (TOTAL, 0)
        assert not any(task.lasts for task in work.tasks.of(order.id))
        assert not any(each.is_in_flight for each in work.instructions.of(order.id))
