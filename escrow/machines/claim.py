"""The claim's machine, as far as it is built: opened, unanswered, taken to mediation."""

from __future__ import annotations

from enum import StrEnum

from contract.codes import ClaimState, Code, Otherwise, Role, TaskWhy, Tell, What, WhatNext, Who
from escrow import clocks, effects
from escrow.case import Case
from escrow.clocks import Clock
from escrow.machines.machine import TIMER, Machine, Stay, Step, by
from escrow.refusals import Refusal


class ClaimEvent(StrEnum):
    OPEN = "open"
    SUPPLIER_SILENT = "supplier_silent"
    ESCALATE = "escalate"
    AUTO_ESCALATE = "auto_escalate"
    UNTOUCHED = "supervisor_alarm"
    PAID = "paid"


def is_time(case: Case) -> None:
    """Raises Refusal `not_yet_escalatable` with the instant it opens."""
    assert case.claim is not None
    opens = clocks.escalatable(case.claim, case.policy)
    if case.at < opens:
        raise Refusal(
            Code.NOT_YET_ESCALATABLE, what_next=WhatNext.WAIT_UNTIL, claim=case.claim.id, opens_at=opens
        )


S, E = ClaimState, ClaimEvent
BUYER, TIMERS = by(Role.BUYER), by(TIMER)
PAYERS = by(Role.BUYER, Role.SUPPLIER, TIMER)

# fmt: off
STEPS: tuple[Step[ClaimState, ClaimEvent], ...] = (
    Step(state=None, event=E.OPEN, to=S.AWAITING_SUPPLIER, who=BUYER, effects=(effects.hold,),
         tell=Tell.CLAIM_OPENED),
    Step(state=S.AWAITING_SUPPLIER, event=E.SUPPLIER_SILENT, to=S.NEGOTIATING, who=TIMERS,
         tell=Tell.CLAIM_NEGOTIATING),
    Step(state=S.AWAITING_SUPPLIER, event=E.ESCALATE, to=S.IN_MEDIATION, who=BUYER, guard=is_time,
         tell=Tell.CLAIM_IN_MEDIATION),
    Step(state=S.NEGOTIATING, event=E.ESCALATE, to=S.IN_MEDIATION, who=BUYER, guard=is_time,
         tell=Tell.CLAIM_IN_MEDIATION),
    Step(state=S.AWAITING_SUPPLIER, event=E.AUTO_ESCALATE, to=S.IN_MEDIATION, who=TIMERS,
         tell=Tell.CLAIM_IN_MEDIATION),
    Step(state=S.NEGOTIATING, event=E.AUTO_ESCALATE, to=S.IN_MEDIATION, who=TIMERS,
         tell=Tell.CLAIM_IN_MEDIATION),
    # Nobody has touched it: put before the desk, again and again.
    Step(state=S.IN_MEDIATION, event=E.UNTOUCHED, to=S.IN_MEDIATION, who=TIMERS,
         restarts=(Clock.MEDIATION_ALARM,), task=TaskWhy.MEDIATION_UNTOUCHED),
    # The order gave back all that was held, whatever was being argued about.
    *(Step(state=state, event=E.PAID, to=S.CLOSED_PAID, who=PAYERS, tell=Tell.CLAIM_PAID)
      for state in (S.AWAITING_SUPPLIER, S.NEGOTIATING, S.IN_MEDIATION)),
)
STAYS: tuple[Stay[ClaimState, ClaimEvent], ...] = (
    Stay(state=S.AWAITING_SUPPLIER, who=Who.SUPPLIER, what=What.RESPOND, otherwise=Otherwise.IN_MEDIATION,
         clock=Clock.AUTO_ESCALATE, then=E.AUTO_ESCALATE),
    Stay(state=S.AWAITING_SUPPLIER, who=Who.SUPPLIER, what=What.RESPOND, otherwise=Otherwise.NEGOTIATING,
         clock=Clock.RESPOND, then=E.SUPPLIER_SILENT, told_to=Who.SUPPLIER),
    Stay(state=S.NEGOTIATING, who=Who.BUYER, what=What.ESCALATE_OR_WAIT, otherwise=Otherwise.IN_MEDIATION,
         clock=Clock.AUTO_ESCALATE, then=E.AUTO_ESCALATE),
    Stay(state=S.IN_MEDIATION, who=Who.PLATFORM, what=What.MEDIATE, otherwise=Otherwise.SUPERVISOR_ALARM,
         clock=Clock.MEDIATION_ALARM, then=E.UNTOUCHED),
)
# fmt: on
CLAIM: Machine[ClaimState, ClaimEvent] = Machine(
    "claim", STEPS, STAYS, frozenset({S.CLOSED_PAID}), look=WhatNext.SEE_CLAIM
)
