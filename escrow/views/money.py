"""All of an account's money in one answer, however many orders it has."""

from __future__ import annotations

from datetime import datetime

from contract import answers
from escrow.callers import Caller
from escrow.store.timers import PAGE
from escrow.store.work import Work
from escrow.views.common import instant, money

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
    return answers.MoneyOfAccount(
        items, releases, _mark(page[-1].due, page[-1].entity) if len(found) > PAGE else None
    )


def _mark(due: datetime | None, entity: str) -> str:
    return f"{instant(due)}_{entity}"


def _seen(after: str | None) -> tuple[str, str]:
    """What was seen last, as the page before gave it; anything else begins at the beginning."""
    if after is None:
        return FIRST
    at, _, entity = after.partition("_")
    return at.replace("Z", ".000000Z"), entity
