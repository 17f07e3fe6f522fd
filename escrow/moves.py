"""A change of an order or a claim: its money, its history, what then falls due and who is told, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from escrow import claims, orders
from escrow.claims import Claim, ClaimEvent, ClaimState
from escrow.ledger import Journal, Kind, escrow_of, hold_of, move, payable_of
from escrow.money import Money
from escrow.orders import Order, OrderEvent
from escrow.policies import policy_of
from escrow.silence import Timer
from escrow.store.claims import deciding as deciding_of_claim
from escrow.store.orders import deciding as deciding_of_order
from escrow.store.work import Work
from escrow.views import claim_facts, unpaid

SYSTEM = "timer:desk"
DEMO_SETTLES_AFTER = timedelta(minutes=1)


# Money


def hold_journals(work: Work, order: Order, claim_id: str, amount: Money) -> list[Journal]:
    """E2 of what is in escrow, then E2r of what the supplier is still owed for the order; possibly none."""
    currency, hold = amount.currency, hold_of(claim_id)
    first = min(amount.minor, work.ledger.in_escrow(order.id, currency).minor)
    then = min(amount.minor - first, unpaid(work, order).minor)
    payable = payable_of(order.supplier, order.id)
    found = (
        move(Kind.HOLD, claim_id, Money(first, currency), debit=escrow_of(order.id), credit=hold),
        move(Kind.HOLD_AFTER_RELEASE, claim_id, Money(then, currency), debit=payable, credit=hold),
    )
    return [journal for journal in found if journal]


def post(
    work: Work, journal: Journal | None, order: Order, *, actor: str, at: datetime, claim: str | None = None
) -> None:
    """Into the ledger and into the order's chain, so that neither can be changed alone. Nothing for None."""
    if journal is None:
        return
    work.ledger.post(
        journal, order=order.id, claim=claim, actor=actor, policy_version=order.policy_version, at=at
    )
    work.records.tell(order.id, "journal", actor=actor, at=at, facts=journal.told)


def release(work: Work, order: Order, *, actor: str, at: datetime) -> Order:
    """All that no claim holds goes to the supplier and is paid out; with a hold the order stays delivered."""
    holds = work.claims.open_of(order.id) is not None
    rest = work.ledger.in_escrow(order.id, order.freight.currency)
    kind = Kind.RELEASE_REST if holds else Kind.RELEASE
    payable = payable_of(order.supplier, order.id)
    post(
        work, move(kind, order.id, rest, debit=escrow_of(order.id), credit=payable), order, actor=actor, at=at
    )
    if rest:
        pay_out(work, order, at)
    if holds:
        work.records.tell(order.id, "order.release_rest", actor=actor, at=at, facts={"amount": rest.json()})
        return order
    return change_order(work, order, OrderEvent.RELEASE, actor=actor, at=at, released=rest.json())


def pay_out(work: Work, order: Order, at: datetime) -> None:
    """An instruction for what the supplier of this order is still owed; nobody here calls a bank."""
    owed = unpaid(work, order)
    latest = work.queues.latest_payout(order.id)
    n = int(latest.id.rsplit("-", 1)[1]) + 1 if latest else 1
    if owed:
        id = f"PAY-{order.id}-{n}"
        work.queues.instruct(id, "payout", order=order.id, amount=owed, refers_to=order.supplier, at=at)
        work.queues.set_deadline(Timer.INSTRUCTION_ALARM, id, at + alarm_after(work, order))
        if work.records.is_demo():
            work.queues.set_deadline(Timer.SETTLE, id, at + DEMO_SETTLES_AFTER)


def alarm_after(work: Work, order: Order) -> timedelta:
    """How long an instruction may stay without a good outcome."""
    return timedelta(hours=policy_of(work, order).instruction.alarm_hours)


# States


def change_order(
    work: Work,
    order: Order,
    event: OrderEvent,
    *,
    actor: str,
    at: datetime,
    fields: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Order:
    """The order in its next state, stored with its history; raises Refusal wrong_state."""
    to = orders.after(order.state, event)
    changed = replace(order, state=to, version=order.version + 1, **(fields or {}))
    work.orders.save(changed, seen=order.version)
    told = {"from": order.state, "to": to, **facts, "row": deciding_of_order(changed)}
    work.records.tell(order.id, f"order.{event}", actor=actor, at=at, facts=told)
    return changed


def change_claim(
    work: Work, order: Order, claim: Claim, event: ClaimEvent, *, actor: str, at: datetime
) -> Claim:
    """The claim in its next state, with history, notices and the timers of that state."""
    to = claims.after(claim.state, event)
    changed = replace(claim, state=to, changed_at=at, version=claim.version + 1)
    work.claims.save(changed, seen=claim.version)
    told = {"claim": claim.id, "from": claim.state, "to": to, "row": deciding_of_claim(changed)}
    work.records.tell(order.id, f"claim.{event}", actor=actor, at=at, facts=told)
    tell_both(work, f"claim_{to}", order, changed, at, but=actor)
    if to is ClaimState.IN_MEDIATION:
        by = claims.wait(changed, policy_of(work, order)).by
        assert by is not None
        work.queues.set_deadline(Timer.MEDIATION_ALARM, claim.id, by)
    return changed


# Who is told


def tell_both(work: Work, kind: str, order: Order, claim: Claim, at: datetime, *, but: str) -> None:
    """A claim's news: to the buyer who opened it and all persons of the supplier, but not to who did it."""
    facts = claim_facts(work, claim, policy_of(work, order))
    did_it = but.partition(":")[2]
    for account, persons in (
        (order.buyer, [claim.opened_by]),
        (order.supplier, work.parties.persons_of(order.supplier)),
    ):
        if told := [person for person in persons if person != did_it]:
            work.queues.notify(
                kind, account=account, persons=told, order=order.id, claim=claim.id, facts=facts, at=at
            )


def tell_parties(work: Work, kind: str, order: Order, facts: Mapping[str, Any], at: datetime) -> None:
    """An order's news, to all persons of both accounts."""
    for account in (order.buyer, order.supplier):
        persons = work.parties.persons_of(account)
        work.queues.notify(
            kind, account=account, persons=persons, order=order.id, claim=None, facts=facts, at=at
        )
