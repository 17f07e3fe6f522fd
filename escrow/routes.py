"""The interface as a table: what can be asked, by whom, in which shape, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from escrow import outbox, payouts, quotes, service
from escrow.callers import AGENTS, PARTIES, PERSONS, Caller
from escrow.refusals import Refusal
from escrow.requests import (
    Advance,
    ClaimSearch,
    InstructionSearch,
    Nothing,
    NoticeSearch,
    OrderSearch,
    Quote,
    Result,
    ToldVerdict,
    WhatIf,
    malformed,
    plain,
)
from escrow.store.work import Work

MESSENGER = frozenset({"messenger"})
EXECUTOR = frozenset({"executor"})
BUYERS = frozenset({"buyer"})
VISITOR = Caller("-", "-", "visitor", "-", "-")


@dataclass(frozen=True)
class Call:
    """One request, read and checked. `now` is the desk's clock in the request's own transaction."""

    caller: Caller
    path: dict[str, str]
    query: Any
    body: Any
    now: datetime

    @property
    def id(self) -> str:
        return self.path["id"]


@dataclass(frozen=True)
class Route:
    """`roles` None: visitors too. `key`: a write that happens once for its Idempotency-Key.

    `waits`: an empty answer may be held back for the query's `wait` seconds. `advances`: moves the desk's
    clock, in many transactions, and exists in a demo world alone.
    """

    method: str
    path: str
    about: str
    roles: frozenset[str] | None
    does: Callable[[Work, Call], dict[str, Any]]
    query: type = Nothing
    body: Any = None
    waits: bool = False
    advances: bool = False

    @property
    def key(self) -> bool:
        return self.method != "GET" and self.path != "/v1/verdicts/check"


def _orders(work: Work, call: Call) -> dict[str, Any]:
    given: OrderSearch = call.query
    filters = {name: getattr(given, name) for name in given.__struct_fields__ if name != "since"}
    amount = Decimal(given.amount) if given.amount is not None else None
    found = filters | {"from": given.since, "amount": amount}
    return service.list_orders(work, call.caller, found, call.now)


def _check(_work: Work, call: Call) -> dict[str, Any]:
    try:
        return service.check_verdict(call.body)
    except msgspec.ValidationError as wrong:
        raise malformed(wrong) from None


def _programme(work: Work, call: Call) -> dict[str, Any]:
    return service.programme(work, call.now)


def _order(work: Work, call: Call) -> dict[str, Any]:
    return service.order(work, call.caller, call.id)


def _verdict(work: Work, call: Call) -> dict[str, Any]:
    return service.verdict(work, call.caller, call.id, _given(call.query), call.now)


def _journal(work: Work, call: Call) -> dict[str, Any]:
    return service.journal(work, call.caller, call.id)


def _quote(work: Work, call: Call) -> dict[str, Any]:
    return quotes.open_quote(work, call.caller, _kind(call.body), plain(call.body), call.now)


def _confirm(work: Work, call: Call) -> dict[str, Any]:
    return quotes.confirm(work, call.caller, call.id, call.now)


def _claims(work: Work, call: Call) -> dict[str, Any]:
    return service.list_claims(work, call.caller, call.query.order)


def _claim(work: Work, call: Call) -> dict[str, Any]:
    return service.claim(work, call.caller, call.id)


def _money(work: Work, call: Call) -> dict[str, Any]:
    return service.my_money(work, call.caller)


def _revoke(work: Work, call: Call) -> dict[str, Any]:
    work.records.revoke(call.id, call.now)
    return {"turn": call.id, "revoked": True}


def _notices(work: Work, call: Call) -> dict[str, Any]:
    return outbox.notices_after(work, call.query.after)


def _accept(work: Work, call: Call) -> dict[str, Any]:
    if not call.id.isdecimal() or len(call.id) > 9:
        raise Refusal("not_found")
    outbox.accept(work, int(call.id), call.now)
    return {"notice": int(call.id), "accepted": True}


def _instructions(work: Work, call: Call) -> dict[str, Any]:
    return payouts.listed(work, call.query.state)


def _result(work: Work, call: Call) -> dict[str, Any]:
    return payouts.result(work, call.id, call.body.result, actor=call.caller.actor, at=call.now)


def _advanced(work: Work, call: Call) -> dict[str, Any]:
    return {"now": call.now}


def _given(query: WhatIf) -> dict[str, Any]:
    return {name: getattr(query, name) for name in ("reason", "at", "tier", "delivered_at")}


def _kind(body: Any) -> str:
    return str(type(body).__struct_config__.tag)


GET, POST, ORDER = "GET", "POST", "/v1/orders/{id}"
# fmt: off
ROUTES = (
    Route(GET, "/v1/programme", "The policy in force, as facts.", None, _programme),
    Route(GET, "/v1/orders", "The account's, newest first; agents: all.", PERSONS, _orders, OrderSearch),
    Route(GET, ORDER, "One order: state, money, next deadline and whose move it is.", PERSONS, _order),
    Route(GET, f"{ORDER}/verdict", "Is a refund possible, until when, why.", PERSONS, _verdict, WhatIf),
    Route(POST, "/v1/verdicts/check", "Judged again from its own facts.", None, _check, body=ToldVerdict),
    Route(GET, f"{ORDER}/journal", "All postings of an order.", AGENTS, _journal),
    Route(POST, "/v1/quotes", "What would happen; nothing does yet.", BUYERS, _quote, body=Quote),
    Route(POST, "/v1/quotes/{id}/confirm", "Do what the quote says, once.", BUYERS, _confirm, body=Nothing),
    Route(GET, "/v1/claims", "The account's claims; agents: all.", PERSONS, _claims, ClaimSearch),
    Route(GET, "/v1/claims/{id}", "One claim, with its row of the silence table.", PERSONS, _claim),
    Route(GET, "/v1/accounts/me/money", "Held, released, refunded, what comes.", PARTIES, _money),
    Route(POST, "/v1/turns/{id}/revoke", "This turn writes no more.", MESSENGER, _revoke, body=Nothing),
    Route(GET, "/v1/notices", "The outbox, in order.", MESSENGER, _notices, NoticeSearch, waits=True),
    Route(POST, "/v1/notices/{id}/accepted", "Stored: its timers begin.", MESSENGER, _accept, body=Nothing),
    Route(GET, "/v1/instructions", "Money to be moved.", EXECUTOR, _instructions, InstructionSearch),
    Route(POST, "/v1/instructions/{id}/result", "What became of it.", EXECUTOR, _result, body=Result),
    Route(POST, "/v1/demo/advance", "Demo: move the clock.", AGENTS, _advanced, body=Advance, advances=True),
)
# fmt: on
