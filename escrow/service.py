"""What may be asked of escrow without changing anything. Whose rows they are stands in every query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from contract import answers
from contract.codes import Role
from escrow import policy, verdicts
from escrow.callers import AGENTS, PARTIES, Caller
from escrow.claims import Claim
from escrow.ledger import Posting
from escrow.money import Money
from escrow.orders import Order
from escrow.policies import policy_at, policy_of
from escrow.refusals import not_found
from escrow.requests import ClaimSearch, OrderSearch, WhatIf
from escrow.store.work import Work
from escrow.views import money
from escrow.views.claims import claim_views
from escrow.views.common import instant, posting
from escrow.views.orders import order_views
from escrow.views.verdicts import supposed, verdict_facts


def programme(work: Work, now: datetime) -> dict[str, Any]:
    return policy.facts(policy_at(work, now))


def list_orders(work: Work, caller: Caller, asked: OrderSearch, now: datetime) -> answers.Page[answers.Order]:
    """Newest first, a page at a time; `after` is the id of the last one seen."""
    found, next = work.orders.search(asked.of(whose(work, caller)))
    return answers.Page([_for(caller, view) for view in order_views(work, found, now)], next)


def order(work: Work, caller: Caller, id: str, now: datetime) -> answers.Order:
    (view,) = order_views(work, [theirs(work, caller, id)], now)
    return _for(caller, view)


def verdict(work: Work, caller: Caller, id: str, asked: WhatIf, now: datetime) -> verdicts.Verdict:
    """With `at`, `tier` or `delivered_at` a hypothetical one; nothing is changed either way."""
    found = theirs(work, caller, id)
    facts = verdict_facts(work, found, now, asked.reason)
    changed = {"now": asked.at, "tier": asked.tier, "delivered_at": asked.delivered_at}
    return verdicts.judge(supposed(facts, policy_of(work, found), **changed))


def check_verdict(told: dict[str, Any]) -> dict[str, Any]:
    same, again = verdicts.check(told)
    return {"same": same, "verdict": verdicts.as_told(again)}


def list_claims(work: Work, caller: Caller, asked: ClaimSearch, now: datetime) -> answers.Page[answers.Claim]:
    """Newest first, a page at a time; `after` is the id of the last one seen."""
    if asked.order is not None:
        theirs(work, caller, asked.order)
    if asked.after is not None:
        _claim(work, caller, asked.after)
    found, next = work.claims.page(
        whose(work, caller), order=asked.order, state=asked.state, after=asked.after
    )
    return answers.Page(claim_views(work, found, now), next)


def claim(work: Work, caller: Caller, id: str, now: datetime) -> answers.Claim:
    (view,) = claim_views(work, [_claim(work, caller, id)], now)
    return view


def my_money(work: Work, caller: Caller, after: str | None) -> answers.MoneyOfAccount:
    _must_fit(work, caller)
    return money.my_money(work, caller, after)


def journal(work: Work, id: str) -> answers.Page[answers.JournalEntry]:
    found = work.orders.get(id)
    return answers.Page([_entry(row) for row in work.ledger.journal(found.id)], None)


def whose(work: Work, caller: Caller) -> tuple[str, str] | None:
    """The side and account whose rows they may see; None for those who may see anybody's."""
    caller.must_be(*PARTIES, *AGENTS)
    if caller.scope is None:
        _must_fit(work, caller)
        return None
    return caller.side, caller.scope


def theirs(work: Work, caller: Caller, id: str) -> Order:
    caller.must_be(*PARTIES, *AGENTS)
    _must_fit(work, caller)
    return work.orders.get(id, account=caller.scope)


def _must_fit(work: Work, caller: Caller) -> None:
    """Raises Refusal not_found for an account of another side than the role; the desk's must be known, too.

    One of a party that nobody knows has nothing to read anyway.
    """
    side = work.parties.side_of(caller.account)
    if side != caller.side and (side is not None or caller.role in AGENTS):
        raise not_found()


def _for(caller: Caller, view: answers.Order) -> answers.Order:
    """What the platform owes a buyer is nothing to the supplier."""
    return replace(view, credit=None) if caller.role == Role.SUPPLIER else view


def _claim(work: Work, caller: Caller, id: str) -> Claim:
    """A claim is theirs whose order is; another's and an unknown one are the same refusal."""
    found = work.claims.get(id)
    theirs(work, caller, found.order)
    return found


def _entry(row: dict[str, Any]) -> answers.JournalEntry:
    told = posting(Posting(row["account"], Money(row["minor"], row["currency"])))
    named = {name: row[name] for name in ("id", "kind", "source", "claim_id", "actor", "policy_version")}
    return answers.JournalEntry(
        **named,
        account=told.account,
        debit=told.debit,
        credit=told.credit,
        at=instant(datetime.fromisoformat(row["at"])),
    )
