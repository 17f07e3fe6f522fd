"""Deadlines: rows that fall due, each fired once.

A firing looks again at what it is about, in the transaction that claims the row, so one that is late, stale
or doubled changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from escrow import claims, orders, payouts
from escrow.claims import ClaimEvent, ClaimState
from escrow.moves import SYSTEM, change_claim, change_order, release, tell_parties
from escrow.orders import OrderEvent, OrderState
from escrow.policies import policy_of
from escrow.silence import Timer
from escrow.store.work import Work
from escrow.views import instant, order_facts


def fire_next(work: Work, now: datetime) -> bool:
    """Fire the one that has been due for longest, as of its own instant; False when nothing is due."""
    row = work.queues.due(now)
    if row is None:
        return False
    due = datetime.fromisoformat(row.due_at)
    if work.queues.claim_deadline(row.id, due):
        FIRE[Timer(row.kind)](work, row.entity, due)
    return True


def _supplier_silent(work: Work, id: str, at: datetime) -> None:
    claim = work.claims.get(id)
    order = work.orders.get(claim.order, lock=True)
    by = claims.respond_by(claim, policy_of(work, order))
    if claim.state is ClaimState.AWAITING_SUPPLIER and by is not None and by <= at:
        change_claim(work, order, claim, ClaimEvent.SUPPLIER_SILENT, actor=SYSTEM, at=at)


def _auto_escalate(work: Work, id: str, at: datetime) -> None:
    claim = work.claims.get(id)
    order = work.orders.get(claim.order, lock=True)
    due = claims.auto_escalates_at(claim, policy_of(work, order)) <= at
    if due and claim.state in (ClaimState.AWAITING_SUPPLIER, ClaimState.NEGOTIATING):
        change_claim(work, order, claim, ClaimEvent.AUTO_ESCALATE, actor=SYSTEM, at=at)


def _mediation_alarm(work: Work, id: str, at: datetime) -> None:
    """Nobody has touched it: it is put before a supervisor, in the order's history."""
    claim = work.claims.get(id)
    if claim.state is ClaimState.IN_MEDIATION:
        facts = {"claim": id}
        work.records.tell(claim.order, "claim.supervisor_alarm", actor=SYSTEM, at=at, facts=facts)


def _silent_release(work: Work, id: str, at: datetime) -> None:
    order = work.orders.get(id, lock=True)
    by = orders.releases_at(order, policy_of(work, order))
    if order.state is not OrderState.DELIVERED or by is None or by > at:
        return
    rest = work.ledger.in_escrow(id, order.freight.currency)
    released = release(work, order, actor=SYSTEM, at=at)
    if rest:
        is_all = released.state is OrderState.RELEASING
        kind = "order_released_by_silence" if is_all else "order_rest_released"
        tell_parties(work, kind, released, order_facts(work, released, policy_of(work, order)), at)


def _pay_time_ended(work: Work, id: str, at: datetime) -> None:
    order = work.orders.get(id, lock=True)
    if order.state is OrderState.AWAITING_PAYMENT:
        change_order(work, order, OrderEvent.PAY_TIME_ENDED, actor=SYSTEM, at=at)
        tell_parties(work, "order_cancelled", order, {}, at)


def _ship_late(work: Work, id: str, at: datetime) -> None:
    order = work.orders.get(id, lock=True)
    if order.state is OrderState.FUNDED:
        work.records.tell(id, "order.late", actor=SYSTEM, at=at, facts={"ship_by": instant(order.ship_by)})
        tell_parties(work, "order_late", order, order_facts(work, order, policy_of(work, order)), at)


def _window_ended(work: Work, id: str, at: datetime) -> None:
    order = work.orders.get(id, lock=True)
    if order.state is OrderState.COMPLETED and work.claims.open_of(id) is None:
        change_order(work, order, OrderEvent.WINDOW_ENDED, actor=SYSTEM, at=at)
        tell_parties(work, "order_closed", order, {}, at)


FIRE: dict[Timer, Callable[[Work, str, datetime], None]] = {
    Timer.PAY: _pay_time_ended,
    Timer.SHIP: _ship_late,
    Timer.SILENT_RELEASE: _silent_release,
    Timer.WINDOW_END: _window_ended,
    Timer.RESPOND: _supplier_silent,
    Timer.AUTO_ESCALATE: _auto_escalate,
    Timer.MEDIATION_ALARM: _mediation_alarm,
    Timer.INSTRUCTION_ALARM: payouts.alarm,
    Timer.SETTLE: payouts.settle_in_demo,
}
