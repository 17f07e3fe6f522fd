"""Escrow's refusals as sayings: the code chooses the words, and what would help becomes a button."""

from actions.escrow_client import Refused
from actions.sayings import Option, Saying, option, person, say
from contract.codes import Code, Deed, VerdictCode, WhatNext

HELP: dict[str | None, list[Option]] = {
    WhatNext.OPEN_CLAIM: [option("option.open_claim", Deed.OPEN_CLAIM)],
    WhatNext.SEE_CLAIM: [option("option.claim_status", "claim_status")],
    WhatNext.SEE_ORDER: [option("option.order_status", "order_status")],
    WhatNext.TALK_TO_PERSON: [person()],
}
# What only a program can do wrong, or only the marketplace, the bank and the desk are told.
PROGRAMS = {Code.MALFORMED, Code.KEY_MISSING, Code.KEY_REUSED, Code.UNAVAILABLE, Code.INTERNAL}
PROGRAMS |= {Code.RESULT_OUT_OF_ORDER, Code.EVENT_REUSED, Code.EVENT_IN_FUTURE}
PROGRAMS |= {Code.EVENT_CONTRADICTS, Code.TERMS_DIFFER, Code.BELONGS_ELSEWHERE}
PROGRAMS |= {Code.TASK_TAKEN, Code.TASK_OVER, Code.RESULT_WAITS, Code.NOTHING_OWED}
PROGRAMS |= {Code.MORE_THAN_ORDERED, Code.MORE_THAN_SHIPPED, Code.PAYMENT_KNOWN, Code.CREDIT_SHORT}
# A verdict's no is told by the verdict, which says more.
KNOWN = frozenset(Code) - PROGRAMS - {code for code in Code if code.value in set(VerdictCode)}


def words_for(refusal: Refused) -> Saying:
    """A code that has no words, of a newer escrow perhaps, is told as a plain no with a person offered."""
    if refusal.code not in KNOWN:
        return say("refused.other", options=[person()])
    return say(f"refused.{refusal.code}", refusal.facts, options=HELP.get(refusal.what_next, ()))
