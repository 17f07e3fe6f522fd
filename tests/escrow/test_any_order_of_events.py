"""Whatever happens in whatever order, every cent stays accounted for: the service against a small model.

What is cheap to look at is looked at after every step, the whole audit now and then and at the end of a run.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from contract.asked import Cancel, Escalate, OpenClaim
from contract.codes import InstructionState, Reason
from contract.told import Told
from escrow import chart, engine, executor, funds, hearing, intake, outbox, poller, quotes, service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.engine import SYSTEM
from escrow.money import Money
from escrow.orders import Order
from escrow.position import Position
from escrow.refusals import Refusal
from escrow.requests import OrderSearch
from escrow.store.instants import stored
from escrow.store.work import Work
from escrow.tables import balances, claims, clocks, notices
from tests.escrow.worlds import TOTAL, Copies, ask_for_credit, demo_world, order_over_total

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ALICE = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-1")
TUNDE = Caller("tunde", "adeyemi-trading", "buyer", "c2", "c2-1")
LUMEN = Caller("shenzhen-lumen", "shenzhen-lumen", "supplier", "c3", "c3-1")
NINGBO = Caller("ningbo-tools", "ningbo-tools", "supplier", "c4", "c4-1")
OMAR = Caller("omar", "desk", "agent", "c5", "c5-2")
ORDERS = (
    "TA-20944-1002",  # shipped
    "TA-20931-7741",  # delivered
    "TA-20931-7714",  # its payout has failed
    "TA-20931-6650",  # paid out
    "20001234567890123",
    "TA-20950-3310",
)
REASONS = ("damaged", "not_delivered", "not_shipped", "terms_not_met")
RESULTS = ("settled", "failed", "returned", "unknown")
# What was cancelled stays so; what is closed or refunded may come back from the bank.
OVER = ("cancelled",)
ENDED = (*OVER, "closed", "refunded")
MADE = datetime.now(UTC).replace(microsecond=0)
AUDIT_EACH, LOOK_EACH = 50, 20
STEPS_A_RUN = 200


class Events(RuleBasedStateMachine):
    """A refusal is an answer like any other; whatever else is raised fails the run."""

    copies: ClassVar[Copies]
    steps: ClassVar[int] = 0

    orders = Bundle("orders")
    quotes = Bundle("quotes")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.database = self.copies.open()
        self.now = MADE + timedelta(minutes=1)
        self.made = 0
        self.paid: dict[str, int] = {}
        self.heard: dict[tuple[str, str], tuple[Any, Any]] = {}
        self.payments = set[str]()
        self.answers: dict[str, tuple[str, str]] = {}
        self.over: dict[str, str] = {}
        self.granted = set[str]()

    def teardown(self) -> None:
        try:
            self.fire_all()
            self.no_clock_is_overdue()
            self.the_books_are_right()
            self.nothing_is_paid_twice()
        finally:
            self.copies.drop(self.database)

    # What happens

    @initialize(target=orders)
    def the_demo_has_orders(self) -> Any:
        where = self.database.read(lambda work: self.positions(work, ORDERS))
        self.paid = {id: position.paid.minor for id, position in where.items()}
        return multiple(*ORDERS)

    @rule(target=orders)
    def an_order_is_made(self) -> str:
        self.made += 1
        id = f"TA-{self.made}"
        self.database.write(lambda work: intake.make(work, order_over_total(work, id, self.now), at=self.now))
        self.paid[id] = 0
        return id

    @rule(
        id=orders,
        minor=st.sampled_from([TOTAL.minor, TOTAL.minor, TOTAL.minor - 1, TOTAL.minor // 2, TOTAL.minor + 7]),
        again=st.integers(0, 2),
        payer=st.sampled_from([None, None, None, "mallory"]),
    )
    def an_order_is_paid(self, id: str, minor: int, again: int, payer: str | None) -> None:
        """By the same payment once; what is paid besides, by others or too late, goes back."""
        amount, payment = Money(minor, "USD"), f"PSP-{id}-{again}"
        pay = partial(intake.pay, id=id, amount=amount, payment=payment, payer=payer, at=self.now)
        if self.attempt(pay):
            assert payment not in self.payments
            self.payments.add(payment)
            self.paid[id] += amount.minor

    @rule(id=orders, happens=st.sampled_from([intake.ship, intake.deliver]))
    def the_marketplace_tells(self, id: str, happens: Any) -> None:
        self.attempt(lambda work: happens(work, id, at=self.now))

    @rule(
        id=orders,
        event=st.sampled_from(["payment_processing", "payment_failed", "shipped", "delivered"]),
        number=st.integers(1, 3),
        source=st.sampled_from(["carrier", "carrier", "supplier", "buyer"]),
        quantity=st.sampled_from([None, 4, 6, 11]),
        late=st.sampled_from([0, 0, 1, 50]),
        times=st.integers(1, 2),
    )
    def an_event_is_told(
        self, id: str, event: str, number: int, source: str, quantity: int | None, late: int, times: int
    ) -> None:
        """In any order, late and doubled: by its number once, and answered the same ever after."""
        named = f"E-{event}-{number}"
        body: dict[str, Any] = {"event": event, "id": named, "at": self.now - timedelta(hours=late)}
        if event in ("shipped", "delivered"):
            body |= {"shipment": f"S-{number}", "source": source}
            body |= {"lines": [{"line": 1, "quantity": quantity}]} if quantity and event == "shipped" else {}
        else:
            body |= {"payment": f"PSP-{id}-{number}"}
        told = msgspec.convert(body, Told)
        for _ in range(times):
            answer = self.attempt(partial(hearing.hear, id=id, told=told, now=self.now))
            before = self.heard.setdefault((id, named), (told, answer)) if answer else (told, answer)
            assert before == (told, answer)

    @rule(hours=st.sampled_from([0, 1, 20, 72, 97, 170, 400]), failing=st.sampled_from([0, 0, 1, 2]))
    def time_passes(self, hours: int, failing: int) -> None:
        """Some of what falls due cannot fire at first, and is put off."""
        self.now += timedelta(hours=hours, seconds=20)
        self.database.write(lambda work: work.records.advance_to(self.now))
        for _ in range(failing):
            self.fail_to_fire()
        self.fire_all()

    @rule(which=st.integers(0, 9), again=st.booleans())
    def messenger_accepts_one(self, which: int, again: bool) -> None:
        """The oldest last, and some a second time: nothing makes it take them in order."""
        told = list(self.select(select(notices.c.id).order_by(notices.c.id.desc()).limit(10)))
        for _ in range(1 + again):
            self.database.write(lambda work: outbox.accept(work, told[which % len(told)], self.now))

    @rule()
    def messenger_accepts_all(self) -> None:
        def accept(work: Work) -> None:
            for id, _ in work.notices.unaccepted():
                outbox.accept(work, id, self.now)

        self.database.write(accept)

    @rule(
        target=quotes,
        who=st.sampled_from([ALICE, TUNDE]),
        id=orders,
        reason=st.sampled_from(REASONS),
        share=st.sampled_from(["1/1", "1/2", "1/3", "1/100000"]),
    )
    def a_claim_is_quoted(self, who: Caller, id: str, reason: str, share: str) -> Any:
        asked = OpenClaim(id, Reason(reason), share=share)
        quote = self.attempt(lambda work: quotes.open_quote(work, who, asked, self.now))
        return (who, quote) if quote else multiple()

    @rule(target=quotes, who=st.sampled_from([ALICE, TUNDE]), claim=claims)
    def mediation_is_quoted(self, who: Caller, claim: str) -> Any:
        quote = self.attempt(lambda work: quotes.open_quote(work, who, Escalate(claim), self.now))
        return (who, quote) if quote else multiple()

    @rule(target=quotes, who=st.sampled_from([ALICE, LUMEN, NINGBO]), id=orders)
    def a_cancel_is_quoted(self, who: Caller, id: str) -> Any:
        quote = self.attempt(lambda work: quotes.open_quote(work, who, Cancel(id), self.now))
        return (who, quote) if quote else multiple()

    @rule(target=claims, quoted=quotes)
    def a_quote_is_confirmed(self, quoted: tuple[Caller, Any]) -> Any:
        """The first time it is done, or refused; ever after the first answer comes again."""
        (who, quote), id = quoted, quoted[1].quote_id
        done = self.attempt(lambda work: quotes.confirm(work, who, id, self.now))
        if id in self.answers:
            assert (quote.kind, done.claim or "") == self.answers[id]
            return multiple()
        if done is None:
            return multiple()
        self.answers[id] = quote.kind, done.claim or ""
        if quote.kind == "cancel":
            return multiple()
        told = self.database.read(lambda work: service.claim(work, OMAR, done.claim, self.now))
        assert told.amount == quote.effect.amount
        if quote.kind == "escalate":
            return multiple()
        assert told.held == quote.effect.held
        return done.claim

    @rule(id=orders, which=st.integers(0, 3), result=st.sampled_from(RESULTS))
    def the_bank_answers(self, id: str, which: int, result: str) -> None:
        """On any payout or refund of the order, also one that was answered long ago."""
        payouts = self.database.read(lambda work: list(work.instructions.of(id)))
        if payouts:
            payout, outcome = payouts[which % len(payouts)].id, InstructionState(result)
            self.attempt(
                lambda work: executor.result(work, payout, outcome, actor="executor:bank", at=self.now)
            )

    @rule(minor=st.integers(1, 60_000_00), out=st.booleans())
    def own_money_moves(self, minor: int, out: bool) -> None:
        free, move = self.free(), funds.take_out if out else funds.put_in
        done = self.covered(lambda work: move(work, Money(minor, "USD"), actor=SYSTEM, at=self.now))
        assert done is (not out or minor <= free)

    @rule(id=orders)
    def a_credit_is_asked_for(self, id: str) -> None:
        """Once an order; what own funds do not cover waits."""
        free = self.free()
        if self.attempt(partial(ask_for_credit, id=id, at=self.now)):
            (credit,) = self.database.read(lambda work: work.credits.of(id))
            assert (credit.state == "waiting") is (credit.amount.minor > free)
            assert id not in self.granted
            self.granted.add(id)

    # What is so after each step

    @invariant()
    def money_and_claims_are_where_they_should_be(self) -> None:
        type(self).steps += 1
        where, owed, kept = self.database.read(self.look)
        self.every_cent_of_an_order_is_in_one_place(where)
        self.what_is_owed_is_there(owed)
        self.each_yes_did_what_its_quote_said_and_no_more(kept)

    def look(self, work: Work) -> tuple[dict[str, Position], list[Any], dict[str, Any]]:
        """Read at once: it is read ten thousand times."""
        of_ours = select(claims).where(claims.c.order_id.in_(self.paid))
        run = work.connection.execute
        return self.positions(work, self.paid), list(run(select(balances))), {x.id: x for x in run(of_ours)}

    def every_cent_of_an_order_is_in_one_place(self, positions: dict[str, Position]) -> None:
        for id, where in positions.items():
            parts = (where.held, where.released, where.refunded, where.charged_back)
            assert where.paid.minor == sum(part.minor for part in parts) == self.paid[id]
            assert where.unpaid.minor >= 0, f"payouts of {id} carry more than is owed"
            assert where.unrefunded.minor >= 0, f"more of {id} was refunded than is owed"

    def what_is_owed_is_there(self, rows: list[Any]) -> None:
        by_number = Counter[str]()
        for row in rows:
            by_number[row.account.partition(":")[0]] += row.minor if row.currency == "USD" else 0
        assert sum(by_number.values()) == 0
        assert by_number[chart.CLIENT_FUNDS.number] >= -sum(by_number[each.number] for each in chart.OTHERS)
        assert by_number[chart.OWN_FUNDS.number] >= -by_number[chart.CREDIT.number]

    def each_yes_did_what_its_quote_said_and_no_more(self, kept: dict[str, Any]) -> None:
        assert sorted(kept) == sorted(claim for kind, claim in self.answers.values() if kind == "open_claim")
        for kind, claim in self.answers.values():
            assert kind != "escalate" or kept[claim].state in ("in_mediation", "closed_paid")

    @invariant()
    def what_is_over_stays_over_and_what_waits_says_for_whom(self) -> None:
        if self.steps % LOOK_EACH:
            return
        asked = OrderSearch()
        for order in self.database.read(lambda work: service.list_orders(work, OMAR, asked, self.now)).items:
            assert self.over.get(order.id, order.state) == order.state
            if order.state in OVER:
                self.over[order.id] = order.state
            if order.state not in ENDED:
                assert order.next.who != "nobody" and order.next.otherwise, order

    @invariant()
    def the_books_are_right_now_and_then(self) -> None:
        if self.steps % AUDIT_EACH == 0:
            self.the_books_are_right()

    # How it is looked at

    def select(self, wanted: Any) -> list[Any]:
        return self.database.read(lambda work: list(work.connection.execute(wanted).scalars()))

    def attempt(self, do: Any) -> Any:
        """What `do` gives, or None where it was refused."""
        try:
            return self.database.write(do)
        except Refusal:
            return None

    def covered(self, do: Any) -> bool:
        """Whether it was done; own funds that are too small refuse it."""
        try:
            self.database.write(do)
        except funds.Short:
            return False
        return True

    def free(self) -> int:
        return self.database.read(lambda work: funds.available(work, "USD")).minor

    def positions(self, work: Work, ids: Iterable[str]) -> dict[str, Position]:
        found: list[Order] = work.orders.many(ids)
        work.ledger.load(found)
        work.instructions.load(ids)
        return {order.id: work.ledger.position(order) for order in found}

    def fire_all(self) -> None:
        while self.database.write(lambda work: engine.fire_next(work, self.now)):
            pass

    def fail_to_fire(self) -> None:
        """As the program does it when something is wrong with what is due."""
        attempt = poller.Attempt()

        def fails(work: Work) -> None:
            if attempt.fire(work) and attempt.row is not None:
                raise ArithmeticError

        try:
            self.database.write(fails)
        except ArithmeticError as wrong:
            self.database.write(attempt.put_off(wrong))

    # What is so at the end

    def no_clock_is_overdue(self) -> None:
        """Also those that could not fire at first have fired, an hour on."""
        self.now += timedelta(hours=2)
        self.database.write(lambda work: work.records.advance_to(self.now))
        self.fire_all()
        late = select(clocks.c.entity).where(clocks.c.done_at.is_(None), clocks.c.due_at <= stored(self.now))
        assert self.select(late) == []

    def the_books_are_right(self) -> None:
        assert self.database.read(audit).breaches == []

    def nothing_is_paid_twice(self) -> None:
        for id in self.paid:
            payouts = self.database.read(lambda work, id=id: list(work.instructions.of(id)))  # type: ignore[misc]
            settled = [each.amount.minor for each in payouts if each.state is InstructionState.SETTLED]
            assert sum(settled) <= self.paid[id]


@pytest.fixture(params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest, tmp_path: Any) -> Copies:
    server = None if request.param == "sqlite" else request.getfixturevalue("pg_server")
    return Copies(partial(demo_world, now=MADE), tmp_path, server)


LONG = [pytest.mark.long, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("steps", [10_000, pytest.param(100_000, marks=LONG)])
def test_in_any_order_of_events_the_books_are_right(
    copies: Copies, steps: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "escrow.poller")
    machine: Any = type("EventsOnOneEngine", (Events,), {"copies": copies, "steps": 0})
    wanted = settings(
        # Some runs end early.
        max_examples=steps * 3 // 2 // STEPS_A_RUN,
        stateful_step_count=STEPS_A_RUN,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=wanted)
    assert machine.steps >= steps
