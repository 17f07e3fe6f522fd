"""The only writer of states and clocks: it walks the machines' tables, and records what a step brings.

`apply` takes one step of a thing, `begin` its first one, `fire` the step of a clock that is due. What a step
would do is found by `foresee`, which writes nothing: so a quote shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from contract.codes import InstructionKind, TaskState, TaskWhy
from escrow import funds
from escrow.case import Case
from escrow.claims import Claim
from escrow.clocks import Clock, Matter, ends
from escrow.credits import Credit, promised
from escrow.instructions import Instruction
from escrow.machines.claim import ClaimEvent
from escrow.machines.credit import CreditEvent, heard
from escrow.machines.every import Thing, machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.machines.machine import TIMER
from escrow.machines.order import ORDER, OrderEvent
from escrow.machines.taking import Outcome, beginnings, moved, take
from escrow.machines.task import TASK, TaskEvent
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.recording import post, record
from escrow.refusals import not_found
from escrow.store import payments
from escrow.store.saving import add, deciding, save
from escrow.store.timers import Due, Timer
from escrow.store.work import Work
from escrow.tasks import DeskTask, needed
from escrow.telling import Addressed, address, write

T = TypeVar("T", Order, Claim, Instruction, DeskTask, Credit)

SYSTEM = f"{TIMER}:desk"


class Unsound(ValueError):
    """What the money must be in a state, or a clock must be to fire, is not so: nothing of it is kept."""


def foresee(
    work: Work, thing: Thing, event: StrEnum, order: Order, *, at: datetime, new: bool = False, **given: Any
) -> Outcome:
    """Raises Refusal where the state has no step for the event, or its guard says no; writes nothing."""
    machine, case = machine_of(thing), _case(work, thing, order, at, given)
    return take(machine, machine.step(None if new else thing.state, event, case), thing, case)


def is_possible(work: Work, thing: Thing, event: StrEnum, order: Order, *, at: datetime) -> bool:
    """Whether its state has a step for the event now, whatever the step's guard says."""
    return machine_of(thing).way(thing.state, event, _case(work, thing, order, at, {})) is not None


def apply(
    work: Work,
    thing: T,
    event: StrEnum,
    order: Order,
    *,
    actor: str,
    at: datetime,
    note: Mapping[str, Any] | None = None,
    **given: Any,
) -> T:
    """The thing after its step, stored with all that the step brings.

    `order` is its order, locked. `note` goes into the history beside the `given` facts. Raises Refusal:
    `wrong_state`, not_found for an actor who may not, or what the step's guard says.
    """
    outcome = foresee(work, thing, event, order, at=at, **given)
    done: T = _take(work, outcome, actor=actor, note=note)
    return done


def begin(
    work: Work,
    thing: T,
    event: StrEnum,
    order: Order,
    *,
    actor: str,
    at: datetime,
    note: Mapping[str, Any] | None = None,
    **given: Any,
) -> T:
    """The thing, which was not there before, in its first state."""
    outcome = foresee(work, thing, event, order, at=at, new=True, **given)
    begun: T = _take(work, outcome, actor=actor, note=note)
    return begun


def fire_next(work: Work, now: datetime) -> bool:
    """Fire the clock that has been due for longest; False when none is due."""
    due = work.timers.due(now)
    if due is not None:
        fire(work, due)
    return due is not None


def fire(work: Work, due: Due) -> None:
    """As of its own instant; nothing where another was quicker, or has set it anew meanwhile.

    Raises ValueError or LookupError where the row, or what it is about, is not what anybody can have written.
    """
    at, order = due.at, work.orders.lock(due.order)
    timer = work.timers.of(due.entity).get(Clock(due.clock))
    if timer is None:
        raise LookupError(f"clock {due.clock} of {due.entity} cannot be read")
    if timer.done is not None or timer.due != at:
        return
    if not work.timers.ring(timer, at):
        raise Unsound(f"clock {due.clock} of {due.entity} is not as it was read")
    _ring(work, timer, order, at)


def start_clocks(work: Work, notice: int, at: datetime) -> None:
    """The notice was accepted: what waits for it, and for no later one, begins to run."""
    for order_id in {timer.order for timer in work.timers.of_notice(notice)}:
        order, begun = work.orders.lock(order_id), dict[str, dict[str, list[str | None]]]()
        for timer in work.timers.of_notice(notice):
            thing = _thing(work, timer, order)
            due = ends(timer.clock, _matter(work, thing, order, at))
            if due is None or not machine_of(thing).stay(thing.state, timer.clock):
                continue
            started = work.timers.start(timer, notice, at, due.at)
            if started is not None:
                begun.setdefault(timer.entity, {})[timer.clock] = started.told
        for entity, clocks in begun.items():
            facts = {"clocks": {entity: {**_told(work, entity), **clocks}}}
            record(work, order.id, "clock.started", actor=SYSTEM, at=at, facts=facts)


# What needs a person


def raise_task(
    work: Work, why: TaskWhy, entity: str, order: Order, *, at: datetime, due: datetime | None = None
) -> None:
    """The desk is needed, and knows it once: what was called done while its cause lasts is open again."""
    lasting = work.tasks.lasting(order.id, entity, why)
    if lasting is None:
        task = needed(why, entity, order.id, at, due=due).numbered(len(work.tasks.of(order.id)) + 1)
        begin(work, task, TaskEvent.RAISE, order, actor=SYSTEM, at=at)
    elif lasting.state is TaskState.DONE:
        apply(work, lasting, TaskEvent.RETURN, order, actor=SYSTEM, at=at)


def end_task(work: Work, why: TaskWhy, entity: str, order: Order, *, at: datetime) -> None:
    """Its cause has ended, whether or not anybody did it."""
    lasting = work.tasks.lasting(order.id, entity, why)
    if lasting is not None:
        apply(work, lasting, TaskEvent.END, order, actor=SYSTEM, at=at)


# How a step is taken


def _case(work: Work, thing: Thing, order: Order, at: datetime, given: Mapping[str, Any]) -> Case:
    case = Case(
        order=order,
        policy=policy_of(work, order),
        position=work.ledger.position(order),
        at=at,
        claim=work.claims.open_of(order.id),
        payments=tuple(work.payments.of(order.id)),
        shipments=tuple(work.shipments.of(order.id)),
        instructions=tuple(work.instructions.of(order.id)),
        own_funds=lambda: funds.free(work, order.currency),
        given=given,
    )
    return case.about(thing)


def _take(work: Work, outcome: Outcome, *, actor: str, note: Mapping[str, Any] | None = None) -> Any:
    """Row, money, clocks and history of one step, together; then what follows from it, and who is told."""
    step, case, thing = outcome.step, outcome.case, outcome.after
    order, at = case.order, case.at
    if actor.partition(":")[0] not in step.who:
        raise not_found()
    if outcome.before is None:
        add(work, thing)
        work.timers.expect_none(thing.id)
    else:
        save(work, thing, seen=outcome.before)
    for payment in outcome.received:
        work.payments.add(payment)
    n = post(work, order.id, outcome.journals, order=order, actor=actor, at=at)
    if outcome.sets_clocks:
        _set_clocks(work, outcome)
    told = _address(work, outcome, n, actor=actor)
    facts = _facts(work, outcome, told) | dict(case.given) | dict(note or {})
    event = f"{outcome.machine.name}.{step.event}"
    record(work, order.id, event, actor=actor, at=at, journals=outcome.journals, facts=facts)
    order = _follow(work, outcome, order, actor=actor)
    if isinstance(thing, Order):
        _credits_hear(work, outcome.before, thing, at, actor=actor)
    write(work, told, outcome, order)
    _check(work, thing, order, at)
    return thing


def _follow(work: Work, outcome: Outcome, order: Order, *, actor: str) -> Order:
    """The order after what the step has made and paid, and what it hears of it."""
    at, hears = outcome.case.at, outcome.step.order_hears
    for made in outcome.made:
        if isinstance(made, Credit):
            back = made.numbered(len(work.credits.of(order.id)) + 1)
            begin(work, back, CreditEvent.GIVE_BACK, order, actor=actor, at=at)
            continue
        numbered = made.numbered(len(work.instructions.of(order.id, made.kind)) + 1)
        begin(work, numbered, InstructionEvent.MAKE, order, actor=actor, at=at)
        _replace(work, outcome, numbered, order)
    if outcome.step.pays_claim and outcome.case.claim is not None:
        apply(work, outcome.case.claim, ClaimEvent.PAID, order, actor=actor, at=at)
    _tell_desk(work, outcome, order)
    if hears is not None:
        event = OrderEvent(hears)
        if ORDER.way(order.state, event, _case(work, order, order, at, {})):
            order = apply(work, order, event, order, actor=actor, at=at)
    return order


def _replace(work: Work, outcome: Outcome, new: Instruction, order: Order) -> None:
    """What the new one carries the older ones are not to be paid for: a payout carries all that is owed."""
    for old in work.instructions.of(order.id, new.kind):
        is_carried = new.kind is InstructionKind.PAYOUT or old.id == outcome.after.id
        if old.is_unpaid and is_carried:
            at = outcome.case.at
            apply(work, old, InstructionEvent.REPLACE, order, actor=SYSTEM, at=at, by=new.id)


def _tell_desk(work: Work, outcome: Outcome, order: Order) -> None:
    """What no longer lasts of what the desk was needed for ends, and what lasts from now on is raised."""
    machine, step, at = outcome.machine, outcome.step, outcome.case.at
    for why in sorted(machine.needs(step.state) - machine.needs(step.to)):
        end_task(work, why, outcome.after.id, order, at=at)
    if step.task is not None:
        raise_task(work, step.task, outcome.after.id, order, at=at)


def _credits_hear(work: Work, before: Order | None, order: Order, at: datetime, *, actor: str) -> None:
    """What an order's step means for the credits that it has, or has from now on."""
    event = heard(before, order)
    if event is CreditEvent.PROMISE:
        credit = promised(order, policy_of(work, order), work.ledger.position(order).paid, at)
        begin(work, credit, event, order, actor=actor, at=at)
    elif event is not None:
        for credit in list(work.credits.of(order.id)):
            if is_possible(work, credit, event, order, at=at):
                apply(work, credit, event, order, actor=actor, at=at)


def _set_clocks(work: Work, outcome: Outcome) -> None:
    """A row for each clock that begins; those that a notice starts wait for it."""
    stays = outcome.machine.stays_in(outcome.step.to)
    demo = any(stay.in_demo for stay in stays) and work.records.is_demo()
    thing, order = outcome.after, outcome.case.order
    begun = [
        Timer(thing.id, each.clock, order.id, each.started, each.due)
        for each in beginnings(outcome, demo=demo)
    ]
    if outcome.enters:
        work.timers.replace(order, thing.id, begun, outcome.case.at)
        return
    work.timers.restart(order, begun)
    for clock in outcome.step.moves:
        work.timers.move(thing.id, clock, partial(moved, outcome, clock), outcome.case.at)


def _address(work: Work, outcome: Outcome, n: int, *, actor: str) -> Addressed:
    """The notices of the step, each tied to the clock that its acceptance starts."""
    if outcome.step.tell is None or not outcome.is_told:
        return {}
    thing, order, at = outcome.after, outcome.case.order, outcome.case.at
    told = address(work, outcome.step.tell, thing, order, n=n, at=at, but=actor)
    for stay in outcome.machine.stays_in(thing.state) if outcome.sets_clocks else ():
        if stay.clock and stay.told_to in told:
            work.timers.tie(thing.id, stay.clock, told[stay.told_to])
    return told


def _facts(work: Work, outcome: Outcome, told: Addressed) -> dict[str, Any]:
    """What the chain tells of a step: what rights and money hang on, so that none is changed unseen."""
    thing, step = outcome.after, outcome.step
    rows = {thing.id: deciding(thing)} | {each.named: payments.deciding(each) for each in outcome.received}
    facts: dict[str, Any] = {"from": step.state, "to": step.to, "rows": rows}
    if outcome.sets_clocks:
        facts["clocks"] = {thing.id: _told(work, thing.id)}
    if told:
        facts["told"] = [[draft.row["kind"], draft.row["account"]] for draft in told.values()]
    return facts


def _told(work: Work, entity: str) -> dict[str, list[str | None]]:
    """Those that run: one that is told no more has ended."""
    timers = sorted(work.timers.of(entity).items())
    return {clock: timer.told for clock, timer in timers if timer.done is None}


def _check(work: Work, thing: Thing, order: Order, at: datetime) -> None:
    """What a state says of the money is true, of the thing and of its order, whatever has just happened."""
    for each in (thing, order):
        holds = machine_of(each).holds.get(each.state)
        if holds is not None and not holds(_case(work, each, order, at, {})):
            raise Unsound(f"{each.id} cannot be {each.state} with its money where it is")


# How a clock fires


def _ring(work: Work, timer: Timer, order: Order, due: datetime) -> None:
    thing = _thing(work, timer, order)
    machine = machine_of(thing)
    stay = machine.stay(thing.state, timer.clock)
    end = ends(timer.clock, _matter(work, thing, order, timer.started))
    if stay is None or stay.then is None or end is None or end.at > due:
        raise Unsound(f"clock {timer.clock} of {timer.entity} is not due")
    note = {"clock": [timer.entity, timer.clock]}
    if machine.way(thing.state, stay.then, _case(work, thing, order, due, {})):
        apply(work, thing, stay.then, order, actor=SYSTEM, at=due, note=note)
    else:
        record(work, order.id, "clock.passed", actor=SYSTEM, at=due, facts=note)


def _matter(work: Work, thing: Any, order: Order, started: datetime | None) -> Matter:
    claim, credit = thing if isinstance(thing, Claim) else None, thing if isinstance(thing, Credit) else None
    return Matter(order, policy_of(work, order), claim, started, credit)


def _things(work: Work, order: Order) -> Iterator[Thing]:
    """The order and what belongs to it, each read only when it is come to."""
    yield order
    for found in (work.claims.of, work.instructions.of, work.credits.of):
        yield from found(order.id)


def _thing(work: Work, timer: Timer, order: Order) -> Any:
    """Raises LookupError for a clock of nothing."""
    for thing in _things(work, order) if timer.clock not in TASK.clocks else work.tasks.of(order.id):
        if thing.id == timer.entity and timer.clock in machine_of(thing).clocks:
            return thing
    raise LookupError(timer.entity)
