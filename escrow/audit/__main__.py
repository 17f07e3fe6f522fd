"""`python -m escrow.audit`: counts, a line for each breach, and whether the books are right."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from escrow import anchors, settings
from escrow.audit import Report, audit
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.faults import Unavailable


def main(arguments: list[str]) -> int:
    about = "Reads the books from their first line and changes nothing; exits 1 and says what is wrong."
    argparse.ArgumentParser(prog="./assure verify", description=about).parse_args(arguments)
    try:
        return _verify(settings.database_url())
    except schema.OtherVersion as other:
        print(f"assure: {other}.", file=sys.stderr)
    except Unavailable:
        print("assure: the books are away: ./assure up brings them up.", file=sys.stderr)
    return 2


def _verify(url: str) -> int:
    if not schema.exists(url):
        print("assure: there are no books yet; ./assure up makes them.", file=sys.stderr)
        return 2
    signed, wrong = anchors.kept(settings.home())
    database = Database(url)
    try:
        schema.must_be_ours(database)
        report = database.read(partial(audit, signed=signed))
    finally:
        database.close()
    report.breaches += wrong
    return say(report)


def say(report: Report, *, right: str = "the books are right") -> int:
    print("  ".join(f"{name} {count:,}" for name, count in report.counts.items()))
    for breach in report.breaches:
        print(f"BREACH: {breach}")
    print(right if not report.breaches else f"{len(report.breaches)} breaches")
    return 1 if report.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
