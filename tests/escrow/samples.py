"""An order, its claim, its payout and its money, as the pure modules see them: no database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from contract.codes import (
    ClaimState,
    CreditKind,
    CreditState,
    InstructionKind,
    InstructionState,
    OrderState,
    Reason,
    Source,
    TaskWhy,
)
from escrow import chart
from escrow.case import Case
from escrow.claims import Claim
from escrow.credits import Credit
from escrow.editions import shipped
from escrow.instructions import Instruction
from escrow.ledger import Journal, Kind, move
from escrow.money import Money
from escrow.orders import Line, Order
from escrow.payments import Payment
from escrow.position import Position
from escrow.shipments import Shipment
from escrow.tasks import needed

POLICY = shipped()[0]
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
USD = "USD"
TOTAL = 300

CASH, ESCROW, HOLD = chart.CLIENT_FUNDS(), chart.ESCROW("TA-1"), chart.HOLD("CLM-1")
PAYABLE, OWED = chart.PAYABLE("lumen", "TA-1"), chart.REFUND_PAYABLE("adeyemi", "TA-1")


def usd(minor: int) -> Money:
    return Money(minor, USD)


ORDER = Order(
    id="TA-1",
    state=OrderState.AWAITING_PAYMENT,
    buyer="adeyemi",
    supplier="lumen",
    lines=(Line("lamp", 2, usd(100)),),
    freight=usd(100),
    mode="sea",
    tier="standard",
    zone="Africa/Lagos",
    policy_version=1,
    created_at=AT,
)
SHIPMENT = Shipment(
    id="S-1",
    order="TA-1",
    lines=((1, 2),),
    source=Source.CARRIER,
    shipped_at=AT,
    delivered_at=AT,
    delivered_by=Source.CARRIER,
)
CLAIM = Claim(
    id="CLM-1",
    order="TA-1",
    state=ClaimState.AWAITING_SUPPLIER,
    reason=Reason.DAMAGED,
    amount=usd(120),
    opened_at=AT,
    opened_by="alice",
    opened_in="c1",
)
PAYOUT = Instruction(
    id="PAY-TA-1-1",
    kind=InstructionKind.PAYOUT,
    order="TA-1",
    amount=usd(TOTAL),
    refers_to="lumen",
    at=AT,
    changed_at=AT,
    state=InstructionState.PENDING,
)
TASK = needed(TaskWhy.INSTRUCTION_FAILED, "PAY-TA-1-1", "TA-1", AT).numbered(1)
CREDIT = Credit(
    id="credit:TA-1",
    order="TA-1",
    kind=CreditKind.ONTIME,
    state=CreditState.SPENDABLE,
    amount=usd(20),
    unspent=usd(20),
    at=AT,
    granted_at=AT,
    expires_at=AT + timedelta(days=90),
)
PAYMENT = Payment("PSP-1", "TA-1", usd(TOTAL), at=AT)
REFUND = replace(PAYOUT, id="REF-TA-1-1", kind=InstructionKind.REFUND, refers_to="PSP-1")
NOTHING = Position("TA-1", "lumen", USD, MappingProxyType({}))


def journal(kind: Kind, minor: int, debit: str, credit: str) -> Journal:
    made = move(kind, usd(minor), debit=debit, credit=credit)
    assert made is not None
    return made


IN_PART = NOTHING.moved(journal(Kind.FUND, 100, CASH, ESCROW))
FUNDED = NOTHING.moved(journal(Kind.FUND, TOTAL, CASH, ESCROW))
RELEASED = FUNDED.moved(journal(Kind.RELEASE, TOTAL, ESCROW, PAYABLE))
HELD = FUNDED.moved(journal(Kind.HOLD, 120, ESCROW, HOLD))
PAID_OUT = RELEASED.moved(journal(Kind.PAYOUT, TOTAL, PAYABLE, CASH))
REFUNDING = FUNDED.moved(journal(Kind.REFUND, TOTAL, ESCROW, OWED))
REFUNDED = REFUNDING.moved(journal(Kind.REFUND_SENT, TOTAL, OWED, CASH))


def case(position: Position = FUNDED, *, state: OrderState = OrderState.DELIVERED, **given: Any) -> Case:
    """What a case has besides is itself, all else is what the event gives."""
    claim, instruction, at = given.pop("claim", None), given.pop("instruction", None), given.pop("at", AT)
    payments, instructions = given.pop("payments", (PAYMENT,)), given.pop("instructions", ())
    credit, own_funds = given.pop("credit", None), given.pop("own_funds", 20)
    facts: dict[str, Any] = given.pop("facts", {})
    return Case(
        order=replace(ORDER, state=state, **facts),
        policy=POLICY,
        position=position,
        at=at,
        claim=claim,
        instruction=instruction,
        shipments=(SHIPMENT,),
        credit=credit,
        own_funds=lambda: usd(own_funds),
        payments=payments,
        instructions=instructions,
        given=given,
    )
