"""A payout that is paid again while the bank says that it was paid after all: nothing more goes out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from contract.asked import BookResult, PayAgain
from contract.codes import InstructionState
from escrow import quotes
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.store.database import Database
from tests.escrow.meeting import Meeting
from tests.escrow.test_races import (
    SILENCE,
    answer,
    code,
    copies,
    either_first,
    fire,
    meeting,
    met,
    position,
    released,
    rounds,
    told,
)

__all__ = ["copies", "meeting"]
pytestmark = pytest.mark.slow
SARA = Caller("sara", "desk", "supervisor", "c7", "c7-1")
IVO = Caller("ivo", "desk", "supervisor", "c8", "c8-1")


@either_first
def test_what_is_paid_again_while_the_bank_says_that_it_was_paid_is_never_paid_twice(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, SILENCE, 50):
        old = released(world, order, at)
        world.write(answer(old, "failed", at))
        quote = world.write(lambda work, id=old, at=at: quotes.open_quote(work, SARA, PayAgain(id), at))  # type: ignore[misc]
        again = partial(quotes.confirm, caller=SARA, id=quote.quote_id, now=at)
        done, said, _ = met(meeting, swapped, again, answer(old, "settled", at))
        assert isinstance(said, Refusal) and said.code == "result_out_of_order"
        assert code(done) in (None, "result_waits")
        carried = world.read(lambda work, id=order: [each.state for each in work.instructions.of(id)])  # type: ignore[misc]
        expected = ["failed"] if code(done) else ["replaced", "stopped"]
        assert carried == expected
        wanted = BookResult(old, InstructionState.SETTLED)
        book = world.write(lambda work, w=wanted, at=at: quotes.open_quote(work, SARA, w, at))  # type: ignore[misc]
        for who in (SARA, IVO):
            world.write(partial(quotes.confirm, caller=who, id=book.quote_id, now=at))
        assert position(world, order).payable.minor == 0
        assert [event for event, _ in told(world, order)].count("payout.book_paid") == 1


def test_two_supervisors_who_have_it_paid_again_at_once_pay_once(world: Database, meeting: Meeting) -> None:
    for order, at in rounds(world, SILENCE):
        old = released(world, order, at)
        world.write(answer(old, "returned", at))
        ids = [
            world.write(lambda work, who=who, id=old, at=at: quotes.open_quote(work, who, PayAgain(id), at))  # type: ignore[misc]
            for who in (SARA, IVO)
        ]
        pays = [
            partial(quotes.confirm, caller=who, id=quote.quote_id, now=at)
            for who, quote in zip((SARA, IVO), ids, strict=True)
        ]
        done = meeting.of(*pays)
        assert sorted(map(str, map(code, done.both))) == ["None", "wrong_state"]
        assert [event for event, _ in told(world, order)].count("payout.make") == 2


@either_first
def test_an_alarm_beside_its_answer_leaves_a_task_only_while_nobody_answers(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    day = timedelta(days=1)
    all_of_them = dict(rounds(world, SILENCE, 50))
    payouts = {order: released(world, order, at) for order, at in all_of_them.items()}
    for order, at in all_of_them.items():
        met(meeting, swapped, fire(at + day), answer(payouts[order], "settled", at + day))
        lasting = world.read(lambda work, id=order: [task for task in work.tasks.of(id) if task.lasts])  # type: ignore[misc]
        assert lasting == [] and position(world, order).payable.minor == 0
