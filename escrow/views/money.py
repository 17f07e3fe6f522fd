"""All of an account's money in one answer, however many orders it has."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from contract import answers
from contract.codes import CreditState
from escrow.callers import Caller
from escrow.store.instants import read
from escrow.store.timers import PAGE
from escrow.store.work import Work
from escrow.views.common import instant, money

# Owed, or promised to whoever asked, and not to be spent yet.
WAITING = (CreditState.GRANTED, CreditState.WAITING)
FIRST = ("", "")


def my_money(work: Work, caller: Caller, after: str | None) -> answers.MoneyOfAccount:
    """Held, released and refunded of all orders, by currency, with a page of the releases to come."""
    items = [
        answers.Sums(
            row["currency"],
            *(answers.Money(row[name], row["currency"]) for name in ("held", "released", "refunded")),
        )
        for row in work.ledger.sums_of(caller.account)
    ]
    found = work.timers.releases(caller.side, caller.account, after=_seen(after))
    page = found[:PAGE]
    orders = {order.id: order for order in work.orders.many(timer.order for timer in page)}
    work.ledger.load(orders.values())
    work.instructions.load(orders)
    releases = []
    for timer in page:
        rest = work.ledger.position(orders[timer.order]).in_escrow
        if rest and timer.due:
            releases.append(answers.Release(timer.order, instant(timer.due), money(rest)))
    credits = my_credits(work, caller.account)
    return answers.MoneyOfAccount(
        items, credits, releases, _mark(page[-1].due, page[-1].entity) if len(found) > PAGE else None
    )


def my_credits(work: Work, account: str) -> list[answers.CreditSums]:
    """By currency; where there is nothing to spend and nothing to wait for, nothing is said."""
    sums: dict[str, answers.CreditSums] = {}
    for row in work.credits.sums_of(account):
        nothing = answers.Money(0, row.currency)
        known = sums.get(row.currency, answers.CreditSums(row.currency, nothing, None, nothing))
        if row.state == CreditState.SPENDABLE:
            until = instant(read(row.first_ends))
            known = replace(known, usable=answers.Money(int(row.unspent), row.currency), usable_until=until)
        elif row.state in WAITING:
            waits = int(row.unspent if row.state == CreditState.GRANTED else row.amount)
            known = replace(known, waiting=answers.Money(known.waiting.minor + waits, row.currency))
        sums[row.currency] = known
    return [each for each in sums.values() if each.usable.minor or each.waiting.minor]


def _mark(due: datetime | None, entity: str) -> str:
    return f"{instant(due)}_{entity}"


def _seen(after: str | None) -> tuple[str, str]:
    """What was seen last, as the page before gave it; anything else begins at the beginning."""
    if after is None:
        return FIRST
    at, _, entity = after.partition("_")
    return at.replace("Z", ".000000Z"), entity
