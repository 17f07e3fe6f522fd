"""`./assure verify`: the books read again from their first line, against all that was concluded from them.

Streamed chain by chain in one consistent view, so that it takes no more room for a hundred thousand orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import msgspec

from escrow import anchors
from escrow.anchors import Anchor
from escrow.audit import chain, guards, money, waits
from escrow.audit.chain import Chain, World
from escrow.audit.report import UNREADABLE, Report
from escrow.audit.told import Told
from escrow.policy import Policy
from escrow.store.books import Books
from escrow.store.work import Work

__all__ = ["Report", "audit"]
OF_A_CHAIN = (
    *(chain.belongs, chain.things, chain.journals, chain.notices, chain.quotes, chain.signatures),
    *(chain.terms, chain.texts),
    *(waits.clocks, waits.stays, money.position, money.claims, money.payments, money.instructions),
    money.credits,
)
COUNTED = {
    "history": "events",
    "clocks": "clocks",
    "notices": "notices",
    "quotes": "quotes",
    "tasks": "tasks",
    "texts": "texts",
}


def audit(work: Work, signed: Sequence[Anchor] = ()) -> Report:
    """In one consistent view of the database; with the anchors that are kept outside of it."""
    books, report = Books(work.connection), Report()
    report.take("a policy", partial(money.policies, books, report.counts))
    world = World(_policies(books, report), work.records.is_demo(), work.records.now())
    quotes, signatures = books.quotes_of_no_order()
    world.quotes, world.signed = chain.shown(quotes), chain.signed(signatures)
    for id, rows in books.chains():
        _audit_chain(Chain(id, rows, world, Told(id)), report)
    report.counts["quotes"] += len(quotes)
    report.take("quotes of no order", partial(chain.untold, world))
    for check in (money.references, money.balances, money.own_funds):
        report.take("the ledger", partial(check, books, report.counts))
    report.take("the sums of accounts", partial(money.account_sums, books, world))
    report.take("the credits", partial(money.owed_credits, books, world))
    report.take("the guards", partial(guards.missing, books, report.counts))
    report.take("the history", partial(_in_order, books, signed, report.counts))
    return report


def _policies(books: Books, report: Report) -> dict[int, Policy]:
    read = {}
    for row in books.policies():
        try:
            policy = read[row.version] = msgspec.json.decode(row.text, type=Policy)
        except UNREADABLE:
            report.breaches.append(f"policy {row.version} cannot be read")
            continue
        if (str(policy.in_force_from), policy.version) != (row.in_force_from, row.version):
            report.breaches.append(f"policy {row.version} is kept for another version or day than it says")
    return read


def _audit_chain(found: Chain, report: Report) -> None:
    rows, counts = found.rows, report.counts
    counts["histories"] += bool(rows["history"])
    for table, name in COUNTED.items():
        counts[name] += len(rows[table])
    counts["journals"] += sum(1 for _ in groupby(rows["journals"], key=lambda row: row.id))
    counts["postings"] += sum(row.account is not None for row in rows["journals"])
    report.take(f"the history of {found.id}", partial(found.told.replay, rows["history"]))
    for check in OF_A_CHAIN:
        report.take(f"{check.__name__} of {found.id}", partial(check, found))


def _in_order(books: Books, signed: Sequence[Anchor], counts: Counter[str]) -> Iterator[str]:
    """No row of the history is missing among all, nor among those that an anchor keeps."""
    counts["anchors"] += len(signed)
    last, watch = 0, anchors.Watch(signed)
    for row in books.in_order():
        if row.seq != last + 1:
            yield (
                f"row {last + 1} of the history is not there" if row.seq > last else f"row {row.seq} is twice"
            )
        last = row.seq
        watch.see(row)
    if last != books.last_number():
        yield f"the history ends at row {last}, {books.last_number()} were written"
    yield from watch.breaches()
