"""Claims: states, reasons, who may do what when, and what silence means in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from escrow.calendar import after_business_days, after_days
from escrow.money import Money
from escrow.policy import Policy
from escrow.refusals import Refusal
from escrow.silence import Wait


class Reason(StrEnum):
    NOT_SHIPPED = "not_shipped"
    NOT_DELIVERED = "not_delivered"
    MISSING = "missing"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    TERMS_NOT_MET = "terms_not_met"
    OTHER = "other"


AFTER_DELIVERY = frozenset({Reason.MISSING, Reason.DAMAGED, Reason.DEFECTIVE, Reason.WRONG_ITEM})


class ClaimState(StrEnum):
    AWAITING_SUPPLIER = "awaiting_supplier"
    NEGOTIATING = "negotiating"
    IN_MEDIATION = "in_mediation"


class ClaimEvent(StrEnum):
    SUPPLIER_SILENT = "supplier_silent"
    ESCALATE = "escalate"
    AUTO_ESCALATE = "auto_escalate"


TRANSITIONS = {
    (ClaimState.AWAITING_SUPPLIER, ClaimEvent.SUPPLIER_SILENT): ClaimState.NEGOTIATING,
    (ClaimState.AWAITING_SUPPLIER, ClaimEvent.ESCALATE): ClaimState.IN_MEDIATION,
    (ClaimState.AWAITING_SUPPLIER, ClaimEvent.AUTO_ESCALATE): ClaimState.IN_MEDIATION,
    (ClaimState.NEGOTIATING, ClaimEvent.ESCALATE): ClaimState.IN_MEDIATION,
    (ClaimState.NEGOTIATING, ClaimEvent.AUTO_ESCALATE): ClaimState.IN_MEDIATION,
}


@dataclass(frozen=True)
class Claim:
    """`respond_from` is when the notice to the supplier was accepted; until then their time does not run."""

    id: str
    order: str
    state: ClaimState
    reason: Reason
    amount: Money
    opened_at: datetime
    opened_by: str
    respond_from: datetime | None
    changed_at: datetime
    version: int


def after(state: ClaimState, event: ClaimEvent) -> ClaimState:
    """The next state; raises Refusal `wrong_state` and nothing changes."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise Refusal("wrong_state", what_next="see_claim", state=state, event=event) from None


def respond_by(claim: Claim, policy: Policy) -> datetime | None:
    return after_days(claim.respond_from, policy.dispute.respond_days) if claim.respond_from else None


def escalatable_at(claim: Claim, policy: Policy) -> datetime:
    """Waiting for the other side counts hours: "from day N" is N × 24 h after the opening."""
    return after_days(claim.opened_at, policy.dispute.escalate_from_day)


def auto_escalates_at(claim: Claim, policy: Policy) -> datetime:
    return after_days(claim.opened_at, policy.dispute.auto_escalate_day)


def check_escalation(claim: Claim, policy: Policy, now: datetime) -> None:
    """By the buyer; raises Refusal `not_yet_escalatable` with the instant it opens, or `wrong_state`."""
    after(claim.state, ClaimEvent.ESCALATE)
    opens = escalatable_at(claim, policy)
    if now < opens:
        raise Refusal("not_yet_escalatable", what_next="wait_until", claim=claim.id, opens_at=opens)


def wait(claim: Claim, policy: Policy) -> Wait:
    match claim.state:
        case ClaimState.AWAITING_SUPPLIER:
            answer, ends = respond_by(claim, policy), auto_escalates_at(claim, policy)
            if answer and answer < ends:
                return Wait("supplier", "respond", answer, None, "negotiating")
            return Wait("supplier", "respond", ends, None, "in_mediation")
        case ClaimState.NEGOTIATING:
            return Wait("buyer", "escalate_or_wait", auto_escalates_at(claim, policy), None, "in_mediation")
        case ClaimState.IN_MEDIATION:
            by = after_business_days(claim.changed_at, policy.mediation.alarm_business_days, policy.zone)
            return Wait("platform", "mediate", by, None, "supervisor_alarm")
