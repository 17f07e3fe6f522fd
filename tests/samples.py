"""Answers of escrow as samples, in plain JSON, for tests that need one of each and no particular one."""

from __future__ import annotations

from typing import Any

import msgspec

from contract import answers
from contract.answers import Money
from contract.codes import (
    ClaimState,
    CreditState,
    Deed,
    Incoterm,
    InstructionState,
    Mode,
    OrderState,
    Otherwise,
    Payer,
    Protection,
    Reason,
    Role,
    Rule,
    Source,
    Tier,
    VerdictCode,
    What,
    WhatNext,
    Who,
)

MADE, LATER = "2026-11-01T09:00:00Z", "2026-12-11T16:00:00Z"
SUM = Money(128000, "USD")
NOTHING = Money(0, "USD")
NEXT = answers.Next(Who.BUYER, What.CONFIRM_RECEIPT, LATER, "Asia/Shanghai", Otherwise.CLOSED, False)


def _plain(answer: msgspec.Struct) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(answer)
    return told


ZONE = "Asia/Shanghai"
CREDIT = answers.Credit(CreditState.SPENDABLE, SUM, SUM, MADE, LATER, ZONE, MADE, LATER, ZONE)
ORDER = _plain(
    answers.Order(
        id="TA-1",
        state=OrderState.DELIVERED,
        buyer=answers.Party("adeyemi-trading", "Adeyemi Trading"),
        supplier=answers.Supplier("shenzhen-lumen", "Shenzhen Lumen", True),
        lines=[answers.Line(1, "Desk lamps", 40, Money(3000, "USD"))],
        freight=Money(8000, "USD"),
        total=SUM,
        mode=Mode.EXPRESS,
        created_at=MADE,
        paid_at=MADE,
        ship_by=MADE,
        promised_at=MADE,
        shipped_at=MADE,
        delivered_at=MADE,
        protections=[Protection.TRADE_ASSURANCE, Protection.ONTIME_GUARANTEE],
        place=answers.Place(Incoterm.FOB, "Shenzhen"),
        deposit=answers.Deposit(Money(30000, "USD"), Money(98000, "USD"), LATER),
        shipments=[
            answers.Shipment(
                "S-1", [answers.ShipmentLine(1, 40)], Source.CARRIER, "DHL", "1Z", MADE, MADE, Source.CARRIER
            )
        ],
        money=answers.OrderMoney(SUM, SUM, NOTHING, NOTHING, NOTHING, NOTHING),
        payout=answers.Payout(InstructionState.SETTLED, SUM),
        receipt_at=LATER,
        extended_by=[Role.BUYER],
        release_at=LATER,
        claim_until=answers.Until(LATER, "Asia/Shanghai"),
        credit=CREDIT,
        claim_days=30,
        refund=answers.Refund(InstructionState.SETTLED, SUM),
        refund_at=LATER,
        next=NEXT,
        claims=["CLM-1"],
    )
)
CLAIM = _plain(
    answers.Claim(
        id="CLM-1",
        order="TA-1",
        state=ClaimState.AWAITING_SUPPLIER,
        reason=Reason.DAMAGED,
        amount=SUM,
        held=SUM,
        opened_at=MADE,
        opened_by="alice",
        respond_by=LATER,
        escalatable_at=LATER,
        auto_escalates_at=LATER,
        offers=[],
        evidence=[],
        next=NEXT,
    )
)
MONEY = _plain(
    answers.MoneyOfAccount(
        items=[answers.Sums("USD", SUM, SUM, SUM)],
        credits=[answers.CreditSums("USD", SUM, LATER, NOTHING)],
        releases=[answers.Release("TA-1", LATER, Money(100000, "USD"))],
        next=None,
    )
)
VERDICT = _plain(
    answers.Verdict(
        eligible=True,
        code=VerdictCode.ELIGIBLE,
        rule=Rule.WINDOW_DAYS,
        policy_version=1,
        facts=answers.VerdictFacts(
            order="TA-1",
            state=OrderState.DELIVERED,
            now=MADE,
            tier=Tier.STANDARD,
            window_days=30,
            zones=("Asia/Shanghai", "Africa/Lagos"),
            currency="USD",
            paid=128000,
            refunded=0,
            held=128000,
            unpaid=0,
            policy_version=1,
            hypothetical=False,
            reason=Reason.DAMAGED,
            promised_at=MADE,
            shipped_at=MADE,
            delivered_at=MADE,
            open_claim="CLM-1",
        ),
        deadline=LATER,
        deadline_zone="Asia/Shanghai",
        max_amount=SUM,
        payer=Payer.ESCROW,
        what_next=WhatNext.OPEN_CLAIM,
    )
)
ESCALATION = _plain(
    answers.Quote(
        quote_id="Q-1",
        kind=Deed.ESCALATE,
        order="TA-1",
        claim="CLM-1",
        effect=answers.Effect(amount=SUM, reason=Reason.DAMAGED, new_state=ClaimState.IN_MEDIATION),
        postings=[],
        preview={},
        expires_at=LATER,
        signatures=[Role.BUYER],
    )
)
OPENING = _plain(
    answers.Quote(
        quote_id="Q-2",
        kind=Deed.OPEN_CLAIM,
        order="TA-1",
        effect=answers.Effect(
            amount=SUM,
            held=SUM,
            reason=Reason.DAMAGED,
            payer=Payer.ESCROW,
            new_state=ClaimState.AWAITING_SUPPLIER,
            respond_days=3,
            escalate_from_day=4,
            auto_escalate_day=7,
        ),
        postings=[answers.Posting("2000:TA-1", debit=SUM), answers.Posting("2010:new", credit=SUM)],
        preview={"respond_by": LATER},
        expires_at=LATER,
        signatures=[Role.BUYER],
    )
)
RECEIPT = _plain(
    answers.Quote(
        quote_id="Q-3",
        kind=Deed.CONFIRM_RECEIPT,
        order="TA-1",
        effect=answers.Effect(
            amount=SUM,
            held=NOTHING,
            new_state=OrderState.RELEASING,
            extension_days=15,
            percent=10,
            cap=SUM,
        ),
        postings=[answers.Posting("2000:TA-1", debit=SUM)],
        preview={"claim_until": LATER, "release_at": LATER, "receipt_at": LATER},
        expires_at=LATER,
        signatures=[Role.BUYER],
    )
)
