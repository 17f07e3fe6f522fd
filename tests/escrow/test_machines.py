"""What each event does in each state for each role: written down, and held against the machines' tables."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from contract.codes import (
    ClaimState,
    Code,
    CreditState,
    InstructionState,
    OrderState,
    Role,
    TaskState,
    WhatNext,
)
from escrow.case import Case
from escrow.claims import Claim
from escrow.clocks import CLOCKS, Clock
from escrow.ledger import Journal, Kind
from escrow.machines.claim import CLAIM, ClaimEvent
from escrow.machines.credit import CREDIT, CreditEvent
from escrow.machines.instruction import PAYOUT, REFUND, InstructionEvent
from escrow.machines.machine import TIMER, Machine
from escrow.machines.order import ORDER, OrderEvent
from escrow.machines.task import TASK, TaskEvent
from escrow.payments import Payment
from escrow.position import Position
from escrow.refusals import Refusal
from tests.escrow import samples
from tests.escrow.samples import (
    FUNDED,
    HELD,
    IN_PART,
    NOTHING,
    PAID_OUT,
    REFUNDED,
    REFUNDING,
    RELEASED,
    case,
    usd,
)

# A state and an event that are not written here are refused as `wrong_state`, and of those that are, whoever
# is not written is told not_found. `if`: where what happens depends on whether a claim is open; one that is
# written for one of the two only is refused in the other. `moves` are journals, by their letters, and what
# is to be paid out.
ORDERS = """
state            | event           | if       | to               | moves     | sets                | tells
-                | make            |          | awaiting_payment |           |                     |
awaiting_payment | agree           |          | awaiting_payment |           | lines, freight, mode, protections, ship_by, promised_at, incoterm, place, deposit, balance_due |
awaiting_payment | pay             |          | funded           | E1        | paid_at, tier, zone, badge, processing_since |
awaiting_payment | process         |          | payment_processing |         | processing_since    |
payment_processing | pay           |          | funded           | E1        | paid_at, tier, zone, badge, processing_since |
payment_processing | payment_does_not_come | | awaiting_payment |          | processing_since    | order_payment_failed
payment_processing | processing_long |        | payment_processing |         |                     |
partly_funded    | pay             |          | funded           | E1 E6b refund | ship_by, promised_at, processing_since |
partly_funded    | process         |          | partly_funded    |           | processing_since    |
partly_funded    | payment_does_not_come | | partly_funded    |           | processing_since    | order_payment_failed
partly_funded    | processing_long |          | partly_funded    |           |                     |
partly_funded    | balance_late    |          | partly_funded    |           |                     |
partly_funded    | ship            |          | shipped          |           | shipped_at, dispatched_at |
awaiting_payment | pay_time_ended  |          | cancelled        |           |                     | order_cancelled
funded           | ship            |          | shipped          |           | shipped_at, dispatched_at |
shipped          | ship            |          | shipped          |           | dispatched_at       |
funded           | late            |          | funded           |           |                     | order_late
shipped          | deliver         |          | delivered        |           | delivered_at        | order_delivered
shipped          | ask_arrival     |          | shipped          |           |                     | order_arrival_asked
shipped          | receipt_by_rule |          | delivered        |           | delivered_at        | order_received_by_rule
shipped          | arrived         |          | delivered        |           | delivered_at        | order_delivered
shipped          | not_arrived     |          | shipped          |           | not_arrived         | order_not_arrived
shipped          | arrival_alarm   |          | shipped          |           |                     |
shipped          | extend          |          | shipped          |           | extended            | order_receipt_extended
delivered        | extend          |          | delivered        |           | extended            | order_release_extended
delivered        | remind          |          | delivered        |           |                     | order_release_soon
shipped          | confirm_receipt | no claim | releasing        | E4 payout | delivered_at        | order_received
shipped          | confirm_receipt | a claim  | delivered        | E3 payout | delivered_at, release_due_at | order_rest_released
delivered        | confirm_receipt | no claim | releasing        | E4 payout |                     | order_received
delivered        | confirm_receipt | a claim  | delivered        | E3 payout | release_due_at      | order_rest_released
delivered        | silence         | no claim | releasing        | E4 payout |                     | order_released_by_silence
delivered        | silence         | a claim  | delivered        | E3 payout | release_due_at      | order_rest_released
releasing        | payout_settled  |          | completed        |           |                     |
completed        | payout_returned |          | releasing        |           |                     |
completed        | window_ended    | no claim | closed           |           |                     | order_closed
closed           | payout_returned |          | releasing        |           |                     |
refunded         | payout_returned |          | releasing        |           |                     |
awaiting_payment | cancel          |          | cancelled        |           |                     | order_called_off
awaiting_payment | supplier_cancel |          | cancelled        |           |                     | order_called_off
funded           | cancel          |          | refunding        | E6 refund |                     | order_cancelled_by_buyer
funded           | supplier_cancel |          | refunding        | E6 refund |                     | order_cancelled_by_supplier
funded           | unshipped_soon  |          | funded           |           |                     | order_unshipped_soon
funded           | unshipped       |          | refunding        | E6 refund |                     | order_unshipped
funded           | hold_ends_soon  |          | funded           |           |                     |
shipped          | hold_ends_soon  |          | shipped          |           |                     |
delivered        | hold_ends_soon  |          | delivered        |           |                     |
refunding        | refund_settled  |          | refunded         |           |                     |
refunding        | look            |          | refunded         |           |                     |
refunded         | refund_returned |          | refunding        |           |                     |
releasing        | look            |          | completed        |           |                     |
funded           | pay             |          | funded           | E1 E6b refund |                 | payment_sent_back
shipped          | pay             |          | shipped          | E1 E6b refund |                 | payment_sent_back
delivered        | pay             |          | delivered        | E1 E6b refund |                 | payment_sent_back
releasing        | pay             |          | releasing        | E1 E6b refund |                 | payment_sent_back
completed        | pay             |          | completed        | E1 E6b refund |                 | payment_sent_back
closed           | pay             |          | closed           | E1 E6b refund |                 | payment_sent_back
cancelled        | pay             |          | cancelled        | E1 E6b refund |                 | payment_sent_back
refunding        | pay             |          | refunding        | E1 E6b refund |                 | payment_sent_back
refunded         | pay             |          | refunded         | E1 E6b refund |                 | payment_sent_back
"""  # noqa: E501
ORDER_WHO = """
make            | marketplace
agree           | marketplace
process         | marketplace
payment_does_not_come | marketplace
processing_long | timer
balance_late    | timer
pay             | marketplace
pay_time_ended  | timer
ship            | marketplace
late            | timer
deliver         | marketplace
ask_arrival     | timer
receipt_by_rule | timer
arrived         | buyer
not_arrived     | buyer
arrival_alarm   | timer
extend          | buyer, supplier
delivered extend | buyer
remind          | timer
confirm_receipt | buyer
silence         | timer
payout_settled  | executor, supervisor, timer
payout_returned | executor, supervisor, timer
window_ended    | timer
cancel          | buyer
supplier_cancel | supplier
unshipped_soon  | timer
unshipped       | timer
hold_ends_soon  | timer
refund_settled  | executor, supervisor, timer
refund_returned | executor, supervisor, timer
look            | buyer, supplier, mediator, supervisor, timer
"""
CLAIMS = """
state             | event            | if | to                | moves | sets | tells
-                 | open             |    | awaiting_supplier | E2    |      | claim_opened
awaiting_supplier | supplier_silent  |    | negotiating       |       |      | claim_negotiating
awaiting_supplier | escalate         |    | in_mediation      |       |      | claim_in_mediation
negotiating       | escalate         |    | in_mediation      |       |      | claim_in_mediation
awaiting_supplier | auto_escalate    |    | in_mediation      |       |      | claim_in_mediation
negotiating       | auto_escalate    |    | in_mediation      |       |      | claim_in_mediation
in_mediation      | supervisor_alarm |    | in_mediation      |       |      |
awaiting_supplier | paid             |    | closed_paid       |       |      | claim_paid
negotiating       | paid             |    | closed_paid       |       |      | claim_paid
in_mediation      | paid             |    | closed_paid       |       |      | claim_paid
"""
CLAIM_WHO = """
open             | buyer
supplier_silent  | timer
escalate         | buyer
paid             | buyer, supplier, timer
auto_escalate    | timer
supervisor_alarm | timer
"""
PAYOUTS = """
state    | event            | if | to       | moves               | sets | tells
-        | make             |    | pending  |                     |      |
pending  | settled          |    | settled  | E5 payout_settled   |      | payout_settled
pending  | failed           |    | failed   |                     |      | payout_failed
pending  | returned         |    | returned |                     |      | payout_returned
pending  | unknown          |    | unknown  |                     |      |
unknown  | settled          |    | settled  | E5 payout_settled   |      | payout_settled
unknown  | failed           |    | failed   |                     |      | payout_failed
unknown  | returned         |    | returned |                     |      | payout_returned
settled  | returned         |    | returned | E5r payout_returned |      | payout_returned
pending  | supervisor_alarm |    | pending  |                     |      |
unknown  | supervisor_alarm |    | unknown  |                     |      |
failed   | supervisor_alarm |    | failed   |                     |      |
returned | supervisor_alarm |    | returned |                     |      |
stopped | settled | | settled | E5 payout_settled | | payout_settled
stopped | failed | | failed | | | payout_failed
stopped | returned | | returned | | | payout_returned
stopped | supervisor_alarm | | stopped | | |
stopped | resume | | pending | | |
stopped | replace | | replaced | | replaced_by, answered |
pending | stop | | stopped | | |
failed | pay_again | | failed | payout | |
failed | replace | | replaced | | replaced_by, answered |
returned | pay_again | | returned | payout | |
returned | replace | | replaced | | replaced_by, answered |
failed | late_result | | failed | | |
failed | book_paid | | settled | E5 payout_settled | replaced_by, answered | payout_settled
failed | book_unpaid | | failed | | |
returned | late_result | | returned | | |
returned | book_paid | | settled | E5 payout_settled | replaced_by, answered | payout_settled
returned | book_unpaid | | returned | | |
replaced | late_result | | replaced | | |
replaced | book_paid | | settled | E5 payout_settled | replaced_by, answered | payout_settled
replaced | book_unpaid | | replaced | | |
"""
TASKS = """
state | event  | if | to    | moves | sets                                          | tells
-     | raise  |    | open  |       |                                               |
open  | take   |    | taken |       | taken_by, taken_at                            |
open  | do     |    | done  |       | done_by, done_at, because                     |
taken | do     |    | done  |       | done_by, done_at, because                     |
taken | return |    | open  |       | taken_by, taken_at, done_by, done_at, because |
done  | return |    | open  |       | taken_by, taken_at, done_by, done_at, because |
open  | end    |    | ended |       |                                               |
taken | end    |    | ended |       |                                               |
done  | end    |    | ended |       |                                               |
"""
TASK_WHO = """
raise  | timer
take   | agent, mediator, supervisor
do     | agent, mediator, supervisor
return | timer
end    | timer
"""
PAYOUT_WHO = """
make             | buyer, supplier, marketplace, supervisor, timer
settled          | executor, timer
failed           | executor, timer
returned         | executor, timer
unknown          | executor, timer
supervisor_alarm | timer
pay_again        | supervisor
replace          | timer
late_result      | executor, timer
stop             | timer
resume           | timer
book_paid        | supervisor
book_unpaid      | supervisor
"""
REFUNDS = """
state    | event            | if | to       | moves               | sets | tells
-        | make             |    | pending  |                     |      |
pending  | settled          |    | settled  | E7 refund_settled   |      | refund_sent
pending  | failed           |    | failed   |                     |      | refund_failed
pending  | returned         |    | returned |                     |      | refund_returned
pending  | unknown          |    | unknown  |                     |      |
unknown  | settled          |    | settled  | E7 refund_settled   |      | refund_sent
unknown  | failed           |    | failed   |                     |      | refund_failed
unknown  | returned         |    | returned |                     |      | refund_returned
settled  | returned         |    | returned | E7r refund_returned |      | refund_returned
pending  | supervisor_alarm |    | pending  |                     |      |
unknown  | supervisor_alarm |    | unknown  |                     |      |
failed   | supervisor_alarm |    | failed   |                     |      |
returned | supervisor_alarm |    | returned |                     |      |
stopped | settled | | settled | E7 refund_settled | | refund_sent
stopped | failed | | failed | | | refund_failed
stopped | returned | | returned | | | refund_returned
stopped | supervisor_alarm | | stopped | | |
stopped | resume | | pending | | |
stopped | replace | | replaced | | replaced_by, answered |
pending | stop | | stopped | | |
failed | pay_again | | failed | refund | |
failed | replace | | replaced | | replaced_by, answered |
returned | pay_again | | returned | refund | |
returned | replace | | replaced | | replaced_by, answered |
failed | late_result | | failed | | |
failed | book_paid | | settled | E7 refund_settled | replaced_by, answered | refund_sent
failed | book_unpaid | | failed | | |
returned | late_result | | returned | | |
returned | book_paid | | settled | E7 refund_settled | replaced_by, answered | refund_sent
returned | book_unpaid | | returned | | |
replaced | late_result | | replaced | | |
replaced | book_paid | | settled | E7 refund_settled | replaced_by, answered | refund_sent
replaced | book_unpaid | | replaced | | |
"""
# Of a standard account's order that is late, under way, and whose credit own funds cover; what is otherwise
# so is written in test_credits.py.
CREDITS = """
state     | event             | if | to        | moves | sets                                    | tells
-         | promise           |    | promised  |       |                                         |
promised  | promised_day_over |    | eligible  |       |                                         | credit_possible
promised  | ask               |    | granted   | E9    | amount, unspent, granted_at, expires_at | credit_granted
eligible  | ask               |    | granted   | E9    | amount, unspent, granted_at, expires_at | credit_granted
eligible  | time_to_ask_over  |    | lapsed    |       |                                         |
waiting   | cover_again       |    | granted   | E9    | amount, unspent, granted_at, expires_at | credit_granted
granted   | order_came        |    | spendable |       |                                         | credit_spendable
promised  | order_undone      |    | lapsed    |       |                                         |
eligible  | order_undone      |    | lapsed    |       |                                         |
waiting   | order_undone      |    | lapsed    |       |                                         |
granted   | order_undone      |    | revoked   | E9v   |                                         | credit_revoked
spendable | order_undone      |    | revoked   | E9v   |                                         | credit_revoked
-         | give              |    | spendable | E9    |                                         | credit_given
-         | give_back         |    | spendable | look  |                                         | credit_back
promised  | promise_moved     |    | promised  |       |                                         |
eligible  | promise_moved     |    | promised  |       |                                         |
spendable | spend             |    | spent     |       | unspent                                 |
spendable | remind            |    | spendable |       |                                         | credit_ends_soon
granted   | expire            |    | expired   | E9x   |                                         | credit_expired
spendable | expire            |    | expired   | E9x   |                                         | credit_expired
"""  # noqa: E501
CREDIT_WHO = f"""
promise           | marketplace, timer
promised_day_over | timer
ask               | buyer
time_to_ask_over  | timer
cover_again       | timer
order_came        | {", ".join([*Role, TIMER])}
order_undone      | {", ".join([*Role, TIMER])}
give              | supervisor
give_back         | {", ".join([*Role, TIMER])}
promise_moved     | {", ".join([*Role, TIMER])}
spend             | marketplace
remind            | timer
expire            | timer
"""

# Where an order's money is in each of its states, for the events of this matrix to move.
MONEY: dict[Any, Position] = {
    None: NOTHING,
    OrderState.AWAITING_PAYMENT: NOTHING,
    OrderState.PAYMENT_PROCESSING: NOTHING,
    OrderState.PARTLY_FUNDED: IN_PART,
    OrderState.CANCELLED: NOTHING,
    OrderState.RELEASING: PAID_OUT,
    OrderState.COMPLETED: PAID_OUT,
    OrderState.CLOSED: PAID_OUT,
    OrderState.REFUNDING: REFUNDED,
    OrderState.REFUNDED: REFUNDED,
}
LEFT: dict[str, Any] = {"shipped_at": samples.AT, "dispatched_at": samples.AT}
LATER = samples.AT + timedelta(days=30)


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


@dataclass(frozen=True)
class Matrix:
    machine: Machine[Any, Any]
    states: type[StrEnum]
    events: type[StrEnum]
    cells: str
    who: str

    def __str__(self) -> str:
        return self.machine.name

    @property
    def expected(self) -> dict[tuple[str, str, bool], tuple[str, ...]]:
        """By state, event and whether a claim is open."""
        return {
            (state, event, claimed): (to, moves, sets, tells)
            for state, event, only, to, moves, sets, tells in rows(self.cells)[1:]
            for claimed in (False, True)
            if only in ("", "a claim" if claimed else "no claim")
        }

    @property
    def allowed(self) -> dict[str, set[str]]:
        return {event: set(who.split(", ")) for event, who in rows(self.who)}

    def case(self, state: Any, *, claimed: bool) -> Case:
        """One in which every guard says yes."""
        claim: Claim | None = samples.CLAIM if claimed else None
        position = RELEASED
        if self.machine is CLAIM:
            claim, position = replace(samples.CLAIM, state=state or ClaimState.AWAITING_SUPPLIER), FUNDED
        elif self.machine is ORDER:
            position = MONEY.get(state, HELD if claimed else FUNDED)
        elif self.machine is REFUND:
            position = REFUNDED if state is InstructionState.SETTLED else REFUNDING
        elif state is InstructionState.SETTLED:
            position = PAID_OUT
        told = case(
            position,
            claim=claim,
            instruction={PAYOUT.name: samples.PAYOUT, REFUND.name: samples.REFUND}.get(self.machine.name),
            credit=samples.CREDIT if self.machine is CREDIT else None,
            spent=samples.CREDIT.unspent,
            facts={"promised_at": samples.AT} if self.machine is CREDIT else {"paid_at": LATER},
            at=LATER,
            amount=usd(samples.TOTAL),
            payment="PSP-2",
            tier="enterprise",
            zone="Asia/Tokyo",
            badge=True,
            side=Role.BUYER,
            agreed=samples.ORDER.terms,
            by="sara",
            because="a hash",
        )
        # Long enough underway that the buyer was asked.
        return replace(told, order=replace(told.order, mode="express", **LEFT))


MATRICES = (
    Matrix(ORDER, OrderState, OrderEvent, ORDERS, ORDER_WHO),
    Matrix(CLAIM, ClaimState, ClaimEvent, CLAIMS, CLAIM_WHO),
    Matrix(PAYOUT, InstructionState, InstructionEvent, PAYOUTS, PAYOUT_WHO),
    Matrix(TASK, TaskState, TaskEvent, TASKS, TASK_WHO),
    Matrix(CREDIT, CreditState, CreditEvent, CREDITS, CREDIT_WHO),
    Matrix(REFUND, InstructionState, InstructionEvent, REFUNDS, PAYOUT_WHO),
)
each_machine = pytest.mark.parametrize("matrix", MATRICES, ids=str)
ROLES = [*map(str, Role), TIMER]


def happens(
    machine: Machine[Any, Any], state: Any, event: Any, case: Case, role: str
) -> tuple[str, ...] | Code:
    """As the engine takes a step: first whether the state has one, then whether it is the role's."""
    try:
        step = machine.step(state, event, case)
    except Refusal as refused:
        return Code(refused.code)
    if role not in step.who:
        return Code.NOT_FOUND
    sets = ", ".join(step.sets(case)) if step.sets else ""
    moves = []
    for effect in step.effects:
        for result in effect(case):
            if isinstance(result, Payment):
                continue
            moves.append(str(result.kind))
            case = case.moved(result) if isinstance(result, Journal) else case
    hears = [str(step.order_hears)] if step.order_hears else []
    return str(step.to), " ".join([*moves, *hears]), sets, str(step.tell or "")


@each_machine
def test_each_event_does_in_each_state_for_each_role_what_is_written_and_nothing_else(matrix: Matrix) -> None:
    wrong = []
    for state, event, claimed, role in product([None, *matrix.states], matrix.events, (False, True), ROLES):
        if claimed and matrix.machine is not ORDER:
            continue
        expected: tuple[str, ...] | Code | None = matrix.expected.get((state or "-", event, claimed))
        if expected is None:
            expected = Code.WRONG_STATE
        elif role not in matrix.allowed.get(f"{state} {event}", matrix.allowed[event]):
            expected = Code.NOT_FOUND
        found = happens(matrix.machine, state, event, matrix.case(state, claimed=claimed), role)
        if found != expected:
            wrong.append(((state, event, claimed, role), found, expected))
    assert not wrong


@each_machine
def test_what_is_written_is_of_states_events_and_roles_that_exist(matrix: Matrix) -> None:
    cells = rows(matrix.cells)[1:]
    assert {row[0] for row in cells} - {"-"} <= set(matrix.states)
    assert {row[3] for row in cells} <= set(matrix.states)
    assert {event.rpartition(" ")[2] for event in matrix.allowed} == set(matrix.events)
    assert set().union(*matrix.allowed.values()) <= set(ROLES)


@each_machine
def test_every_state_can_be_reached_and_every_event_happens_somewhere(matrix: Matrix) -> None:
    steps, reached = matrix.machine.steps, set[Any]([None])
    for _ in matrix.states:
        reached |= {step.to for step in steps if step.state in reached}
    assert reached == {None, *matrix.states}
    assert {step.event for step in steps} == set(matrix.events)


@each_machine
def test_each_state_is_waited_in_or_final_and_never_both(matrix: Matrix) -> None:
    waiting = {stay.state for stay in matrix.machine.stays}
    assert waiting | matrix.machine.final == set(matrix.states)
    assert not waiting & matrix.machine.final


# States that nothing leaves yet: what leaves them is not built.
NO_WAY_ON: set[Any] = set()


def test_the_states_that_nothing_leaves_are_those_that_we_know() -> None:
    left = {step.state for matrix in MATRICES for step in matrix.machine.steps if step.to is not step.state}
    waiting = {stay.state for matrix in MATRICES for stay in matrix.machine.stays}
    assert waiting - left == NO_WAY_ON


@each_machine
def test_whatever_is_waited_for_says_what_happens_otherwise(matrix: Matrix) -> None:
    for stay in matrix.machine.stays:
        assert stay.otherwise or stay.in_demo or stay.beside, stay
        assert stay.who != "nobody" and stay.what != "none"


@each_machine
def test_what_a_clock_fires_is_a_step_of_the_state_in_which_it_runs_and_of_the_timers(matrix: Matrix) -> None:
    for stay in matrix.machine.stays:
        if stay.then is None:
            assert stay.told_to is None
            continue
        ways = matrix.machine.ways(stay.state, stay.then)
        assert stay.clock and ways and all(TIMER in way.who for way in ways), stay


@each_machine
def test_a_state_has_each_clock_once(matrix: Matrix) -> None:
    rows = [(stay.state, stay.clock) for stay in matrix.machine.stays if stay.clock]
    assert len(rows) == len(set(rows))


def test_each_clock_belongs_to_the_machines_of_one_kind_of_thing_and_is_reckoned() -> None:
    owners = {
        clock: {str(m) for m in MATRICES for stay in m.machine.stays if stay.clock is clock}
        for clock in Clock
    }
    assert all(len(names) == 1 or names == {"payout", "refund"} for names in owners.values()), owners
    assert set(CLOCKS) == set(Clock)


@each_machine
def test_the_notice_that_starts_a_clock_is_told_by_whatever_leads_into_its_state(matrix: Matrix) -> None:
    """Else its row would wait for a notice that nobody has sent."""
    for stay in matrix.machine.stays:
        if stay.told_to:
            entering = [s for s in matrix.machine.steps if s.to is stay.state and s.state is not stay.state]
            assert entering and all(step.tell and not step.if_moved for step in entering), stay


# A claim beside the order holds back its closing: then its clock's end is only told. Nobody is asked what a
# claim has answered already, or reminded of a release of nothing.
ONLY_SOMETIMES: set[tuple[Any, Any]] = {
    (OrderState.COMPLETED, OrderEvent.WINDOW_ENDED),
    (OrderState.SHIPPED, OrderEvent.ASK_ARRIVAL),
    (OrderState.DELIVERED, OrderEvent.REMIND),
    # Only what came in time; only what was given for lateness.
    (CreditState.PROMISED, CreditEvent.ORDER_CAME),
    (CreditState.ELIGIBLE, CreditEvent.ORDER_CAME),
    (CreditState.GRANTED, CreditEvent.ORDER_UNDONE),
    (CreditState.SPENDABLE, CreditEvent.ORDER_UNDONE),
}
# Where the money is decides: most often the order stays as it is (`test_where_the_money_is_decides`).
ONLY_SOMETIMES |= {(OrderState.RELEASING, OrderEvent.PAYOUT_SETTLED)}
ONLY_SOMETIMES |= {
    (state, OrderEvent.REFUND_SETTLED) for state in (OrderState.REFUNDING, OrderState.COMPLETED)
}
ONLY_SOMETIMES |= {
    (state, OrderEvent.HOLD_ENDS_SOON)
    for state in (OrderState.FUNDED, OrderState.SHIPPED, OrderState.DELIVERED)
}
ONLY_SOMETIMES |= {
    (state, OrderEvent.LOOK)
    for state in (
        *(OrderState.FUNDED, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.RELEASING),
        OrderState.REFUNDING,
    )
}
# What the end of a claim brings: tests/escrow/test_after_a_claim.py.
ONLY_SOMETIMES |= {(OrderState.COMPLETED, OrderEvent.LOOK)}


@each_machine
def test_of_several_ways_one_is_always_open_and_the_last_asks_for_nothing(matrix: Matrix) -> None:
    pairs = {(step.state, step.event) for step in matrix.machine.steps}
    conditional = {pair for pair in pairs if all(way.when is not None for way in matrix.machine.ways(*pair))}
    assert conditional == ONLY_SOMETIMES & pairs
    for pair in pairs - conditional:
        *first, last = matrix.machine.ways(*pair)
        assert last.when is None and all(way.when is not None for way in first), pair


def test_a_release_that_moved_nothing_is_told_to_nobody() -> None:
    silent = {step.tell for step in ORDER.steps if step.if_moved}
    assert silent == {"order_rest_released", "order_released_by_silence"}
    assert not any(step.if_moved for matrix in MATRICES[1:] for step in matrix.machine.steps)


def test_the_tables_stay_as_they_are_written() -> None:
    for fixed, name in (
        (case(), "at"),
        (ORDER.steps[0], "to"),
        (ORDER.stays[0], "state"),
        (ORDER, "name"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(fixed, name, None)


# What a step asks before it is taken


@pytest.mark.parametrize(
    ("minor", "to", "moves"),
    [(299, "partly_funded", ["E1"]), (300, "funded", ["E1"]), (301, "funded", ["E1", "E6b", "refund"])],
)
def test_too_little_is_an_instalment_and_what_is_over_goes_back(
    minor: int, to: str, moves: list[str]
) -> None:
    told = case(NOTHING, amount=usd(minor), payment="PSP-2", tier="standard", zone="Africa/Lagos", badge=True)
    found = happens(ORDER, OrderState.AWAITING_PAYMENT, OrderEvent.PAY, told, Role.MARKETPLACE)
    assert (found[0], str(found[1]).split()) == (to, moves)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (usd(0), Code.AMOUNT_NOT_POSITIVE),
        (usd(-1), Code.AMOUNT_NOT_POSITIVE),
        (replace(usd(300), currency="EUR"), Code.WRONG_CURRENCY),
    ],
)
def test_a_payment_of_nothing_or_in_another_currency_is_refused(amount: Any, code: Code) -> None:
    with pytest.raises(Refusal) as refused:
        ORDER.step(OrderState.AWAITING_PAYMENT, OrderEvent.PAY, case(NOTHING, amount=amount, payment="P"))
    assert refused.value.code == code


@pytest.mark.parametrize("state", [ClaimState.AWAITING_SUPPLIER, ClaimState.NEGOTIATING])
def test_a_claim_goes_to_mediation_from_the_first_instant_of_its_fourth_day_and_no_second_sooner(
    state: ClaimState,
) -> None:
    opens = samples.AT + timedelta(days=4)
    claim = replace(samples.CLAIM, state=state)
    assert CLAIM.step(state, ClaimEvent.ESCALATE, case(claim=claim, at=opens)).to == "in_mediation"
    with pytest.raises(Refusal) as refused:
        CLAIM.step(state, ClaimEvent.ESCALATE, case(claim=claim, at=opens - timedelta(seconds=1)))
    assert refused.value.code == Code.NOT_YET_ESCALATABLE
    assert refused.value.facts == {"claim": "CLM-1", "opens_at": opens}


def test_a_refused_event_says_where_the_thing_stands_and_what_would_help() -> None:
    with pytest.raises(Refusal) as refused:
        CLAIM.step(ClaimState.IN_MEDIATION, ClaimEvent.ESCALATE, case(claim=samples.CLAIM))
    assert refused.value.what_next is WhatNext.SEE_CLAIM
    assert refused.value.facts == {"state": "in_mediation", "event": "escalate"}


def test_what_the_marketplace_tells_stays_with_the_order() -> None:
    named: dict[str, Any] = {"tier": "enterprise", "zone": "Asia/Tokyo", "badge": False}
    told = case(NOTHING, amount=usd(300), payment="P", **named)
    pay = ORDER.step(OrderState.AWAITING_PAYMENT, OrderEvent.PAY, told)
    stays = {"paid_at": samples.AT, "processing_since": None}
    assert pay.sets and pay.sets(told) == named | stays
    for state, event, name in (
        (OrderState.FUNDED, OrderEvent.SHIP, "shipped_at"),
        (OrderState.SHIPPED, OrderEvent.SHIP, "dispatched_at"),
        (OrderState.SHIPPED, OrderEvent.DELIVER, "delivered_at"),
    ):
        step = ORDER.step(state, event, told)
        assert step.sets and step.sets(told)[name] == samples.AT


# What is true of the money in a state

ENDS = {"released", "paid out", "paid twice", "refunding", "refunded"}
SOUND = {
    OrderState.AWAITING_PAYMENT: {"nothing", "sent back"},
    OrderState.PAYMENT_PROCESSING: {"nothing", "sent back"},
    OrderState.PARTLY_FUNDED: {"in part"},
    OrderState.CANCELLED: {"nothing", "sent back"},
    OrderState.FUNDED: {"funded", "held", "partly refunded"},
    OrderState.SHIPPED: {"in part", "funded", "held", "partly refunded"},
    OrderState.DELIVERED: {"more than was paid", "in part", "funded", "held", "partly refunded", *ENDS},
    OrderState.RELEASING: ENDS,
    OrderState.COMPLETED: ENDS,
    OrderState.CLOSED: ENDS,
    OrderState.REFUNDING: {"refunding", "refunded", "sent back"},
    OrderState.REFUNDED: {"refunding", "refunded", "sent back"},
}
MORE = FUNDED.moved(samples.journal(Kind.RELEASE, 50, samples.PAYABLE, samples.ESCROW))
PART = FUNDED.moved(samples.journal(Kind.REFUND, 50, samples.ESCROW, samples.OWED))


def sent_back(before: Position) -> Position:
    again = before.moved(samples.journal(Kind.FUND, 70, samples.CASH, samples.ESCROW))
    return again.moved(samples.journal(Kind.SENT_BACK, 70, samples.ESCROW, samples.OWED))


POSITIONS = {
    "more than was paid": MORE,
    "partly refunded": PART,
    "in part": IN_PART,
    "refunding": REFUNDING,
    "refunded": REFUNDED,
    "paid twice": sent_back(PAID_OUT),
    "sent back": sent_back(NOTHING),
    "nothing": NOTHING,
    "funded": FUNDED,
    "held": HELD,
    "released": RELEASED,
    "paid out": PAID_OUT,
}


@pytest.mark.parametrize("state", OrderState)
def test_each_state_says_where_the_money_may_be(state: OrderState) -> None:
    holds = ORDER.holds.get(state)
    found = {name for name, position in POSITIONS.items() if holds is None or holds(case(position))}
    assert found == SOUND.get(state, set(POSITIONS))


# Where the money is decides whether the order goes on; where nothing is written it stays as it is.
GOES_ON = """
releasing | payout_settled  | paid out, paid twice | completed
releasing | payout_settled  | refunding            | completed
releasing | payout_settled  | refunded             | refunded
releasing | look            | paid out, paid twice | completed
refunding | refund_settled  | refunded             | refunded
refunding | look            | refunded             | refunded
completed | refund_settled  | refunded             | refunded
funded    | look            | refunding            | refunding
shipped   | look            | refunding            | refunding
delivered | look            | refunding            | refunding
releasing | look            | refunding            | refunding
funded    | look            | refunded             | refunded
shipped   | look            | refunded             | refunded
delivered | look            | refunded             | refunded
releasing | look            | refunded             | refunded
"""
IMPOSSIBLE = ("more than was paid", "nothing", "sent back")
HEARD = (OrderEvent.PAYOUT_SETTLED, OrderEvent.REFUND_SETTLED, OrderEvent.LOOK)


def test_where_the_money_is_decides_whether_an_order_goes_on() -> None:
    written = {
        (state, event, where): to
        for state, event, places, to in rows(GOES_ON)
        for where in places.split(", ")
    }
    # Of these sums no order of its state is made.
    possible = {name: POSITIONS[name] for name in POSITIONS if name not in IMPOSSIBLE}
    for state, event, (where, position) in product(OrderState, HEARD, possible.items()):
        way = ORDER.way(state, event, case(position))
        found = way.to if way else None
        assert found == written.get((state, event, where)), (state, event, where)


# How a machine is walked


def test_a_demos_clock_runs_in_a_demo_alone_and_one_that_fires_nothing_nowhere() -> None:
    def running(machine: Machine[Any, Any], state: Any, *, demo: bool) -> list[Clock | None]:
        return [stay.clock for stay in machine.timed(state, demo=demo)]

    assert running(PAYOUT, InstructionState.PENDING, demo=False) == [Clock.OUTCOME]
    assert running(PAYOUT, InstructionState.PENDING, demo=True) == [Clock.OUTCOME, Clock.SETTLE]
    assert Clock.PROMISED not in running(ORDER, OrderState.SHIPPED, demo=True)
    assert running(ORDER, OrderState.CLOSED, demo=True) == []
    assert running(CLAIM, ClaimState.AWAITING_SUPPLIER, demo=False) == [Clock.AUTO_ESCALATE, Clock.RESPOND]


def test_a_stay_is_found_by_its_state_and_clock() -> None:
    found = CLAIM.stay(ClaimState.AWAITING_SUPPLIER, Clock.RESPOND)
    assert found and found.then is ClaimEvent.SUPPLIER_SILENT and found.told_to == "supplier"
    assert CLAIM.stay(ClaimState.NEGOTIATING, Clock.RESPOND) is None
    assert CLAIM.stay(ClaimState.IN_MEDIATION, Clock.AUTO_ESCALATE) is None
