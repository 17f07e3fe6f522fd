"""The machines walked without a database: an order, its claim, its payouts and their clocks, step by step.

It takes a step as the engine does, from the same tables, and knows no rule of its own. A world never changes:
each way on gives a new one. Time stands still until nothing else is done, then goes on to the next instant at
which something can happen. To be finitely many, two worlds are the same when their states, sums and
running clocks are, and the clocks end in the same order (`World.key`), whenever that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import Any

from contract.codes import InstructionKind, InstructionState, OrderState, Reason, Role, Who
from escrow import clocks
from escrow.case import Case
from escrow.claims import Claim
from escrow.clocks import Clock, Matter, ends
from escrow.instructions import Instruction
from escrow.machines.claim import CLAIM, ClaimEvent
from escrow.machines.every import MACHINES, Thing, machine_of
from escrow.machines.instruction import InstructionEvent
from escrow.machines.machine import TIMER, Machine, Step
from escrow.machines.order import ORDER, OrderEvent
from escrow.machines.taking import Outcome, beginnings, moved, take
from escrow.money import Money
from escrow.orders import Order
from escrow.payments import Payment
from escrow.position import Position
from escrow.refusals import Refusal
from escrow.verdicts import judge
from escrow.views.verdicts import gathered
from tests.escrow import samples
from tests.escrow.samples import POLICY, usd

EVENTS: dict[type, type[StrEnum]] = {Order: OrderEvent, Claim: ClaimEvent, Instruction: InstructionEvent}
# What an order hears of its instructions and claims, through them.
# The bank contradicts itself: what comes of that is booked by people, and changes no sum in the machines.
CONTRADICTING = (InstructionEvent.LATE, InstructionEvent.BOOK_PAID, InstructionEvent.BOOK_UNPAID)
FOLLOWING = {
    *(OrderEvent.PAYOUT_SETTLED, OrderEvent.PAYOUT_RETURNED),
    *(OrderEvent.REFUND_SETTLED, OrderEvent.REFUND_RETURNED, OrderEvent.LOOK, ClaimEvent.PAID),
}
MOVED = {clock for machine in MACHINES for step in machine.steps for clock in step.moves}
SIDES = (Role.BUYER, Role.SUPPLIER)
ASKED = (samples.TOTAL, samples.TOTAL // 3)


@dataclass(frozen=True)
class Row:
    """A clock as it stands in the database; `by` is the side whose notice starts it, until it is accepted.

    One that has rung is kept where some step may set it going again.
    """

    entity: str
    clock: Clock
    due: datetime | None
    started: datetime | None
    by: Who | None = None
    rung: bool = False

    @property
    def may_ring_again(self) -> bool:
        return self.clock in MOVED


@dataclass(frozen=True)
class World:
    now: datetime
    order: Order
    position: Position
    claim: Claim | None = None
    instructions: tuple[Instruction, ...] = ()
    payments: tuple[Payment, ...] = ()
    rows: tuple[Row, ...] = ()
    made: int = 0
    demo: bool = False
    way: tuple[str, ...] = field(default=(), compare=False)

    @property
    def signature(self) -> tuple[str, str, str]:
        """The states of the order, of its claim and of its latest payout and refund."""
        latest = [str(self.payouts[-1].state)] if self.payouts else []
        latest += [f"refund {self.refunds[-1].state}"] if self.refunds else []
        return self.order.state, self.claim.state if self.claim else "-", " & ".join(latest) or "-"

    @property
    def payouts(self) -> list[Instruction]:
        return [each for each in self.instructions if each.kind is InstructionKind.PAYOUT]

    @property
    def refunds(self) -> list[Instruction]:
        return [each for each in self.instructions if each.kind is InstructionKind.REFUND]

    @property
    def open_claim(self) -> Claim | None:
        return self.claim if self.claim and self.claim.state not in CLAIM.final else None

    @property
    def running(self) -> list[Row]:
        return [row for row in self.rows if row.due is not None and not row.rung]

    @property
    def owed(self) -> bool:
        """Money is held, or somebody's and not yet there."""
        return bool(self.position.held or self.position.payable or self.position.unrefunded)

    @property
    def key(self) -> Any:
        """What can still come of it: states, sums, which clocks run, and in which order they end."""
        running = self.running
        ends = sorted({row.due for row in running if row.due} | set(self.marks()))
        clocks = {
            (self._name(row.entity), row.clock, row.by, row.rung, ends.index(row.due) if row.due else None)
            if row in running
            else (self._name(row.entity), row.clock, row.by, row.rung)
            for row in self.rows
        }
        sums = ("held", "on_hold", "paid", "released", "payable", "unpaid", "refunded", "unrefunded")
        return (
            self.signature,
            self._more_days,
            tuple(getattr(self.position, name).minor for name in sums),
            self.claim and self.claim.amount.minor,
            tuple((each.kind, each.state, each.amount.minor) for each in self.instructions),
            frozenset(clocks),
            tuple(ends.index(mark) for mark in self.marks()),
        )

    @property
    def _more_days(self) -> Any:
        """Who may still ask for some, and what the buyer has said, as long as it matters."""
        order = self.order
        if order.state is OrderState.SHIPPED:
            return frozenset(order.extended), order.not_arrived
        if order.state is OrderState.DELIVERED:
            return order.extensions_by(Role.BUYER), order.release_due_at is None, order.freed_at is None
        return None

    def marks(self) -> list[datetime]:
        """Instants that no row stands for, and from which on more is allowed or less."""
        matter = Matter(self.order, POLICY, self.claim, self.now)
        found = [clocks.promised(replace(matter, started=None)), clocks.claim_window(matter)]
        if self.order.state is OrderState.SHIPPED:
            found.append(clocks.ask_arrival(replace(matter, started=None)))
        at = [end.at for end in found if end] + (
            [clocks.escalatable(self.claim, POLICY)] if self.claim else []
        )
        return sorted(each for each in at if each > self.now)

    def _name(self, entity: str) -> str:
        """Instructions by their place: their numbers only count."""
        place = [each.id for each in self.instructions]
        return str(place.index(entity)) if entity in place else entity.split("-")[0]


# The ways on


def ways(world: World) -> Iterator[World]:
    """All that can happen next, whoever does it.

    Of an order that is paid in two parts only until both are there: then it goes on like any other.
    """
    in_parts = bool(world.payments) and world.payments[0].amount < world.order.total
    if in_parts and world.position.kept == world.order.total:
        return
    for thing in things(world):
        for event in EVENTS[type(thing)]:
            yield from _by_somebody(world, thing, event)
    if world.claim is None and not in_parts:
        for minor in ASKED:
            yield from _opened(world, minor)
    for row in world.rows:
        if row.by is not None:
            yield _accepted(world, row)
    yield from _wait(world)


def _by_somebody(world: World, thing: Thing, event: StrEnum) -> Iterator[World]:
    """What no timer does: it is somebody's free choice, at any time."""
    machine = machine_of(thing)
    given: dict[str, Any] = {"tier": world.order.tier, "zone": world.order.zone}
    given |= {"payment": f"PSP-{len(world.payments) + 1}"}
    given |= {"agreed": world.order.terms, "badge": world.order.badge}
    theirs = event not in (*FOLLOWING, *CONTRADICTING)
    amounts = list(_payable(world)) if event is OrderEvent.PAY else [world.order.total]
    for side, amount in product(SIDES if event is OrderEvent.EXTEND else SIDES[:1], amounts):
        case = case_of(world, thing, **given, side=side, amount=amount)
        try:
            step = machine.step(thing.state, event, case)
        except Refusal:
            continue
        if step.who - {TIMER} and theirs:
            yield taken(world, machine, step, thing, case)


def _payable(world: World) -> Iterator[Money]:
    """At once, or in two parts: of one kind of order only, or there would be twice as many worlds.

    What is paid again goes back at once: once, and where all is over, shows all that it does.
    """
    total, kept = world.order.total, world.position.kept
    if not world.payments:
        yield total
        if not world.demo and world.order.promised_at is None:
            yield usd(total.minor // 3)
    elif len(world.payments) == 1 and kept and kept < total:
        yield total - kept
    elif len(world.payments) == 1 and world.order.state in ORDER.final:
        yield total


def _opened(world: World, minor: int) -> Iterator[World]:
    """A claim by any reason for which there is a yes."""
    for reason in (Reason.DAMAGED, Reason.NOT_DELIVERED, Reason.NOT_SHIPPED):
        facts = gathered(world.order, world.position, POLICY, world.now, reason)
        if judge(facts).eligible:
            claim = replace(samples.CLAIM, reason=reason, amount=usd(minor), opened_at=world.now)
            case = case_of(world, claim)
            yield taken(world, CLAIM, CLAIM.step(None, ClaimEvent.OPEN, case), claim, case)
            return


def _accepted(world: World, row: Row) -> World:
    """Messenger has put the notice where the person will see it."""
    due = ends(row.clock, _matter(world, row.entity, world.now))
    started = replace(row, by=None, started=world.now, due=due.at if due else None)
    rows = tuple(started if each == row else each for each in world.rows)
    return replace(world, rows=rows, way=(*world.way, f"the notice that starts {row.clock} is accepted"))


def _wait(world: World) -> Iterator[World]:
    """Until the next instant that matters; what is due then fires, each of several first in one world."""
    instants = [row.due for row in world.running if row.due] + world.marks()
    if not instants:
        return
    then = max(world.now, min(instants))
    due = [row for row in world.running if row.due and row.due <= then]
    later = replace(world, now=then)
    for row in due:
        yield _fired(later, row)
    if not due:
        yield replace(later, way=(*world.way, f"it is {then:%d %b %H:%M}"))


def _fired(world: World, row: Row) -> World:
    """As the engine fires: where the state has no step for it now, the row is done and nothing else."""
    kept = (replace(row, rung=True),) if row.may_ring_again else ()
    rest = replace(world, rows=(*(each for each in world.rows if each != row), *kept))
    thing = next(each for each in things(world) if each.id == row.entity)
    machine = machine_of(thing)
    stay = machine.stay(thing.state, row.clock)
    assert stay is not None and stay.then is not None, "a row of another state"
    case = case_of(rest, thing)
    step = machine.way(thing.state, stay.then, case)
    if step is None:
        return replace(rest, way=(*world.way, f"{row.clock} passes"))
    assert TIMER in step.who
    return taken(rest, machine, step, thing, case, why=f"{row.clock} fires")


# How a step is taken


def things(world: World) -> list[Thing]:
    return [world.order, *([world.claim] if world.claim else []), *world.instructions]


def case_of(world: World, thing: Thing, **given: Any) -> Case:
    return Case(
        order=world.order,
        policy=POLICY,
        position=world.position.carrying(_in_flight(world) - world.position.in_flight),
        at=world.now,
        claim=thing if isinstance(thing, Claim) else world.open_claim,
        instruction=thing if isinstance(thing, Instruction) else None,
        payments=world.payments,
        instructions=world.instructions,
        shipments=(samples.SHIPMENT,),
        given=given,
    )


def taken(
    world: World, machine: Machine[Any, Any], step: Step[Any, Any], thing: Thing, case: Case, why: str = ""
) -> World:
    """By the very functions that the engine takes it by; what the engine stores is put into the world."""
    outcome = take(machine, step, thing, case)
    case, after = outcome.case, outcome.after
    world = _put(replace(world, position=case.position, payments=case.payments), after)
    if outcome.sets_clocks:
        world = replace(world, rows=(*_going_on(world, outcome), *_begun(world, outcome)))
    why = why or f"{machine.name}.{step.event}"
    world = replace(world, way=(*world.way, f"{why}: {machine.name} {step.to}"))
    for unnumbered in outcome.made:
        new = replace(world, made=world.made + 1)
        payout = unnumbered.numbered(new.made)
        begin = machine_of(payout).step(None, InstructionEvent.MAKE, case)
        world = taken(new, machine_of(payout), begin, payout, case_of(new, payout))
        if step.event is InstructionEvent.PAY_AGAIN:
            world = _without(world, after.id)
    world = replace(world, position=world.position.carrying(_in_flight(world) - world.position.in_flight))
    if step.pays_claim and world.open_claim:
        paid = case_of(world, world.open_claim)
        end = CLAIM.step(world.open_claim.state, ClaimEvent.PAID, paid)
        world = taken(world, CLAIM, end, world.open_claim, paid)
    if step.order_hears:
        case = case_of(world, world.order)
        heard = ORDER.way(world.order.state, OrderEvent(step.order_hears), case)
        if heard:
            world = taken(world, ORDER, heard, world.order, case)
    return world


def _without(world: World, replaced: str) -> World:
    """Nothing more can come of it: what the bank says of it later is for two people to book."""
    return replace(
        world,
        instructions=tuple(each for each in world.instructions if each.id != replaced),
        rows=tuple(row for row in world.rows if row.entity != replaced),
    )


def _put(world: World, thing: Thing) -> World:
    """Of payouts that nothing more can come of only the latest is kept."""
    if isinstance(thing, Order):
        return replace(world, order=thing)
    if isinstance(thing, Claim):
        return replace(world, claim=thing)
    assert isinstance(thing, Instruction), "neither a task nor a credit is walked beside them"
    known = [each.id for each in world.instructions]
    if thing.id in known:
        changed = tuple(thing if each.id == thing.id else each for each in world.instructions)
        return replace(world, instructions=changed)
    over = {
        each.id
        for each in world.payouts
        if each.state in (InstructionState.FAILED, InstructionState.RETURNED)
        and thing.kind is InstructionKind.PAYOUT
    }
    return replace(
        world,
        instructions=(*(each for each in world.instructions if each.id not in over), thing),
        rows=tuple(row for row in world.rows if row.entity not in over),
    )


def _going_on(world: World, outcome: Outcome) -> Iterator[Row]:
    """The rows of others, and those of the same state that do not begin anew."""
    step = outcome.step
    for row in world.rows:
        if row.entity != outcome.after.id:
            yield row
        elif not outcome.enters and row.clock in step.moves and row.started:
            due = moved(outcome, row.clock, row.started)
            again = not row.rung or (due is not None and due > world.now)
            yield replace(row, due=due, rung=False) if again else row
        elif not outcome.enters and row.clock not in step.restarts:
            yield row


def _begun(world: World, outcome: Outcome) -> Iterator[Row]:
    """But for those that only remind: they move nothing."""
    for each in beginnings(outcome, demo=world.demo):
        if each.stay.beside:
            continue
        if each.stay.told_to:
            assert outcome.is_told, f"nobody is sent the notice that starts {each.clock}"
        yield Row(outcome.after.id, each.clock, each.due, each.started, each.stay.told_to)


def _matter(world: World, entity: str, started: datetime) -> Matter:
    is_claim = world.claim is not None and world.claim.id == entity
    return Matter(world.order, POLICY, world.claim if is_claim else None, started)


def _in_flight(world: World) -> int:
    return sum(payout.amount.minor for payout in world.payouts if payout.is_in_flight)


def begun(*, demo: bool, **facts: datetime | None) -> World:
    """An order that waits for its payment; `facts` are its promises."""
    order = replace(samples.ORDER, state=OrderState.AWAITING_PAYMENT, **facts)  # type: ignore[arg-type]
    position = replace(samples.NOTHING, sums=MappingProxyType({}))
    world = World(samples.AT, order, position, demo=demo)
    case = case_of(world, order)
    return taken(world, ORDER, ORDER.step(None, OrderEvent.MAKE, case), order, case)


def reached(first: World, most: int) -> dict[Any, World]:
    """Breadth first: one world of each kind, with the shortest way to it."""
    found, edge = {first.key: first}, [first]
    while edge:
        after = []
        for world in edge:
            for way in ways(world):
                if way.key not in found:
                    found[way.key] = way
                    after.append(way)
        edge = after
        assert len(found) <= most, "the worlds grow without end: something is told apart that is the same"
    return found
