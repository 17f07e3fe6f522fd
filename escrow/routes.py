"""The interface as a table: what can be asked, by whom, in which shape, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from contract import answers, asked, kept, programs, told
from contract.codes import Role
from escrow import accounts, agreements, desk, executor, hearing, outbox, quotes, service
from escrow.callers import AGENTS, PARTIES, PERSONS, Caller
from escrow.deeds import DEEDS
from escrow.policy import Policy
from escrow.refusals import not_found
from escrow.requests import (
    Advance,
    ClaimSearch,
    InstructionSearch,
    MoneySearch,
    NoticeSearch,
    OrderSearch,
    QuoteSearch,
    Result,
    TaskSearch,
    ToldVerdict,
    WhatIf,
    malformed,
)
from escrow.store.work import Work
from escrow.verdicts import Verdict
from escrow.views.common import instant
from escrow.views.orders import order_views

MESSENGER = frozenset({Role.MESSENGER})
MARKETPLACE = frozenset({Role.MARKETPLACE})
EXECUTOR = frozenset({Role.EXECUTOR})
# Whoever has a deed; each deed names its own roles.
ACTORS = frozenset(role for deed in DEEDS.values() for role in deed.roles)
# Who confirms: the desk also signs what others have asked for.
SIGNERS = ACTORS | AGENTS
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
    roles: frozenset[Role] | None
    does: Callable[[Work, Call], Any]
    gives: Any
    query: type = asked.Nothing
    body: Any = None
    waits: bool = False
    advances: bool = False

    @property
    def key(self) -> bool:
        return self.method != "GET" and self.path != "/v1/verdicts/check"


def _orders(work: Work, call: Call) -> Any:
    return service.list_orders(work, call.caller, call.query, call.now)


def _check(_work: Work, call: Call) -> Any:
    try:
        return service.check_verdict(call.body)
    except msgspec.ValidationError as wrong:
        raise malformed(wrong) from None


def _programme(work: Work, call: Call) -> Any:
    return service.programme(work, call.now)


def _order(work: Work, call: Call) -> Any:
    return service.order(work, call.caller, call.id, call.now)


def _verdict(work: Work, call: Call) -> Any:
    return service.verdict(work, call.caller, call.id, call.query, call.now)


def _journal(work: Work, call: Call) -> Any:
    return service.journal(work, call.id)


def _quote(work: Work, call: Call) -> Any:
    return quotes.open_quote(work, call.caller, call.body, call.now)


def _confirm(work: Work, call: Call) -> Any:
    return quotes.confirm(work, call.caller, call.id, call.now)


def _became(work: Work, call: Call) -> Any:
    return quotes.became(work, call.caller, call.id, call.now)


def _waiting(work: Work, call: Call) -> Any:
    call.caller.must_be(call.query.waits_for or call.caller.role)
    return quotes.waiting(work, call.caller, call.query.after, call.now)


def _claims(work: Work, call: Call) -> Any:
    return service.list_claims(work, call.caller, call.query, call.now)


def _claim(work: Work, call: Call) -> Any:
    return service.claim(work, call.caller, call.id, call.now)


def _money(work: Work, call: Call) -> Any:
    return service.my_money(work, call.caller, call.query.after)


def _revoke(work: Work, call: Call) -> Any:
    work.keys.revoke(call.id, call.now)
    return programs.Revoked(call.id, True)


def _notices(work: Work, call: Call) -> Any:
    return outbox.notices_after(work, call.query.after)


def _accept(work: Work, call: Call) -> Any:
    if len(call.id) > 9 or not call.id.isdecimal() or str(int(call.id)) != call.id:
        raise not_found()
    outbox.accept(work, int(call.id), call.now)
    return programs.Accepted(int(call.id), True)


def _instructions(work: Work, call: Call) -> Any:
    return executor.listed(work, call.query.state, call.query.after)


def _result(work: Work, call: Call) -> Any:
    told: Result = call.body
    return executor.result(
        work, call.id, told.result, actor=call.caller.actor, at=call.now, because=told.because
    )


def _event(work: Work, call: Call) -> Any:
    return hearing.hear(work, call.id, call.body, call.now)


def _agreed(work: Work, call: Call) -> Any:
    (view,) = order_views(work, [agreements.put(work, call.id, call.body, call.now)], call.now)
    return view


def _account(work: Work, call: Call) -> Any:
    return accounts.put(work, call.id, call.body)


def _supplier(work: Work, call: Call) -> Any:
    return accounts.put_supplier(work, call.id, call.body)


def _product(work: Work, call: Call) -> Any:
    return accounts.put_product(work, call.id, call.body)


def _tasks(work: Work, call: Call) -> Any:
    return desk.listed(work, call.caller, call.query.role, call.query.after)


def _take(work: Work, call: Call) -> Any:
    return desk.take(work, call.caller, call.id, call.now)


def _done(work: Work, call: Call) -> Any:
    return desk.done(work, call.caller, call.id, call.body.because, call.now)


def _advanced(work: Work, call: Call) -> Any:
    return programs.Advanced(instant(call.now))


GET, POST, PUT, ORDER = "GET", "POST", "PUT", "/v1/orders/{id}"
# fmt: off
ROUTES = (
    Route(GET, "/v1/programme", "The policy in force, as facts.", None, _programme, Policy),
    Route(GET, "/v1/orders", "The account's, newest first; agents: all.", PERSONS, _orders,
          answers.Page[answers.Order], OrderSearch),
    Route(GET, ORDER, "One order: state, money, next deadline and whose move it is.", PERSONS, _order,
          answers.Order),
    Route(GET, f"{ORDER}/verdict", "Is a refund possible, until when, why.", PERSONS, _verdict,
          Verdict, WhatIf),
    Route(POST, "/v1/verdicts/check", "Judged again from its own facts.", None, _check, answers.Checked,
          body=ToldVerdict),
    Route(GET, f"{ORDER}/journal", "All postings of an order.", AGENTS, _journal,
          answers.Page[answers.JournalEntry]),
    Route(POST, "/v1/quotes", "What would happen; nothing does yet.", ACTORS, _quote, answers.Quote,
          body=asked.Asked),
    Route(POST, "/v1/quotes/{id}/confirm", "Do what the quote says, once.", SIGNERS, _confirm, answers.Done,
          body=asked.Nothing),
    Route(GET, "/v1/quotes/{id}", "What became of it, for its own person.", SIGNERS, _became, answers.Done),
    Route(GET, "/v1/quotes", "Those that wait for the caller's signature.", AGENTS, _waiting,
          answers.Page[answers.Quote], QuoteSearch),
    Route(GET, "/v1/claims", "The account's claims; agents: all.", PERSONS, _claims,
          answers.Page[answers.Claim], ClaimSearch),
    Route(GET, "/v1/claims/{id}", "One claim, with its row of the silence table.", PERSONS, _claim,
          answers.Claim),
    Route(GET, "/v1/accounts/me/money", "Held, released, refunded, what comes.", PARTIES, _money,
          answers.MoneyOfAccount, MoneySearch),
    Route(POST, "/v1/turns/{id}/revoke", "This turn writes no more.", MESSENGER, _revoke, programs.Revoked,
          body=asked.Nothing),
    Route(GET, "/v1/notices", "The outbox, in order.", MESSENGER, _notices, programs.Notices, NoticeSearch,
          waits=True),
    Route(POST, "/v1/notices/{id}/accepted", "Stored: its clocks begin.", MESSENGER, _accept,
          programs.Accepted, body=asked.Nothing),
    Route(GET, "/v1/instructions", "Money to be moved.", EXECUTOR, _instructions,
          answers.Page[programs.Instruction], InstructionSearch),
    Route(POST, "/v1/instructions/{id}/result", "What became of it.", EXECUTOR, _result, programs.Instruction,
          body=Result),
    Route(PUT, "/v1/accounts/{id}", "An account with its persons and destinations.", MARKETPLACE, _account,
          kept.Account, body=told.AccountTold),
    Route(PUT, "/v1/suppliers/{id}", "Whether a supplier has the badge.", MARKETPLACE, _supplier,
          kept.Account, body=told.SupplierTold),
    Route(PUT, "/v1/products/{id}", "What a supplier sells.", MARKETPLACE, _product, kept.Product,
          body=told.ProductTold),
    Route(PUT, ORDER, "An order as agreed; anew until it is paid.", MARKETPLACE, _agreed, answers.Order,
          body=told.Agreement),
    Route(POST, f"{ORDER}/events", "What happened to an order, each thing once.", MARKETPLACE, _event,
          kept.Heard, body=told.Told),
    Route(GET, "/v1/desk/tasks", "What needs a person, oldest first.", AGENTS, _tasks,
          answers.Page[programs.DeskTask], TaskSearch),
    Route(POST, "/v1/desk/tasks/{id}/take", "Theirs from now on.", AGENTS, _take, programs.DeskTask,
          body=asked.Nothing),
    Route(POST, "/v1/desk/tasks/{id}/done", "Done, and why; it comes back while its cause lasts.", AGENTS,
          _done, programs.DeskTask, body=asked.Because),
    Route(POST, "/v1/demo/advance", "Demo: move the clock.", AGENTS, _advanced, programs.Advanced,
          body=Advance, advances=True),
)
# fmt: on
