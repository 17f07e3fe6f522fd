"""A file of journals as `./assure escrow journal` writes it, checked by itself: no books are needed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from escrow import chart
from escrow.audit.report import Report


def check(lines: Iterable[str]) -> Report:
    """Each journal sums to zero, each balance is the sum of its postings, nothing owed is negative."""
    report, sums = Report(), Counter[tuple[str, str]]()
    for n, line in enumerate(lines, start=1):
        report.take(f"line {n}", partial(_line, line, sums, report.counts))
    for (account, currency), minor in sorted(sums.items()):
        if minor:
            report.breaches.append(f"{account} has {minor} {currency} that no balance tells of")
    if not report.counts["journals"]:
        report.breaches.append("there are no journals in it")
    return report


def _line(line: str, sums: Counter[tuple[str, str]], counts: Counter[str]) -> Iterator[str]:
    told = json.loads(line)
    if "balance" in told:
        counts["balances"] += 1
        account, currency, minor = told["balance"], told["currency"], told["minor"]
        posted = sums.pop((account, currency), 0)
        if posted != minor:
            yield f"balance of {account} in {currency} is {minor}, its postings say {posted}"
        if chart.account_of(account).is_owed and posted > 0:
            yield f"{account} is overdrawn by {posted} {currency}"
        return
    counts["journals"] += 1
    counts["postings"] += len(told["postings"])
    for account, minor in told["postings"]:
        sums[account, told["currency"]] += minor
    total = sum(minor for _, minor in told["postings"])
    if total or len(told["postings"]) < 2:
        name = f"journal {told['journal']} ({told['kind']})"
        yield f"{name} sums to {total} in {len(told['postings'])} postings"
