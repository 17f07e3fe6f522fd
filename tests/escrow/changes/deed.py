"""What a new quoted deed needs, end to end: `negotiate`, by which a buyer stops waiting for an answer."""

from __future__ import annotations

DEED = '''\
"""A buyer stops waiting for the supplier's answer: both may settle it from now on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Role
from escrow import engine
from escrow.callers import Caller
from escrow.deeds.deed import Deed, Plan
from escrow.deeds.theirs import claim_of_buyer
from escrow.machines.claim import ClaimEvent
from escrow.store.work import Work
from escrow.views.common import money


def plan(work: Work, caller: Caller, wanted: asked.Negotiate, now: datetime, lock: bool) -> Plan:
    order, claim = claim_of_buyer(work, caller, wanted.claim, lock=lock)
    outcome = engine.foresee(work, claim, ClaimEvent.NEGOTIATE, order, at=now)
    effect = Effect(amount=money(claim.amount), reason=claim.reason, new_state=outcome.after.state)
    return Plan(order, effect, outcome, claim)


def do(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> str:
    assert plan.order and plan.claim
    event, order = ClaimEvent.NEGOTIATE, plan.order
    return engine.apply(work, plan.claim, event, order, actor=caller.actor, at=now, note=note).id


DEED = Deed(
    kind=codes.Deed.NEGOTIATE, roles=frozenset({Role.BUYER}), asked=asked.Negotiate, plan=plan, do=do
)
'''
ASKED = """\
class Negotiate(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.NEGOTIATE.value,
):
    claim: Id


# fmt: off
Asked = (
    OpenClaim
    | Escalate
    | Negotiate
"""
STEP = """\
    Step(state=S.AWAITING_SUPPLIER, event=E.NEGOTIATE, to=S.NEGOTIATING, who=BUYER,
         tell=Tell.CLAIM_NEGOTIATING),
"""
TASK = """\
  negotiate:
    starts: [negotiate]
    needs: [claim]
    takes: [order]
    role: buyer
    deed: negotiate
    says:
      shown: quote.negotiate
      again: ask_again.negotiate
      expired: ask_again.quote
      done: confirmed.negotiate
      already: done_already.negotiate
      cancelled: cancelled.negotiate
    quote: action_quote
    then: action_confirm_quote
"""
RECIPE = """\


async def _claim_to_settle(turn: Turn) -> Negotiate:
    return Negotiate(turn.frame.known("claim"))


RECIPES[Deed.NEGOTIATE] = Recipe(asked=_claim_to_settle, explain=_claim_moved_on)
"""
ESCALATE_RECIPE = "RECIPES[Deed.ESCALATE] = Recipe(asked=_claim_named, explain=_claim_moved_on)\n"
LINES = """\
- intent: negotiate
  examples: |
    - i do not want to wait for the supplier, let us talk now
    - start talks on my claim
    - open talks about the claim
"""

# A file, what stands there once, and what stands there instead; a new file stands instead of nothing.
COUNTED = [
    (
        "contract/codes.py",
        '    ESCALATE = "escalate"\n',
        '    ESCALATE = "escalate"\n    NEGOTIATE = "negotiate"\n',
    ),
    ("contract/asked.py", "# fmt: off\nAsked = (\n    OpenClaim\n    | Escalate\n", ASKED),
    (
        "escrow/machines/claim.py",
        '    ESCALATE = "escalate"\n',
        '    ESCALATE = "escalate"\n    NEGOTIATE = "negotiate"\n',
    ),
    (
        "escrow/machines/claim.py",
        "    # Nobody has touched it:",
        f"{STEP}    # Nobody has touched it:",
    ),
    ("escrow/deeds/negotiate.py", "", DEED),
    ("data/tasks.yml", "  human_handoff: {", f"{TASK}  human_handoff: {{"),
    (
        "actions/deeds.py",
        "from contract.asked import Asked, Escalate, OpenClaim",
        "from contract.asked import Asked, Escalate, Negotiate, OpenClaim",
    ),
    ("actions/deeds.py", ESCALATE_RECIPE, ESCALATE_RECIPE + RECIPE),
    (
        "data/words/en.yml",
        '  escalate: "Shall I take claim',
        '  negotiate: "Shall I open talks on claim {claim}? Please press Confirm, or say just yes or no."\n'
        '  escalate: "Shall I take claim',
    ),
    (
        "data/words/en.yml",
        '  escalate: "All right, I have left that. The claim stays as it is."\n',
        '  escalate: "All right, I have left that. The claim stays as it is."\n'
        '  negotiate: "All right, I have left that. The supplier can still answer."\n',
    ),
    (
        "data/words/en.yml",
        '  escalate:\n    - "This is what would happen.',
        '  negotiate: "Claim {claim}: you would stop waiting and talk. Shall I? Until {expires_at:clock}."\n'
        '  escalate:\n    - "This is what would happen.',
    ),
    (
        "data/words/en.yml",
        '  escalate:\n    - "Done: claim',
        '  negotiate: "Done: you and the supplier can settle claim {claim} now."\n'
        '  escalate:\n    - "Done: claim',
    ),
    (
        "data/words/en.yml",
        '  escalate: "All right. The claim stays between',
        '  negotiate: "All right. The supplier still has time to answer."\n'
        '  escalate: "All right. The claim stays between',
    ),
    (
        "data/words/en.yml",
        '  escalate:\n    - "It has been done after all',
        '  negotiate: "It has been done after all: claim {claim} is in talks."\n'
        '  escalate:\n    - "It has been done after all',
    ),
    (
        "domain.yml",
        "  - escalate: {use_entities: false}\n",
        "  - escalate: {use_entities: false}\n  - negotiate: {use_entities: false}\n",
    ),
    ("bot/nlu/lexicon.yml", "claim_status, escalate]\n", "claim_status, escalate, negotiate]\n"),
    ("data/intent_map.yml", "escalate: complaint\n", "escalate: complaint\nnegotiate: complaint\n"),
]
# Training lines and translations.
NOT_COUNTED = [("data/nlu/refunds.yml", "- intent: escalate\n", f"{LINES}- intent: escalate\n")]
MADE_BY = ["contract.page", "escrow.machines.diagram"]
BUDGET = 10
