"""The whole ledger as text that others can check: a line of JSON for each journal, or plain-text accounting.

The second is the form of beancount, with an assertion for each of our cached balances at its end. Account
names are the chart's; what beancount would not take in an id is written so that it can be read back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from escrow import chart
from escrow.money import exponent
from escrow.store.books import Books

PLAIN = re.compile(r"(?!X-)[A-Z0-9][A-Za-z0-9-]*")
PLAINLY_WRITTEN = re.compile(r"[A-Za-z0-9]")
ESCAPED = re.compile(r"--|-([0-9a-f]+)-|([A-Za-z0-9])")
NAMES = {account.number: "-".join(map(str.capitalize, account.name.split("_"))) for account in chart.CHART}
NUMBERS = {f"{account.kind}:{NAMES[account.number]}": account.number for account in chart.CHART}


def as_jsonl(books: Books) -> Iterator[str]:
    """The journals in their order, then the balances."""
    for first, legs in books.journals():
        told: dict[str, Any] = {"journal": first.id, "kind": first.kind, "source": first.source}
        told |= {"at": first.at, "actor": first.actor, "order": first.order_id, "claim": first.claim_id}
        told |= {"currency": first.currency, "postings": [[leg.account, leg.minor] for leg in legs]}
        yield json.dumps(told, separators=(",", ":"))
    for account, currency, cached, _ in books.balances():
        told = {"balance": account, "currency": currency, "minor": cached}
        yield json.dumps(told, separators=(",", ":"))


def as_beancount(books: Books) -> Iterator[str]:
    """Raises ValueError for what is in no chart or currency: `./assure verify` says more."""
    first, last = books.between()
    yield 'option "title" "Assure escrow"'
    if first is None or last is None:
        return
    before = None
    for account, _currency, _cached, _posted in books.balances():
        if account != before:
            yield f"{first[:10]} open {name_of(account)}"
        before = account
    for journal, legs in books.journals():
        yield from _transaction(journal, legs)
    after = date.fromisoformat(last[:10]) + timedelta(days=1)
    for account, currency, cached, _posted in books.balances():
        yield f"{after} balance {name_of(account)}  {_amount(cached, currency)} ~ 0 {currency}"


def _transaction(journal: Any, legs: Iterable[Any]) -> Iterator[str]:
    yield f"{journal.at[:10]} * {_text(journal.kind)} {_text(journal.source)}"
    yield f"  id: {journal.id}"
    named = {"kind": journal.kind, "source": journal.source, "at": journal.at, "actor": journal.actor}
    for name, value in (named | {"order": journal.order_id, "claim": journal.claim_id}).items():
        if value is not None:
            yield f"  {name}: {_text(value)}"
    for leg in legs:
        yield f"  {name_of(leg.account)}  {_amount(leg.minor, journal.currency)} {journal.currency}"


def name_of(account: str) -> str:
    """`2000:TA-1` as `Liabilities:Escrow:TA-1`; raises ValueError for a number that is in no chart."""
    number, *parts = account.split(":", 1)
    if number not in chart.BY_NUMBER:
        raise ValueError(f"there is no account {account} in the chart")
    known = chart.BY_NUMBER[number]
    rest = parts[0].split(":", max(0, len(known.of) - 1)) if parts else []
    return ":".join((known.kind, NAMES[number], *map(component, rest)))


def account_of(name: str) -> str:
    """The account that `name_of` gave that name; raises LookupError for a name that is in no chart."""
    kind, own, *rest = name.split(":")
    return ":".join((NUMBERS[f"{kind}:{own}"], *map(read_component, rest)))


def component(text: str) -> str:
    """As it stands if beancount takes it; else after `X-`, a dash as `--`, other signs by code: `-2e-`."""
    if PLAIN.fullmatch(text):
        return text
    return "X-" + "".join(
        sign if PLAINLY_WRITTEN.fullmatch(sign) else "--" if sign == "-" else f"-{ord(sign):x}-"
        for sign in text
    )


def read_component(written: str) -> str:
    if not written.startswith("X-"):
        return written
    return "".join(
        plain or (chr(int(code, 16)) if code else "-") for code, plain in ESCAPED.findall(written[2:])
    )


def _amount(minor: int, currency: str) -> str:
    """With all decimals of the currency, and no others."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
