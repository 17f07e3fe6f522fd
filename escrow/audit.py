"""`./assure verify`: the books read again from their first line, against all that was concluded from them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from escrow import settings
from escrow.history import START, row_hash, text_hash
from escrow.ledger import LIABILITIES, Chart
from escrow.store import schema
from escrow.store.books import Books
from escrow.store.database import Database
from escrow.store.work import Work

OWED = tuple(f"{account}:" for account in LIABILITIES)
CASH = (str(Chart.PSP_CLEARING), str(Chart.BANK_CLIENT_FUNDS))


@dataclass
class Report:
    """`counts` of what was looked at; `breaches` say what is wrong, each with the ids to look for."""

    counts: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)


def audit(work: Work) -> Report:
    """In one consistent view of the database."""
    books, report = Books(work.connection), Report()
    for check in (_journals, _balances, _solvency, _chains, _things, _moved, _policies, _texts):
        report.breaches += check(books, report.counts)
    return report


def _journals(books: Books, counts: Counter[str]) -> Iterator[str]:
    """Conservation: each journal sums to zero, and was sealed when it did."""
    for journal in books.journals():
        counts["journals"] += 1
        counts["postings"] += journal.lines
        if journal.sum != 0 or journal.lines < 2:
            yield f"journal {journal.id} ({journal.kind}) sums to {journal.sum} in {journal.lines} postings"
        if not journal.sealed:
            yield f"journal {journal.id} ({journal.kind}) was never sealed"


def _balances(books: Books, counts: Counter[str]) -> Iterator[str]:
    told, cached = books.sums(), books.balances()
    counts["accounts"] += len(cached)
    for account in sorted(told.keys() | cached.keys()):
        if told.get(account, 0) != cached.get(account, 0):
            is_, should = cached.get(account, 0), told.get(account, 0)
            yield f"balance of {account[0]} in {account[1]} is {is_}, its postings say {should}"


def _solvency(books: Books, counts: Counter[str]) -> Iterator[str]:
    """What is owed is never negative, nothing comes from nowhere, and the cash covers what is owed."""
    owed: Counter[str] = Counter()
    cash: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for (account, currency), minor in books.sums().items():
        total[currency] += minor
        if account.startswith(OWED):
            owed[currency] -= minor
            if minor > 0:
                yield f"{account} is overdrawn by {minor} {currency}"
        elif account in CASH:
            cash[currency] += minor
    counts["currencies"] += len(total)
    for currency, sum_ in total.items():
        if sum_:
            yield f"all accounts in {currency} together are {sum_}, not zero"
        if cash[currency] < owed[currency]:
            yield f"cash in {currency} is {cash[currency]}, owed are {owed[currency]}"


def _chains(books: Books, counts: Counter[str]) -> Iterator[str]:
    """Each history hashes on from its own last row, without a gap."""
    last, order, n = START, None, 0
    for row in books.chains():
        counts["events"] += 1
        if row.order_id != order:
            order, last, n = row.order_id, START, 0
            counts["histories"] += 1
        hashed = row_hash(
            last, order=row.order_id, n=n, at=row.at, actor=row.actor, event=row.event, facts=row.facts
        )
        if (row.n, row.previous, row.hash) != (n, last, hashed):
            yield f"history of {row.order_id}: row {row.n} does not follow from the one before"
        last, n = row.hash, n + 1


def _things(books: Books, _counts: Counter[str]) -> Iterator[str]:
    """What an order or a claim is, its dates, sums and parties among it, is what its history told last."""
    rows = (json.loads(row.facts).get("row") for row in books.chains())
    told, things = {row["id"]: row for row in rows if row}, books.things()
    for id in sorted(told.keys() | things.keys()):
        is_, should = things.get(id, {}), told.get(id, {"id": None})
        for name in (name for name in should if is_.get(name) != should[name]):
            yield f"{name} of {id} is {is_.get(name)}, its history says {should[name]}"


def _moved(books: Books, _counts: Counter[str]) -> Iterator[str]:
    """What the ledger moved is what the histories tell, journal by journal."""
    facts = [json.loads(row.facts) for row in books.chains() if row.event == "journal"]
    told = {(each["kind"], each["source"]): each["postings"] for each in facts}
    posted = books.postings()
    for journal in sorted(told.keys() | posted.keys()):
        if told.get(journal) != posted.get(journal):
            yield f"journal {' '.join(journal)} is not the one that its history tells"


def _policies(books: Books, counts: Counter[str]) -> Iterator[str]:
    for row in books.policies():
        counts["policies"] += 1
        if hashlib.sha256(row.text.encode()).hexdigest() != row.hash:
            yield f"policy {row.version} is not the text that was published"


def _texts(books: Books, counts: Counter[str]) -> Iterator[str]:
    for row in books.texts():
        counts["texts"] += 1
        if text_hash(row.salt, row.text) != row.id:
            yield f"a text of {row.order_id} is not the one that was said ({row.id[:12]})"


def main() -> int:
    url = settings.database_url()
    if not schema.exists(url):
        print("assure: there are no books yet; ./assure up makes them.", file=sys.stderr)
        return 2
    database = Database(url)
    report = database.read(audit)
    database.close()
    print("  ".join(f"{name} {count:,}" for name, count in report.counts.items()))
    for breach in report.breaches:
        print(f"BREACH: {breach}")
    print("the books are right" if not report.breaches else f"{len(report.breaches)} breaches")
    return 1 if report.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
