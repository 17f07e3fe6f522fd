"""Escrow's refusals as sayings: the code chooses the words, and what would help becomes a button."""

from actions.escrow_client import Refused
from actions.sayings import Option, Saying, option, person, say

HELP: dict[str | None, list[Option]] = {
    "open_claim": [option("option.open_claim", "open_claim")],
    "see_claim": [option("option.claim_status", "claim_status")],
    "talk_to_person": [person()],
}
KNOWN = {"not_found", "unauthenticated", "turn_revoked", "wrong_state", "not_yet_escalatable", "rate_limited"}
KNOWN |= {"amount_above_cap", "amount_not_positive", "wrong_currency", "quote_expired", "quote_changed"}
KNOWN |= {"quote_not_shown"}


def words_for(refusal: Refused) -> Saying:
    """A code that has no words, of a newer escrow perhaps, is told as a plain no with a person offered."""
    if refusal.code not in KNOWN:
        return say("refused.other", options=[person()])
    return say(f"refused.{refusal.code}", refusal.facts, options=HELP.get(refusal.what_next, ()))
