"""What may be asked of escrow without changing anything. Whose rows they are stands in every query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from escrow import orders, policy, verdicts
from escrow.callers import AGENTS, Caller
from escrow.ledger import Posting
from escrow.money import Money, zero
from escrow.orders import Order
from escrow.policies import policy_at, policy_of
from escrow.store.work import Work
from escrow.views import claim_facts, instant, order_facts, purse, supposed, verdict_facts

PARTIES = ("buyer", "supplier")


def programme(work: Work, now: datetime) -> dict[str, Any]:
    return policy.facts(policy_at(work, now))


def list_orders(work: Work, caller: Caller, filters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Newest first, a page at a time; `after` is the id of the last one seen."""
    caller.must_be(*PARTIES, *AGENTS)
    found = work.orders.search(caller.scope, filters)
    page = [order_facts(work, order, policy_of(work, order)) for order in found.orders]
    return {"items": page, "next": found.next}


def order(work: Work, caller: Caller, id: str) -> dict[str, Any]:
    found = theirs(work, caller, id)
    return order_facts(work, found, policy_of(work, found))


def theirs(work: Work, caller: Caller, id: str) -> Order:
    caller.must_be(*PARTIES, *AGENTS)
    return work.orders.get(id, account=caller.scope)


def verdict(work: Work, caller: Caller, id: str, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """With `at`, `tier` or `delivered_at` a hypothetical one; nothing is changed either way."""
    found = theirs(work, caller, id)
    rules = policy_of(work, found)
    facts = verdict_facts(work, found, rules, now, asked.get("reason"))
    changed = {"now": asked.get("at"), "tier": asked.get("tier"), "delivered_at": asked.get("delivered_at")}
    return verdicts.as_told(verdicts.judge(supposed(facts, rules, **changed)))


def check_verdict(told: dict[str, Any]) -> dict[str, Any]:
    same, again = verdicts.check(told)
    return {"same": same, "verdict": verdicts.as_told(again)}


def list_claims(work: Work, caller: Caller, order_id: str | None) -> dict[str, Any]:
    caller.must_be(*PARTIES, *AGENTS)
    if order_id is not None:
        theirs(work, caller, order_id)
    found = work.claims.mine(caller.scope, order_id)
    items = [claim_facts(work, claim, policy_of(work, work.orders.get(claim.order))) for claim in found]
    return {"items": items, "next": None}


def claim(work: Work, caller: Caller, id: str) -> dict[str, Any]:
    caller.must_be(*PARTIES, *AGENTS)
    found = work.claims.get(id, account=caller.scope)
    return claim_facts(work, found, policy_of(work, work.orders.get(found.order)))


def my_money(work: Work, caller: Caller) -> dict[str, Any]:
    """Held, released and refunded of all orders of the account, by currency, with the next releases."""
    caller.must_be(*PARTIES)
    sums: dict[str, dict[str, Any]] = {}
    releases: list[dict[str, Any]] = []
    for found in work.orders.all_of(caller.account):
        money, currency = purse(work, found), found.freight.currency
        each = sums.setdefault(currency, {name: zero(currency) for name in ("held", "released", "refunded")})
        sums[currency] = {name: each[name] + getattr(money, name) for name in each}
        at, rest = orders.releases_at(found, policy_of(work, found)), money.held - money.on_claim
        if found.state is orders.OrderState.DELIVERED and at and rest:
            releases.append({"order": found.id, "at": instant(at), "amount": rest.json()})
    items = [
        {"currency": currency, **{name: each[name].json() for name in each}}
        for currency, each in sorted(sums.items())
    ]
    return {"items": items, "releases": sorted(releases, key=lambda one: str(one["at"])), "next": None}


def journal(work: Work, caller: Caller, id: str) -> dict[str, Any]:
    caller.must_be(*AGENTS)
    found = work.orders.get(id)
    return {"items": [_posting(row) for row in work.ledger.journal(found.id)], "next": None}


def _posting(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "kind", "source", "claim_id", "actor", "policy_version")}
    posting = Posting(row["account"], Money(row["minor"], row["currency"]))
    return told | posting.json() | {"at": instant(datetime.fromisoformat(row["at"]))}
