"""Orders as lists and their own page show them; however many, read with one statement for each noun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from contract import answers
from contract.codes import InstructionKind, InstructionState, Mode, OrderState, Protection, Role
from escrow.calendar import Deadline
from escrow.clocks import Clock, Matter, claim_window
from escrow.instructions import Instruction
from escrow.machines.claim import CLAIM
from escrow.machines.every import machine_of
from escrow.machines.order import ORDER
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.position import Position
from escrow.shipments import Shipment
from escrow.store.work import Work
from escrow.views.common import instant, money, next_move
from escrow.views.credits import credit_view

RELEASES = (Clock.SILENT_RELEASE, Clock.AFTER_CLAIM)


def order_views(work: Work, orders: Sequence[Order], now: datetime) -> list[answers.Order]:
    load(work, orders)
    return [_view(work, order, now) for order in orders]


def load(work: Work, orders: Sequence[Order]) -> None:
    """All that is shown of these orders."""
    ids = [order.id for order in orders]
    work.parties.load(account for order in orders for account in (order.buyer, order.supplier))
    work.ledger.load(orders)
    work.claims.load(ids)
    work.instructions.load(ids)
    work.tasks.load(ids)
    work.shipments.load(ids)
    work.credits.load(ids)
    claims = [claim.id for id in ids for claim in work.claims.of(id)]
    instructions = [each.id for id in ids for each in work.instructions.of(id)]
    work.timers.load(ids, [*ids, *claims, *instructions])


def _view(work: Work, order: Order, now: datetime) -> answers.Order:
    buyer, supplier = work.parties.account(order.buyer), work.parties.account(order.supplier)
    payouts = _standing(work, order, InstructionKind.PAYOUT)
    return answers.Order(
        id=order.id,
        state=order.state,
        buyer=answers.Party(buyer.id, buyer.name),
        supplier=answers.Supplier(supplier.id, supplier.name, supplier.badge),
        lines=[
            answers.Line(n, line.title, line.quantity, money(line.unit_price))
            for n, line in enumerate(order.lines, 1)
        ],
        freight=money(order.freight),
        total=money(order.total),
        mode=Mode(order.mode),
        created_at=instant(order.created_at),
        paid_at=instant(order.paid_at),
        ship_by=instant(order.ship_by),
        promised_at=instant(order.promised_at),
        shipped_at=instant(order.shipped_at),
        delivered_at=instant(order.delivered_at),
        protections=[Protection(each) for each in order.protections],
        place=answers.Place(order.incoterm, order.place) if order.incoterm else None,
        deposit=_deposit(order),
        shipments=[_shipment(each) for each in work.shipments.of(order.id)],
        money=sums(work.ledger.position(order)),
        payout=answers.Payout(payouts[-1].state, money(payouts[-1].amount)) if payouts else None,
        refund_at=instant(_ends(work, order, Clock.UNSHIPPED_REFUND)),
        receipt_at=instant(_ends(work, order, Clock.RECEIPT)),
        extended_by=[Role(each.partition(" ")[2]) for each in order.extended],
        release_at=instant(_ends(work, order, *RELEASES)),
        claim_days=policy_of(work, order).claim.window_days[order.tier],
        claim_until=_until(claim_window(Matter(order, policy_of(work, order)))),
        credit=_credit(work, order),
        refund=_refund(_standing(work, order, InstructionKind.REFUND)),
        next=_next(work, order, now),
        claims=[claim.id for claim in work.claims.of(order.id)],
    )


def _shipment(shipment: Shipment) -> answers.Shipment:
    return answers.Shipment(
        id=shipment.id,
        lines=[answers.ShipmentLine(*each) for each in shipment.lines],
        source=shipment.source,
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        shipped_at=instant(shipment.shipped_at),
        delivered_at=instant(shipment.delivered_at),
        delivered_by=shipment.delivered_by,
    )


def _deposit(order: Order) -> answers.Deposit | None:
    if order.deposit is None:
        return None
    balance = money(order.total - order.deposit)
    return answers.Deposit(money(order.deposit), balance, instant(order.balance_due))


def _credit(work: Work, order: Order) -> answers.Credit | None:
    """What was granted for its lateness, or what there would be to ask for."""
    credit = work.credits.ontime_of(order.id)
    return credit_view(work, credit, order) if credit else None


def _standing(work: Work, order: Order, kind: InstructionKind) -> list[Instruction]:
    """Those that no other stands in for."""
    replaced = InstructionState.REPLACED
    return [each for each in work.instructions.of(order.id, kind) if each.state is not replaced]


def _refund(refunds: Sequence[Instruction]) -> answers.Refund | None:
    """What has not arrived before what has; of several states the one that began first."""
    waiting = [each for each in refunds if each.state is not InstructionState.SETTLED] or refunds
    if not waiting:
        return None
    state = waiting[0].state
    alike = [each.amount for each in waiting if each.state is state]
    return answers.Refund(state, money(sum(alike[1:], alike[0])))


def sums(position: Position) -> answers.OrderMoney:
    return answers.OrderMoney(
        paid=money(position.paid),
        held=money(position.held),
        on_claim=money(position.on_hold),
        released=money(position.released),
        refunded=money(position.refunded),
        charged_back=money(position.charged_back),
    )


def _ends(work: Work, order: Order, *clocks: Clock) -> datetime | None:
    """As the first of them was set; None where none runs, or waits for its notice."""
    timers = work.timers.of(order.id)
    running = [timer.due for clock in clocks if (timer := timers.get(clock)) and timer.done is None]
    return min(filter(None, running), default=None)


def _until(end: Deadline | None) -> answers.Until | None:
    return answers.Until(instant(end.at), end.zone) if end else None


def _next(work: Work, order: Order, now: datetime) -> answers.Next:
    """Whose move it is, and why the desk is needed where it is: what it was needed for first."""
    lasting = next((task.why for task in work.tasks.of(order.id) if task.lasts), None)
    return structs.replace(_next_move(work, order, now), task=lasting)


def _next_move(work: Work, order: Order, now: datetime) -> answers.Next:
    """An open claim's row comes before the order's own; while money goes out, its instruction's does."""
    policy, claim = policy_of(work, order), work.claims.open_of(order.id)
    if claim is not None:
        return next_move(CLAIM, claim.state, order, policy, work.timers.of(claim.id), now, claim)
    moving = _moving(work, order)
    if moving is not None:
        return next_move(machine_of(moving), moving.state, order, policy, work.timers.of(moving.id), now)
    return next_move(ORDER, order.state, order, policy, work.timers.of(order.id), now)


def _moving(work: Work, order: Order) -> Instruction | None:
    """The instruction that the order waits for; also one that is over may still owe the buyer something."""
    if order.state is OrderState.RELEASING:
        return next(reversed(_standing(work, order, InstructionKind.PAYOUT)), None)
    if order.state not in {OrderState.REFUNDING, *ORDER.final} or not work.ledger.position(order).unrefunded:
        return None
    refunds = _standing(work, order, InstructionKind.REFUND)
    return next((each for each in refunds if each.state is not InstructionState.SETTLED), None)
