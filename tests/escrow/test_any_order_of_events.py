"""Whatever happens in whatever order, every cent stays accounted for: the service against a small model."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from escrow import deadlines, intake, outbox, payouts, quotes, service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.work import Work
from tests.escrow.worlds import MADE, demo_world

pytestmark = pytest.mark.slow

ALICE = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-1")
TUNDE = Caller("tunde", "adeyemi-trading", "buyer", "c2", "c2-1")
OMAR = Caller("omar", "desk", "agent", "c5", "c5-2")
SHIPPED, DELIVERED, UNPAID_SUPPLIER, PAID_SUPPLIER = (
    "TA-20944-1002",
    "TA-20931-7741",
    "TA-20931-7714",
    "TA-20931-6650",
)
ORDERS = (SHIPPED, DELIVERED, UNPAID_SUPPLIER, PAID_SUPPLIER, "20001234567890123", "TA-20950-3310")
REASONS = ("damaged", "not_delivered", "not_shipped", "terms_not_met")
RESULTS = ("settled", "failed", "returned", "unknown")
OVER = ("closed", "cancelled")


@cache
def made() -> Path:
    """The demo world on disk, made once and copied for each run."""
    path = Path(tempfile.mkdtemp(prefix="assure-events-")) / "made.db"
    demo_world(f"sqlite:///{path}").close()
    return path


class Events(RuleBasedStateMachine):
    """A refusal is an answer like any other; whatever else is raised fails the run."""

    quotes = Bundle("quotes")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="assure-events-"))
        shutil.copy(made(), self.folder / "escrow.db")
        self.database = Database(f"sqlite:///{self.folder}/escrow.db")
        self.now = MADE + timedelta(minutes=1)
        self.answers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.over: dict[str, str] = {}
        self.paid = {order: self.order(order)["money"]["paid"]["minor"] for order in ORDERS}

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def order(self, id: str) -> dict[str, Any]:
        return self.database.read(lambda work: service.order(work, OMAR, id))

    def claim(self, id: str) -> dict[str, Any]:
        return self.database.read(lambda work: service.claim(work, OMAR, id))

    def attempt(self, do: Any) -> Any:
        """What `do` gives, or None where it was refused."""
        try:
            return self.database.write(do)
        except Refusal:
            return None

    @rule(hours=st.sampled_from([1, 20, 72, 97, 170, 400]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        while self.database.write(lambda work: deadlines.fire_next(work, self.now)):
            pass

    @rule()
    def messenger_accepts_what_was_told(self) -> None:
        def accept(work: Work) -> None:
            for row in work.queues.unaccepted():
                outbox.accept(work, row.id, self.now)
                outbox.accept(work, row.id, self.now)

        self.database.write(accept)

    @rule(id=st.sampled_from(ORDERS), happens=st.sampled_from([intake.ship, intake.deliver]))
    def the_marketplace_tells(self, id: str, happens: Any) -> None:
        self.attempt(lambda work: happens(work, id, at=self.now))

    @rule(
        target=quotes,
        who=st.sampled_from([ALICE, TUNDE]),
        id=st.sampled_from(ORDERS),
        reason=st.sampled_from(REASONS),
        share=st.sampled_from(["1/1", "1/2", "1/3", "1/100000"]),
    )
    def a_claim_is_quoted(self, who: Caller, id: str, reason: str, share: str) -> Any:
        asked = {"order": id, "reason": reason, "share": share}
        quote = self.attempt(lambda work: quotes.open_quote(work, who, "open_claim", asked, self.now))
        return (who, quote) if quote else multiple()

    @rule(target=quotes, who=st.sampled_from([ALICE, TUNDE]), claim=claims)
    def mediation_is_quoted(self, who: Caller, claim: str) -> Any:
        asked = {"claim": claim}
        quote = self.attempt(lambda work: quotes.open_quote(work, who, "escalate", asked, self.now))
        return (who, quote) if quote else multiple()

    @rule(target=claims, quoted=quotes)
    def a_quote_is_confirmed(self, quoted: tuple[Caller, dict[str, Any]]) -> Any:
        """The first time it is done, or refused; ever after the first answer comes again."""
        (who, quote), id = quoted, quoted[1]["quote_id"]
        done = self.attempt(lambda work: quotes.confirm(work, who, id, self.now))
        if id in self.answers:
            assert done == self.answers[id][1]
            return multiple()
        if done is None:
            return multiple()
        self.answers[id] = quote["kind"], done
        assert self.claim(done["claim"])["amount"] == quote["effect"]["amount"]
        return multiple() if quote["kind"] == "escalate" else done["claim"]

    @rule(id=st.sampled_from(ORDERS), result=st.sampled_from(RESULTS))
    def the_bank_answers(self, id: str, result: str) -> None:
        payout = self.database.read(lambda work: work.queues.latest_payout(id))
        if payout is not None:
            id = payout.id
            self.attempt(lambda work: payouts.result(work, id, result, actor="service:bank", at=self.now))

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.database.read(audit).breaches == []

    @invariant()
    def every_cent_of_an_order_is_in_one_place(self) -> None:
        for id in ORDERS:
            order = self.order(id)
            money = {name: told["minor"] for name, told in order["money"].items()}
            assert money["paid"] == money["held"] + money["released"] + money["refunded"] == self.paid[id]
            held = [self.claim(claim)["held"]["minor"] for claim in order["claims"]]
            assert money["on_claim"] == sum(held) <= money["held"]

    @invariant()
    def each_yes_did_what_its_quote_said_and_no_more(self) -> None:
        opened = [done["claim"] for kind, done in self.answers.values() if kind == "open_claim"]
        assert sorted(opened) == sorted(claim for id in ORDERS for claim in self.order(id)["claims"])
        for kind, done in self.answers.values():
            if kind == "escalate":
                assert self.claim(done["claim"])["state"] == "in_mediation"

    @invariant()
    def what_is_over_stays_over_and_what_waits_says_for_whom(self) -> None:
        for id in ORDERS:
            order = self.order(id)
            assert self.over.get(id, order["state"]) == order["state"]
            if order["state"] in OVER:
                self.over[id] = order["state"]
            else:
                assert order["next"]["who"] != "nobody" and order["next"]["otherwise"], order


LONG = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("runs", [25, pytest.param(1_000, marks=LONG)])
def test_in_any_order_of_events_the_books_are_right(runs: int) -> None:
    run_state_machine_as_test(
        Events, settings=settings(max_examples=runs, stateful_step_count=40, deadline=None)
    )
