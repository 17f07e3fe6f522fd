"""The interface as a table: what can be asked, by whom, in which shape, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from escrow import outbox, payouts, quotes, service
from escrow.callers import AGENTS, Caller
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

PARTIES = frozenset({"buyer", "supplier"})
PERSONS = PARTIES | AGENTS
SERVICE = frozenset({"service"})
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


@dataclass(frozen=True, kw_only=True)
class Route:
    """`roles` None: visitors too. `key`: a write that happens once for its Idempotency-Key.

    `waits`: an empty answer may be held back for the query's `wait` seconds. `advances`: moves the desk's
    clock, in many transactions, and exists in a demo world alone.
    """

    method: str
    path: str
    about: str
    does: Callable[[Work, Call], dict[str, Any]]
    roles: frozenset[str] | None
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


def _result(work: Work, call: Call) -> dict[str, Any]:
    return payouts.result(work, call.id, call.body.result, actor=call.caller.actor, at=call.now)


def _revoke(work: Work, call: Call) -> dict[str, Any]:
    work.records.revoke(call.id, call.now)
    return {"turn": call.id, "revoked": True}


def _accept(work: Work, call: Call) -> dict[str, Any]:
    if not call.id.isdecimal() or len(call.id) > 9:
        raise Refusal("not_found")
    outbox.accept(work, int(call.id), call.now)
    return {"notice": int(call.id), "accepted": True}


def _advanced(work: Work, call: Call) -> dict[str, Any]:
    return {"now": call.now}


ROUTES = (
    Route(
        method="GET",
        path="/v1/programme",
        about="The policy in force, as facts.",
        does=lambda work, call: service.programme(work, call.now),
        roles=None,
    ),
    Route(
        method="GET",
        path="/v1/orders",
        about="The account's orders, newest first; any account's for agents.",
        does=_orders,
        roles=PERSONS,
        query=OrderSearch,
    ),
    Route(
        method="GET",
        path="/v1/orders/{id}",
        about="One order: state, money, next deadline and whose move it is.",
        does=lambda work, call: service.order(work, call.caller, call.id),
        roles=PERSONS,
    ),
    Route(
        method="GET",
        path="/v1/orders/{id}/verdict",
        about="Whether a refund is still possible, until when, and why; hypothetical under a condition.",
        does=lambda work, call: service.verdict(work, call.caller, call.id, _given(call.query), call.now),
        roles=PERSONS,
        query=WhatIf,
    ),
    Route(
        method="POST",
        path="/v1/verdicts/check",
        about="The verdict judged again from its own facts alone.",
        does=_check,
        roles=None,
        body=ToldVerdict,
    ),
    Route(
        method="GET",
        path="/v1/orders/{id}/journal",
        about="All postings of an order.",
        does=lambda work, call: service.journal(work, call.caller, call.id),
        roles=AGENTS,
    ),
    Route(
        method="POST",
        path="/v1/quotes",
        about="What would happen, as facts and postings; nothing happens yet.",
        does=lambda work, call: quotes.open_quote(
            work, call.caller, _kind(call.body), plain(call.body), call.now
        ),
        roles=frozenset({"buyer"}),
        body=Quote,
    ),
    Route(
        method="POST",
        path="/v1/quotes/{id}/confirm",
        about="Do what the quote says, once.",
        does=lambda work, call: quotes.confirm(work, call.caller, call.id, call.now),
        roles=frozenset({"buyer"}),
        body=Nothing,
    ),
    Route(
        method="GET",
        path="/v1/claims",
        about="The account's claims; any account's for agents.",
        does=lambda work, call: service.list_claims(work, call.caller, call.query.order),
        roles=PERSONS,
        query=ClaimSearch,
    ),
    Route(
        method="GET",
        path="/v1/claims/{id}",
        about="One claim, with its row of the silence table.",
        does=lambda work, call: service.claim(work, call.caller, call.id),
        roles=PERSONS,
    ),
    Route(
        method="GET",
        path="/v1/accounts/me/money",
        about="Held, released and refunded of the account, with the next releases.",
        does=lambda work, call: service.my_money(work, call.caller),
        roles=PARTIES,
    ),
    Route(
        method="POST",
        path="/v1/turns/{id}/revoke",
        about="From now on no write of this turn is accepted.",
        does=_revoke,
        roles=SERVICE,
        body=Nothing,
    ),
    Route(
        method="GET",
        path="/v1/notices",
        about="The outbox to messenger, in order.",
        does=lambda work, call: outbox.notices_after(work, call.query.after),
        roles=SERVICE,
        query=NoticeSearch,
        waits=True,
    ),
    Route(
        method="POST",
        path="/v1/notices/{id}/accepted",
        about="Messenger has stored the notice: timers that it starts begin to run.",
        does=_accept,
        roles=SERVICE,
        body=Nothing,
    ),
    Route(
        method="GET",
        path="/v1/instructions",
        about="Money to be moved by whoever moves it.",
        does=lambda work, call: payouts.listed(work, call.query.state),
        roles=SERVICE,
        query=InstructionSearch,
    ),
    Route(
        method="POST",
        path="/v1/instructions/{id}/result",
        about="What became of an instruction.",
        does=_result,
        roles=SERVICE,
        body=Result,
    ),
    Route(
        method="POST",
        path="/v1/demo/advance",
        about="Demo world alone: move the desk's clock on, deadline by deadline.",
        does=_advanced,
        roles=AGENTS,
        body=Advance,
        advances=True,
    ),
)


def _given(query: WhatIf) -> dict[str, Any]:
    return {name: getattr(query, name) for name in ("reason", "at", "tier", "delivered_at")}


def _kind(body: Any) -> str:
    return str(type(body).__struct_config__.tag)
