"""Two at once on one thing: whichever comes first, it ends as if one had waited for the other.

The first of two stands still after one of its statements, the second runs until it has ended or waits; so
each interleaving is certain. SQLite has one writer at a time: there the second waits for the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from contract.asked import Escalate, OpenClaim
from contract.codes import InstructionState, Reason
from escrow import chart, engine, executor, funds, outbox, poller, quotes
from escrow.callers import Caller
from escrow.engine import SYSTEM
from escrow.idempotency import Answer, Once
from escrow.money import Money
from escrow.position import Position
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.instants import stored
from escrow.store.work import Work
from escrow.tables import claims, clocks, history
from tests.escrow.meeting import Do, Meeting
from tests.escrow.worlds import MOMENT, TOTAL, Copies, ask_for_credit, delivered, late, market

pytestmark = pytest.mark.slow

ALICE = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-1")
MESSENGER = Caller("messenger", "-", "messenger", "-", "-")
# Of each race; where the two differ, half of them with the one first and half with the other.
ROUNDS = 100
HALF = ROUNDS // 2
NOW = datetime.now(UTC).replace(microsecond=0)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# All rounds of a race happen within two hours: nothing of one falls due during another.
BEGAN = NOW - 40 * DAY
SILENCE, MEDIATION, ALARM = 15 * DAY, 7 * DAY, DAY


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    return Copies(market, tmp_path_factory.mktemp("races"), server)


@pytest.fixture
def meeting(world: Database) -> Iterator[Meeting]:
    made = Meeting(world)
    yield made
    made.close()


either_first = pytest.mark.parametrize("swapped", [False, True], ids=["", "the other first"])


def met(meeting: Meeting, swapped: bool, one: Do, other: Do) -> tuple[Any, Any, Any]:
    """What the one and the other gave, whichever was first."""
    found = meeting.of(other, one) if swapped else meeting.of(one, other)
    return (*(reversed(found.both) if swapped else found.both), found)


def rounds(
    world: Database,
    days: timedelta = timedelta(),
    count: int = ROUNDS,
    of: Callable[[Work, str, datetime], str] = delivered,
    lived: bool = True,
) -> Iterator[tuple[str, datetime]]:
    """Fresh orders, a minute apart, with the instant at which something of each falls due."""
    all_of_them = {f"TA-{n}": BEGAN + n * MINUTE for n in range(count)}
    world.write(lambda work: [of(work, id, at) for id, at in all_of_them.items()])
    # What falls due before, a reminder perhaps, is not what is raced.
    while lived and world.write(fire(BEGAN + days - MOMENT)):
        pass
    for id, at in all_of_them.items():
        yield id, at + days


# What each does


def fire(at: datetime) -> Do:
    return lambda work: engine.fire_next(work, at)


def answer(payout: str, result: str, at: datetime) -> Do:
    outcome = InstructionState(result)
    return lambda work: executor.result(work, payout, outcome, actor="executor:bank", at=at)


def confirm(quote: str, at: datetime, caller: Caller = ALICE) -> Do:
    return lambda work: quotes.confirm(work, caller, quote, at)


def once(caller: Caller, key: str, do: Do, at: datetime) -> Do:
    """As the interface does it: once for its key, and not for a turn that is over."""
    return lambda work: Once(caller, key, key).run(work, do, at)


def quoted(world: Database, order: str, at: datetime, share: str = "1/2", caller: Caller = ALICE) -> Any:
    wanted = OpenClaim(order, Reason.DAMAGED, share=share)
    return world.write(lambda work: quotes.open_quote(work, caller, wanted, at))


def claimed(world: Database, order: str, at: datetime) -> str:
    return str(world.write(confirm(quoted(world, order, at).quote_id, at)).claim)


def released(world: Database, order: str, at: datetime) -> str:
    """The payout of an order that is released by silence, after its reminders."""
    while world.write(fire(at - MOMENT)):
        pass
    assert world.write(fire(at))
    return f"PAY-{order}-1"


# What has come of it


def position(world: Database, order: str) -> Position:
    return world.read(lambda work: work.ledger.position(work.orders.get(order)))


def told(world: Database, order: str) -> list[tuple[str, str]]:
    wanted = select(history.c.event, history.c.at).where(history.c.chain == order).order_by(history.c.n)
    return world.read(lambda work: [(row.event, row.at) for row in work.connection.execute(wanted)])


def running(world: Database, entity: str) -> dict[str, str | None]:
    wanted = select(clocks).where(clocks.c.entity == entity, clocks.c.done_at.is_(None))
    return world.read(lambda work: {row.clock: row.due_at for row in work.connection.execute(wanted)})


def claims_of(world: Database, order: str) -> list[Any]:
    wanted = select(claims).where(claims.c.order_id == order)
    return world.read(lambda work: list(work.connection.execute(wanted)))


def code(refusal: Any) -> str | None:
    return str(refusal.code) if isinstance(refusal, Refusal) else None


# Deadlines beside facts and deeds


@either_first
def test_a_clock_that_is_set_anew_while_it_is_being_fired_rings_at_its_own_instant(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    """The payout fails in the very second in which it is put before a supervisor: a day later it is again."""
    all_of_them = dict(rounds(world, SILENCE, HALF))
    payouts = {order: released(world, order, at) for order, at in all_of_them.items()}
    failed = {order: at + ALARM for order, at in all_of_them.items()}
    for order, at in failed.items():
        met(meeting, swapped, fire(at), answer(payouts[order], "failed", at))
        assert running(world, payouts[order]) == {"instruction_alarm": stored(at + ALARM)}
    while world.write(fire(BEGAN + SILENCE + 3 * ALARM)):
        pass
    for order, at in failed.items():
        since = told(world, order)
        since = since[since.index(("payout.failed", str(stored(at)))) + 1 :]
        alarms = [when for event, when in since if event == "payout.supervisor_alarm"]
        assert alarms[0] == stored(at + ALARM)


@either_first
def test_a_claim_that_goes_to_mediation_while_its_notice_is_accepted_waits_for_no_supplier(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, MEDIATION, HALF):
        claim = claimed(world, order, at - MEDIATION)
        ((notice, _),) = world.read(lambda work: work.notices.unaccepted())
        met(meeting, swapped, fire(at), partial(outbox.accept, id=notice, at=at))
        assert running(world, claim).keys() == {"mediation_alarm"}
        world.write(outbox.accept_all)


def test_a_notice_that_is_accepted_twice_at_once_starts_its_clock_once(
    world: Database, meeting: Meeting
) -> None:
    for order, at in rounds(world):
        claim = claimed(world, order, at)
        ((notice, _),) = world.read(lambda work: work.notices.unaccepted())
        accept = partial(outbox.accept, id=notice)
        meeting.of(partial(accept, at=at), partial(accept, at=at + MINUTE))
        row = world.read(lambda work, id=notice: work.notices.get(id))  # type: ignore[misc]
        started = datetime.fromisoformat(row.accepted_at)
        assert running(world, claim)["respond"] == stored(started + 3 * DAY)
        since = [event for event, _ in told(world, order)]
        assert since[since.index("claim.open") :].count("clock.started") == 1


def test_two_that_fire_the_same_clock_release_the_money_once(world: Database, meeting: Meeting) -> None:
    for order, at in rounds(world, SILENCE):
        meeting.of(fire(at), fire(at))
        assert [event for event, _ in told(world, order)].count("order.silence") == 1
        assert (position(world, order).released, position(world, order).unpaid.minor) == (TOTAL, 0)


@either_first
def test_a_claim_beside_the_silent_release_holds_what_it_showed_or_is_to_be_quoted_again(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, SILENCE, HALF):
        quote = quoted(world, order, at - MINUTE)
        _, done, _ = met(meeting, swapped, fire(at), confirm(quote.quote_id, at))
        money, opened = position(world, order), claims_of(world, order)
        if code(done) is None:
            assert [claim.id for claim in opened] == [done.claim]
            assert money.held_for(done.claim).minor == quote.effect.held.minor == TOTAL.minor // 2
            assert money.released == money.held
        else:
            assert (code(done), opened, money.released) == ("quote_changed", [], TOTAL)
        world.write(outbox.accept_all)


@either_first
def test_a_claim_goes_to_mediation_once_whoever_takes_it_there(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, MEDIATION, HALF):
        claim = claimed(world, order, at - MEDIATION)
        quote = world.write(
            lambda work, claim=claim, at=at: quotes.open_quote(work, ALICE, Escalate(claim), at - MINUTE)  # type: ignore[misc]
        )
        _, done, _ = met(meeting, swapped, fire(at), confirm(quote.quote_id, at))
        (kept,) = claims_of(world, order)
        ways = [event for event, _ in told(world, order) if event.startswith("claim.")]
        assert kept.state == "in_mediation"
        taken = "claim.auto_escalate" if code(done) else "claim.escalate"
        assert ways == ["claim.open", taken] and code(done) in (None, "wrong_state")
        world.write(outbox.accept_all)


# Deeds beside each other


def test_one_quote_that_is_confirmed_twice_at_once_is_done_once_and_answered_alike(
    world: Database, meeting: Meeting
) -> None:
    for order, at in rounds(world):
        id = quoted(world, order, at).quote_id
        done = meeting.of(confirm(id, at), confirm(id, at))
        assert done.first == done.second and not code(done.first)
        assert [claim.id for claim in claims_of(world, order)] == [done.first.claim]


def test_of_two_quotes_of_one_order_that_are_confirmed_at_once_one_is_done(
    world: Database, meeting: Meeting
) -> None:
    for order, at in rounds(world):
        one, other = (quoted(world, order, at, share).quote_id for share in ("1/2", "1/4"))
        done = meeting.of(confirm(one, at), confirm(other, at))
        (kept,) = claims_of(world, order)
        (did,) = [each for each in done.both if code(each) is None]
        assert did.claim == kept.id and position(world, order).held_for(kept.id).minor == kept.amount


def test_a_request_that_is_sent_twice_at_once_is_answered_alike(world: Database, meeting: Meeting) -> None:
    for order, at in rounds(world):
        send = once(ALICE, order, confirm(quoted(world, order, at).quote_id, at), at)
        given = meeting.of(send, send)
        assert isinstance(given.first, Answer) and given.first == given.second and given.first.status == 200


@either_first
def test_once_a_turn_is_revoked_nothing_of_it_is_written_any_more(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    """Wherever its confirm stands when the revoke is answered."""
    for order, at in rounds(world, count=HALF):
        caller = replace(ALICE, turn=order)
        confirming = once(caller, order, confirm(quoted(world, order, at).quote_id, at, caller), at)
        revoking = once(MESSENGER, f"revoke-{order}", partial(_revoke, turn=order, at=at), at)
        done, _, found = met(meeting, swapped, confirming, revoking)
        over = code(done) == "turn_revoked"
        assert over is (claims_of(world, order) == [])
        if not swapped and found.overtook:
            assert over, "written after the revoke was answered"
        assert code_of_another(world, caller, order, at) == "turn_revoked"


def _revoke(work: Work, *, turn: str, at: datetime) -> dict[str, str]:
    work.keys.revoke(turn, at)
    return {"turn": turn}


def code_of_another(world: Database, caller: Caller, order: str, at: datetime) -> str | None:
    """What a further write of the turn gets."""
    try:
        world.write(once(caller, f"{order}-again", lambda work: {}, at))
    except Refusal as refusal:
        return str(refusal.code)
    return None


# Results and the platform's own money


@pytest.mark.parametrize("pair", [("settled", "failed"), ("failed", "returned"), ("settled", "settled")])
def test_of_two_results_at_once_one_is_booked(
    world: Database, meeting: Meeting, pair: tuple[str, str]
) -> None:
    for order, at in rounds(world, SILENCE):
        payout = released(world, order, at)
        given = meeting.of(*(answer(payout, result, at) for result in pair))
        # That it was paid after all is put on record, too, and books nothing.
        heard = [event for event, _ in told(world, order) if event != "payout.late_result"]
        booked = [event for event in heard if event.startswith("payout.")]
        assert len(booked) == 2, booked
        if pair[0] == pair[1]:
            assert given.first == given.second
        else:
            assert sorted(map(str, map(code, given.both))) == ["None", "result_out_of_order"]
        left = position(world, order).payable.minor
        assert left == (0 if booked[-1] == "payout.settled" else TOTAL.minor)


def own_and_credits(world: Database) -> tuple[int, int]:
    def read(work: Work) -> tuple[int, int]:
        own = work.ledger.balance(chart.OWN_FUNDS(), "USD")
        return own, -work.ledger.total(chart.CREDIT, "USD")

    return world.read(read)


def put_in(world: Database, minor: int) -> None:
    if minor > 0:
        amount = Money(minor, "USD")
        world.write(lambda work: funds.put_in(work, amount, actor=SYSTEM, at=NOW))


def take_out(minor: int) -> Do:
    return lambda work: funds.take_out(work, Money(minor, "USD"), actor=SYSTEM, at=NOW)


def test_two_that_take_out_own_funds_at_once_leave_the_credits_covered(
    world: Database, meeting: Meeting
) -> None:
    world.write(partial(late, id="TA-1", at=BEGAN))
    world.write(lambda work: ask_for_credit(work, "TA-1", BEGAN))
    own, owed = own_and_credits(world)
    assert owed > 0
    free = own - owed
    for _ in range(ROUNDS):
        taken = meeting.of(take_out(free), take_out(free - 1))
        own, owed = own_and_credits(world)
        assert own >= owed
        assert sorted(type(each).__name__ for each in taken.both) == ["NoneType", "Short"]
        put_in(world, owed + free - own)


@either_first
def test_a_credit_that_is_granted_while_own_funds_are_taken_out_is_covered_or_not_granted(
    world: Database, meeting: Meeting, swapped: bool
) -> None:
    for order, at in rounds(world, count=HALF, of=late):
        own, owed = own_and_credits(world)
        grant: Callable[[Work], Any] = partial(ask_for_credit, id=order, at=at)
        met(meeting, swapped, grant, take_out(own - owed))
        own, owed = own_and_credits(world)
        assert own >= owed
        put_in(world, owed + 5_000_00 - own)


# What is nobody's fault


def only_postgresql(world: Database) -> None:
    if world.engine.dialect.name != "postgresql":
        pytest.skip("one writer at a time: they never wait for each other in a ring")


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_the_database_broke_off_for_another_is_done_anew(world: Database, state: str) -> None:
    only_postgresql(world)
    for order, at in rounds(world):
        breaks = iter([f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"] * 2)

        def broken_off(work: Work, order: str = order, breaks: Iterator[str] = breaks) -> str:
            work.orders.lock(order)
            if statement := next(breaks, None):
                work.connection.execute(text(statement))
            return order

        assert world.write(broken_off) == order
        assert at


def test_two_that_wait_for_each_other_in_a_ring_both_get_done(world: Database) -> None:
    only_postgresql(world)
    for name in ("TA-A", "TA-B"):
        world.write(partial(delivered, id=name, at=BEGAN))
    for _ in range(ROUNDS):
        both = threading.Barrier(2)

        def lock(first: str, then: str, work: Work, both: threading.Barrier = both) -> str:
            work.connection.execute(text("SET LOCAL deadlock_timeout = '5ms'"))
            work.orders.lock(first)
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(5)
            both.abort()
            work.orders.lock(then)
            return first

        with ThreadPoolExecutor(2) as threads:
            pairs = ("TA-A", "TA-B"), ("TA-B", "TA-A")
            done = [threads.submit(world.write, partial(lock, *pair)) for pair in pairs]
        assert [each.result() for each in done] == ["TA-A", "TA-B"]


# A deadline that could not fire


def put_off_while(world: Database, between: Callable[[], None]) -> None:
    """The poller tries what is due and cannot; before it puts it off, something else happens."""
    calls = iter(range(3))

    async def write(do: Callable[[Work], Any]) -> Any:
        nth = next(calls)
        if nth == 2:
            raise asyncio.CancelledError
        if nth == 1:
            return world.write(do)

        def fails(work: Work) -> None:
            do(work)
            raise ArithmeticError

        try:
            world.write(fails)
        except ArithmeticError:
            between()
            raise

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(poller.poll(write))


def test_a_clock_that_is_set_anew_before_it_is_put_off_does_not_ring_early(
    world: Database,
) -> None:
    """What could not fire was yesterday's; the one of tomorrow is another."""
    for n in range(ROUNDS):
        order, due = f"TA-{n}", NOW - MINUTE
        world.write(partial(delivered, id=order, at=due - ALARM - SILENCE))
        payout = released(world, order, due - ALARM)
        put_off_while(world, partial(world.write, answer(payout, "failed", NOW)))
        wanted = select(clocks).where(clocks.c.entity == payout)
        (row,) = world.read(lambda work, wanted=wanted: list(work.connection.execute(wanted)))  # type: ignore[misc]
        assert (row.due_at, row.done_at) == (stored(NOW + ALARM), None)
        assert row.try_at == row.due_at


def test_a_clock_that_cannot_fire_is_put_off_and_fires_later_at_its_own_instant(world: Database) -> None:
    world.write(partial(delivered, id="TA-1", at=NOW - MINUTE - SILENCE))
    while world.write(fire(NOW - 2 * MINUTE)):
        pass
    put_off_while(world, lambda: None)
    assert not world.write(fire(NOW))
    assert world.write(fire(NOW + 2 * 60 * MINUTE))
    assert told(world, "TA-1")[-2:] == [
        ("order.silence", stored(NOW - MINUTE)),
        ("payout.make", stored(NOW - MINUTE)),
    ]
