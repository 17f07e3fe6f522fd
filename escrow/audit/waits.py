"""The clocks of one chain: as its history tells them, as machines ask for them, as notices start them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contract.codes import Who
from escrow.audit.chain import Chain
from escrow.audit.told import UNTOLD, UNTOLD_ENDED, Ticking
from escrow.claims import Claim
from escrow.clocks import Clock, Matter, ends
from escrow.credits import Credit
from escrow.machines.every import machine_of
from escrow.machines.machine import Stay
from escrow.poller import AGAIN_AFTER
from escrow.store.instants import read, stored


def clocks(chain: Chain) -> Iterator[str]:
    """As told: none missing, none too many, none moved, none ended before it has rung."""
    kept = {(row.entity, row.clock): row for row in chain.rows["clocks"]}
    told = chain.told.clocks
    for key in sorted(kept.keys() | told.keys()):
        name = f"clock {key[1]} of {key[0]}"
        if key not in kept or key not in told:
            yield f"{name} is not there" if key in told else f"no history tells of {name}"
            continue
        yield from (f"{name}: {wrong}" for wrong in _differs(chain, kept[key], told[key]))
        yield from (f"{name}: {wrong}" for wrong in _cannot_fire(chain, kept[key]))


def _differs(chain: Chain, row: Any, told: Ticking) -> Iterator[str]:
    for column, should in (("started_at", told.started), ("due_at", told.due)):
        if getattr(row, column) != should:
            yield f"{column} is {getattr(row, column)}, its history says {should}"
    if told.done in (UNTOLD, UNTOLD_ENDED):
        if row.done_at not in chain.told.instants and (row.done_at or told.done == UNTOLD_ENDED):
            yield f"done_at is {row.done_at}, and nothing happened then"
    elif row.done_at != told.done:
        yield f"done_at is {row.done_at}, its history says {told.done}"


def _cannot_fire(chain: Chain, row: Any) -> Iterator[str]:
    """It is another's, or is put off for longer than one that could not fire ever is."""
    order = chain.order
    if (row.buyer, row.supplier) != (order.buyer, order.supplier):
        yield "it is kept for others than the order's parties"
    if (row.try_at is None) is not (row.due_at is None) or (row.try_at and row.try_at < row.due_at):
        yield f"it is tried at {row.try_at} and due at {row.due_at}"
    elif row.done_at is None and row.due_at:
        latest = stored(max(datetime.fromisoformat(row.due_at), chain.world.now + AGAIN_AFTER))
        if latest and row.try_at > latest:
            yield f"it is put off until {row.try_at}"


def stays(chain: Chain) -> Iterator[str]:
    """A thing has the clocks that its machine asks for in its state, each ending as the policy says."""
    if not chain.is_order:
        return
    kept = {(row.entity, row.clock): row for row in chain.rows["clocks"]}
    everything: list[Any] = [chain.order, *chain.claims, *chain.instructions, *chain.tasks, *chain.credits]
    for thing in everything:
        machine = machine_of(thing)
        waited = {stay.clock: stay for stay in machine.timed(thing.state, demo=True)}
        needed = {stay.clock for stay in machine.timed(thing.state, demo=chain.world.is_demo)}
        for clock, stay in waited.items():
            row = kept.get((thing.id, str(clock)))
            if row is not None or clock in needed:
                yield from (
                    f"clock {clock} of {thing.id}: {wrong}" for wrong in _runs(chain, thing, stay, row)
                )
        for row in kept.values():
            if row.entity == thing.id and row.done_at is None and row.clock not in waited:
                yield f"clock {row.clock} of {thing.id} runs, though nothing waits for it"
    clocks_of = {thing.id: machine_of(thing).clocks for thing in everything}
    for entity, clock in kept:
        if clock not in clocks_of.get(entity, ()):
            yield f"clock {clock} of {entity} is of nothing that there is"


def _runs(chain: Chain, thing: Any, stay: Stay[Any, Any], row: Any) -> Iterator[str]:
    assert stay.clock is not None
    if row is None:
        if stay.told_to or _end(chain, thing, stay.clock, chain.order.created_at):
            yield "it is not there, and nobody waits"
        return
    end = stored(_end(chain, thing, stay.clock, read(row.started_at)))
    if row.done_at and end is None:
        # It ended with the state before, or with what it was for: its history says how it stood.
        return
    if end != row.due_at and (row.started_at or not stay.told_to):
        yield f"it is due at {row.due_at}, by its policy at {end}"
    told = chain.told.clocks.get((thing.id, str(stay.clock)))
    if row.done_at and told and told.done == UNTOLD and not _may_stay(thing, stay):
        yield f"it has rung, yet {thing.id} is still {thing.state}"
    if stay.told_to:
        yield from _starts(chain, stay.told_to, row)


def _end(chain: Chain, thing: Any, clock: Clock, started: datetime | None) -> datetime | None:
    claim, credit = thing if isinstance(thing, Claim) else None, thing if isinstance(thing, Credit) else None
    end = ends(clock, Matter(chain.order, chain.policy, claim, started, credit))
    return end.at if end else None


def _may_stay(thing: Any, stay: Stay[Any, Any]) -> bool:
    """Whether a thing may be where it was when its clock has rung."""
    ways = machine_of(thing).ways(thing.state, stay.then) if stay.then else []
    return any(way.to is thing.state for way in ways) or all(way.when for way in ways)


def _starts(chain: Chain, side: Who, row: Any) -> Iterator[str]:
    """It runs since the notice to that side was accepted, and not before."""
    account = chain.order.buyer if side is Who.BUYER else chain.order.supplier
    notice = next((each for each in chain.rows["notices"] if each.id == row.notice), None)
    if notice is None:
        n = chain.told.set_in.get((row.entity, row.clock))
        awaited = row.started_at is None and any(
            (at, who) == (n, account) for at, _, who in chain.told.notices
        )
        if row.notice is not None or awaited:
            yield "the notice that starts it is not there"
    elif notice.account != account:
        yield f"it is started by a notice to {notice.account}"
    elif notice.accepted_at != row.started_at:
        yield f"it runs since {row.started_at}, its notice was accepted at {notice.accepted_at}"
