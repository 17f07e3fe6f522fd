"""A receipt and more days at once with a claim, with the silent release, and with themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from contract.asked import ConfirmReceipt, Extend
from escrow import outbox, quotes
from escrow.store.database import Database
from escrow.store.instants import stored
from tests.escrow.meeting import Meeting
from tests.escrow.test_races import (
    ALICE,
    DAY,
    HALF,
    MINUTE,
    SILENCE,
    claims_of,
    code,
    confirm,
    copies,
    either_first,
    fire,
    meeting,
    met,
    position,
    quoted,
    rounds,
    running,
    told,
)
from tests.escrow.worlds import TOTAL

__all__ = ["copies", "meeting"]
pytestmark = pytest.mark.slow


def of_receipt(world: Database, order: str, at: datetime) -> Any:
    return world.write(lambda work: quotes.open_quote(work, ALICE, ConfirmReceipt(order), at))


def of_more_days(world: Database, order: str, at: datetime) -> Any:
    return world.write(lambda work: quotes.open_quote(work, ALICE, Extend(order), at))


@either_first
def test_a_receipt_beside_a_claim_releases_what_it_showed_or_is_to_be_quoted_again(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    """Whichever is first, the other would do something else than was shown: one of them is done."""
    for order, at in rounds(world, count=HALF):
        receipt, claim = of_receipt(world, order, at), quoted(world, order, at)
        received, opened, _ = met(
            meeting, swapped, confirm(receipt.quote_id, at), confirm(claim.quote_id, at)
        )
        money, kept = position(world, order), claims_of(world, order)
        assert sorted(map(str, map(code, (received, opened)))) == ["None", "quote_changed"]
        assert len(kept) == (code(opened) is None)
        assert money.held_for(kept[0].id).minor == TOTAL.minor // 2 if kept else money.released == TOTAL
        world.write(outbox.accept_all)


@either_first
def test_more_days_beside_the_silent_release_move_it_or_come_too_late(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, SILENCE, HALF):
        quote = of_more_days(world, order, at - MINUTE)
        _, done, _ = met(meeting, swapped, fire(at), confirm(quote.quote_id, at))
        money, clock = position(world, order), running(world, order).get("silent_release")
        if code(done) is None:
            assert (clock, money.held) == (stored(at + 15 * DAY), TOTAL)
        else:
            assert (code(done), clock, money.released) == ("wrong_state", None, TOTAL)
        world.write(outbox.accept_all)


def test_a_receipt_and_the_silence_release_the_money_once(world: Database, meeting: Meeting) -> None:
    for order, at in rounds(world, SILENCE):
        quote = of_receipt(world, order, at - MINUTE)
        meeting.of(fire(at), confirm(quote.quote_id, at))
        ways = [
            event for event, _ in told(world, order) if event in ("order.silence", "order.confirm_receipt")
        ]
        assert len(ways) == 1
        assert (position(world, order).released, position(world, order).unpaid.minor) == (TOTAL, 0)
        world.write(outbox.accept_all)


def test_a_side_that_asks_for_more_days_twice_at_once_has_them_once(
    world: Database, meeting: Meeting
) -> None:
    for order, at in rounds(world):
        one, other = (of_more_days(world, order, at).quote_id for _ in range(2))
        done = meeting.of(confirm(one, at), confirm(other, at))
        assert sorted(map(str, map(code, done.both))) == ["None", "already_extended"]
        assert running(world, order)["silent_release"] == stored(at + 30 * DAY)
