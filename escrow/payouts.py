"""Instructions and their results: escrow says what to move, somebody else moves it and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from escrow.ledger import Chart, Kind, move, payable_of
from escrow.money import Money
from escrow.moves import alarm_after, change_order, post, tell_parties
from escrow.orders import Order, OrderEvent, OrderState, claim_window
from escrow.policies import policy_of
from escrow.refusals import Refusal, not_found
from escrow.silence import Timer
from escrow.store.rows import Instruction
from escrow.store.work import Work
from escrow.views import instant

# What may follow what: a final answer is final, but the bank may send settled money back.
MAY = {
    "pending": ("settled", "failed", "returned", "unknown"),
    "unknown": ("settled", "failed", "returned"),
    "settled": ("returned",),
}
DEMO_EXECUTOR = "service:demo-executor"


def facts(row: Instruction) -> dict[str, Any]:
    told = {"id": row.id, "kind": row.kind, "order": row.order_id, "state": row.state}
    amount = Money(row.amount, row.currency).json()
    return told | {
        "amount": amount,
        "refers_to": row.refers_to,
        "at": instant(datetime.fromisoformat(row.at)),
    }


def listed(work: Work, state: str) -> dict[str, Any]:
    return {"items": [facts(row) for row in work.queues.instructions(state)], "next": None}


def result(work: Work, id: str, outcome: str, *, actor: str, at: datetime) -> dict[str, Any]:
    """The same result twice is once; one that cannot follow is Refusal `result_out_of_order`."""
    row = work.queues.instruction(id)
    if row is None:
        raise not_found()
    if row.state != outcome:
        if outcome not in MAY.get(row.state, ()):
            raise Refusal("result_out_of_order", state=row.state, result=outcome)
        work.queues.result(id, seen=row.state, to=outcome, at=at)
        _book(work, row, outcome, actor=actor, at=at)
        row = work.queues.instruction(id)
        assert row is not None
    return facts(row)


def _book(work: Work, row: Instruction, outcome: str, *, actor: str, at: datetime) -> None:
    order = work.orders.get(row.order_id, lock=True)
    amount = Money(row.amount, row.currency)
    payable, bank = payable_of(order.supplier, order.id), str(Chart.BANK_CLIENT_FUNDS)
    told = {"instruction": row.id, "amount": amount.json(), "result": outcome}
    work.records.tell(order.id, f"payout.{outcome}", actor=actor, at=at, facts=told)
    if outcome == "settled":
        post(work, move(Kind.PAYOUT, row.id, amount, debit=payable, credit=bank), order, actor=actor, at=at)
        _paid(work, order, actor=actor, at=at)
    elif row.state == "settled":
        journal = move(Kind.PAYOUT_RETURNED, row.id, amount, debit=bank, credit=payable)
        post(work, journal, order, actor=actor, at=at)
        if order.state is OrderState.COMPLETED:
            change_order(work, order, OrderEvent.PAYOUT_RETURNED, actor=actor, at=at)
    if outcome != "settled":
        work.queues.set_deadline(Timer.INSTRUCTION_ALARM, row.id, at + alarm_after(work, order))
    if outcome != "unknown":
        tell_parties(work, f"payout_{outcome}", order, {"id": order.id, "amount": amount.json()}, at)


def _paid(work: Work, order: Order, *, actor: str, at: datetime) -> None:
    """Completed, until the time for a claim ends, or at once where it has ended meanwhile."""
    if order.state is OrderState.RELEASING:
        change_order(work, order, OrderEvent.PAYOUT_SETTLED, actor=actor, at=at)
        if window := claim_window(order, policy_of(work, order)):
            work.queues.set_deadline(Timer.WINDOW_END, order.id, max(window.at, at))


def alarm(work: Work, id: str, at: datetime) -> None:
    """No good outcome for a day: it is put before a supervisor, in the order's history."""
    row = work.queues.instruction(id)
    if row is None or row.state == "settled":
        return
    order = work.orders.get(row.order_id)
    if datetime.fromisoformat(row.changed_at) + alarm_after(work, order) <= at:
        facts = {"instruction": id, "state": row.state}
        work.records.tell(row.order_id, "payout.supervisor_alarm", actor="timer:desk", at=at, facts=facts)


def settle_in_demo(work: Work, id: str, at: datetime) -> None:
    row = work.queues.instruction(id)
    if row is not None and row.state == "pending":
        result(work, id, "settled", actor=DEMO_EXECUTOR, at=at)
