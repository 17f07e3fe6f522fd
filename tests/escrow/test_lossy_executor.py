"""An executor that loses or doubles one answer in three: nothing is paid twice, and nothing is forgotten.

The bank here keeps its own books. It pays an instruction once, however often it is asked, and says the same
of it each time; whether escrow hears of it is another matter.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from contract.asked import Cancel
from contract.codes import InstructionKind, InstructionState, OrderState
from escrow import engine, executor, intake, quotes
from escrow.callers import Caller
from escrow.instructions import Instruction
from escrow.machines.instruction import InstructionEvent
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.worlds import MOMENT, TOTAL, Copies, delivered, market, order_over_total

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ALICE = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-1")
NOW = datetime.now(UTC).replace(microsecond=0)
SILENCE, DAY = timedelta(days=15), timedelta(days=1)
BEGAN = NOW - SILENCE - 2 * DAY
LOST, TWICE, REFUSED, UNCLEAR = 1 / 6, 1 / 6, 1 / 5, 1 / 10
# With a fifth refused each time, nothing is left long before.
MOST_ROUNDS = 60


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    return Copies(market, tmp_path_factory.mktemp("lossy"), server)


class Bank:
    """`moved` is what has really left it, by order and kind."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._outcomes: dict[str, InstructionState] = {}
        self.moved = Counter[tuple[str, InstructionKind]]()

    def pay(self, instruction: Instruction) -> InstructionState:
        if instruction.id not in self._outcomes:
            refused = self._chance.random() < REFUSED
            self._outcomes[instruction.id] = InstructionState.FAILED if refused else InstructionState.SETTLED
            if not refused:
                self.moved[instruction.order, instruction.kind] += instruction.amount.minor
        return self._outcomes[instruction.id]


def paid_out(work: Work, id: str) -> None:
    """An order that was released by silence: its payout is on the way."""
    delivered(work, id, BEGAN)


def called_off(work: Work, id: str) -> None:
    """An order that was cancelled: its refund is on the way."""
    at = NOW - MOMENT
    intake.make(work, order_over_total(work, id, at - MOMENT), at=at - MOMENT)
    intake.pay(work, id, TOTAL, payment=f"PSP-{id}", at=at)
    quotes.confirm(work, ALICE, quotes.open_quote(work, ALICE, Cancel(id), at).quote_id, at)


def all_of(make: Callable[[Work, str], None], ids: Iterable[str], work: Work) -> None:
    for id in ids:
        make(work, id)


def standing(world: Database, *states: InstructionState) -> Iterator[Instruction]:
    """All in these states, page by page."""
    for state in states:
        after: str | None = None
        while True:
            read = partial(_page, state=state, after=after)
            found, after = world.read(read)
            yield from found
            if after is None:
                break


def _page(work: Work, *, state: InstructionState, after: str | None) -> tuple[list[Instruction], str | None]:
    return work.instructions.in_state(state, after)


def answer(world: Database, id: str, outcome: InstructionState) -> None:
    world.write(lambda work: executor.result(work, id, outcome, actor="executor:bank", at=NOW))


def pay_again(world: Database, failed: Instruction) -> None:
    def write(work: Work) -> None:
        order = work.orders.lock(failed.order)
        again = next(each for each in work.instructions.of(order.id) if each.id == failed.id)
        engine.apply(work, again, InstructionEvent.PAY_AGAIN, order, actor="supervisor:sara", at=NOW)

    world.write(write)


def round_of(world: Database, bank: Bank, chance: random.Random) -> bool:
    """Everything without an outcome is asked for once more; False when nothing was left to do."""
    waiting = list(standing(world, InstructionState.PENDING, InstructionState.UNKNOWN))
    for instruction in waiting:
        outcome, luck = bank.pay(instruction), chance.random()
        if luck < LOST:
            continue
        if luck < LOST + UNCLEAR:
            answer(world, instruction.id, InstructionState.UNKNOWN)
        for _ in range(2 if luck > 1 - TWICE else 1):
            answer(world, instruction.id, outcome)
    failed = list(standing(world, InstructionState.FAILED))
    for instruction in failed:
        pay_again(world, instruction)
    return bool(waiting or failed)


LONG = [pytest.mark.long, pytest.mark.timeout(7200)]


# On each engine: a thousand in all.
@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=LONG)])
def test_however_many_answers_are_lost_or_given_twice_everybody_is_paid_once(
    world: Database, count: int
) -> None:
    chance = random.Random(8)
    bank = Bank(chance)
    payouts, refunds = ([f"TA-{side}-{n}" for n in range(count // 2)] for side in ("P", "R"))
    for ids, make in ((payouts, paid_out), (refunds, called_off)):
        for at in range(0, len(ids), 50):
            world.write(partial(all_of, make, ids[at : at + 50]))
    while world.write(lambda work: engine.fire_next(work, BEGAN + SILENCE)):
        pass
    rounds = 0
    while round_of(world, bank, chance):
        rounds += 1
        assert rounds < MOST_ROUNDS
    should = {(id, InstructionKind.PAYOUT): TOTAL.minor for id in payouts}
    should |= {(id, InstructionKind.REFUND): TOTAL.minor for id in refunds}
    assert bank.moved == should
    assert rounds > 2, "nothing was lost"
    states = {order.id: order.state for order in world.read(lambda work: work.orders.many(payouts + refunds))}
    assert {states[id] for id in payouts} == {OrderState.COMPLETED}
    assert {states[id] for id in refunds} == {OrderState.REFUNDED}
