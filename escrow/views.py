"""Orders and claims as the interface shows them: JSON, instants in UTC, money as minor units."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from escrow import claims, orders
from escrow.claims import Claim
from escrow.ledger import Chart, Kind
from escrow.money import Money, zero
from escrow.orders import Order, Payout, Purse
from escrow.policy import Policy
from escrow.silence import Wait
from escrow.store.work import Work
from escrow.verdicts import Facts


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def waiting(wait: Wait, now: datetime) -> dict[str, Any]:
    return wait.json() | {"by": instant(wait.by), "overdue": wait.by is not None and wait.by <= now}


def purse(work: Work, order: Order) -> Purse:
    """From the postings themselves, so that it is what the ledger says."""
    currency = order.freight.currency
    paid = work.ledger.credited(order.id, Kind.FUND, currency)
    on_claim = -work.ledger.total(order.id, f"{Chart.HOLD}:%", currency)
    held = on_claim + work.ledger.in_escrow(order.id, currency)
    return Purse(paid, held, on_claim, paid - held, zero(currency), unpaid(work, order))


def unpaid(work: Work, order: Order) -> Money:
    """What of this order the supplier is owed and no payout is carrying: in flight counts as paid."""
    owed = work.ledger.unpaid(order.supplier, order.id, order.freight.currency)
    return owed - Money(work.queues.in_flight(order.id), owed.currency)


def latest_payout(work: Work, order: Order) -> Payout | None:
    row = work.queues.latest_payout(order.id)
    if row is None:
        return None
    return Payout(row.state, Money(row.amount, row.currency), datetime.fromisoformat(row.changed_at))


def order_facts(work: Work, order: Order, policy: Policy) -> dict[str, Any]:
    money, payout = purse(work, order), latest_payout(work, order)
    claim = work.claims.open_of(order.id)
    wait = claims.wait(claim, policy) if claim else orders.wait(order, payout, policy)
    buyer, supplier = work.parties.account(order.buyer), work.parties.account(order.supplier)
    told = {name: instant(getattr(order, name)) for name in INSTANTS}
    return {
        "id": order.id,
        "state": order.state,
        "buyer": {"account": buyer.id, "name": buyer.name},
        "supplier": {"account": supplier.id, "name": supplier.name, "badge": supplier.badge},
        "lines": [
            {"title": line.title, "quantity": line.quantity, "unit_price": line.unit_price.json()}
            for line in order.lines
        ],
        "freight": order.freight.json(),
        "total": order.total.json(),
        "mode": order.mode,
        **told,
        "protections": list(order.protections),
        "money": {
            name: getattr(money, name).json() for name in ("paid", "held", "on_claim", "released", "refunded")
        },
        "payout": {"state": payout.state, "amount": payout.amount.json()} if payout else None,
        "next": waiting(wait, work.records.now()),
        "claims": [each.id for each in work.claims.mine(None, order.id)],
    }


INSTANTS = ("created_at", "paid_at", "ship_by", "promised_at", "shipped_at", "delivered_at")


def claim_facts(work: Work, claim: Claim, policy: Policy) -> dict[str, Any]:
    return {
        "id": claim.id,
        "order": claim.order,
        "state": claim.state,
        "reason": claim.reason,
        "amount": claim.amount.json(),
        "held": work.ledger.on_claim(claim.id, claim.amount.currency).json(),
        "opened_at": instant(claim.opened_at),
        "opened_by": claim.opened_by,
        "respond_by": instant(claims.respond_by(claim, policy)),
        "escalatable_at": instant(claims.escalatable_at(claim, policy)),
        "auto_escalates_at": instant(claims.auto_escalates_at(claim, policy)),
        "offers": [],
        "evidence": [],
        "silence": waiting(claims.wait(claim, policy), work.records.now()),
    }


def verdict_facts(work: Work, order: Order, policy: Policy, now: datetime, reason: str | None) -> Facts:
    money, claim = purse(work, order), work.claims.open_of(order.id)
    return Facts(
        order=order.id,
        state=order.state,
        now=now,
        tier=order.tier,
        window_days=policy.claim.window_days[order.tier],
        zones=(policy.zone, order.zone),
        currency=order.freight.currency,
        paid=money.paid.minor,
        refunded=money.refunded.minor,
        held=money.held.minor,
        unpaid=money.unpaid.minor,
        policy_version=policy.version,
        reason=claims.Reason(reason) if reason else None,
        promised_at=order.promised_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        open_claim=claim.id if claim else None,
    )


def supposed(facts: Facts, policy: Policy, **what_if: Any) -> Facts:
    """The same facts under a condition, marked as such."""
    given = {name: value for name, value in what_if.items() if value is not None}
    if not given:
        return facts
    window = policy.claim.window_days[given.get("tier", facts.tier)]
    return structs.replace(facts, hypothetical=True, window_days=window, **given)
