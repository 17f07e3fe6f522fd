"""`./assure escrow …`: the ledger for others to check, the platform's own money, an anchor now."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from escrow import anchors, export, funds, reading, settings
from escrow.audit import __main__ as verify
from escrow.money import BadMoney, Money, decimal, exponent
from escrow.store import schema
from escrow.store.books import Books
from escrow.store.database import Database
from escrow.store.faults import Unavailable
from escrow.store.work import Work

FORMATS: dict[str, Callable[[Books], Iterable[str]]] = {
    "beancount": export.as_beancount,
    "jsonl": export.as_jsonl,
}
ACTOR = "operator:console"
AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,4})?")


class Refused(Exception):
    """A sentence for whoever asked."""


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        told = asked.do(asked)
    except (Refused, anchors.Behind) as refused:
        print(f"assure: {refused}.", file=sys.stderr)
        return 1
    except schema.OtherVersion as other:
        print(f"assure: {other}.", file=sys.stderr)
        return 2
    except Unavailable:
        print("assure: the books are away: ./assure up brings them up.", file=sys.stderr)
        return 2
    if isinstance(told, int):
        return told
    print(told)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./assure escrow", description=__doc__)
    of = parser.add_subparsers(required=True, metavar="journal | own-funds | anchor | verify")
    journal = of.add_parser("journal", help="write the whole ledger into a file, as plain-text accounting")
    journal.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="`-` for the standard output"
    )
    journal.add_argument("--format", choices=sorted(FORMATS), default="beancount")
    journal.set_defaults(do=_journal)
    own = of.add_parser("own-funds", help="book what the platform puts in or takes out of its own money")
    own.add_argument("way", choices=["in", "out"])
    own.add_argument("amount", help="in units of the currency: 1200.50")
    own.add_argument("currency", help="USD, JPY, KWD …")
    own.set_defaults(do=_own_funds)
    anchor = of.add_parser("anchor", help="sign how the history stands now")
    about = "these are other books than those of the last anchor: put the old anchors aside"
    anchor.add_argument("--anew", action="store_true", help=about)
    anchor.set_defaults(do=_anchor)
    audit = of.add_parser("verify", help="audit the books, or a file of journals by itself")
    audit.add_argument("--file", type=Path, help="as `journal --format jsonl` writes it")
    audit.set_defaults(do=_verify)
    return parser


def _journal(asked: Any) -> str | int:
    with _open() as database, _written(asked.out) as file:
        count = database.read(lambda work: _write(Books(work.connection), FORMATS[asked.format], file))
    return 0 if str(asked.out) == "-" else f"{count:,} lines in {asked.out}"


def _write(books: Books, as_lines: Callable[[Books], Iterable[str]], file: Any) -> int:
    count = 0
    try:
        for line in as_lines(books):
            file.write(line + "\n")
            count += 1
    except ValueError as wrong:
        raise Refused(f"the ledger cannot be written: {wrong}; ./assure verify says more") from wrong
    return count


def _own_funds(asked: Any) -> str:
    amount = _money(asked.amount, asked.currency)
    with _open() as database:
        try:
            left = database.write(lambda work: _moved(work, amount, asked.way))
        except funds.Short as short:
            (free,) = short.args
            raise Refused(f"only {_said(free)} are there beyond what credits may ask for") from short
    return f"{_said(amount)} {asked.way}; {_said(left)} of the platform's own are not bound by credits"


def _moved(work: Work, amount: Money, way: str) -> Money:
    move = funds.put_in if way == "in" else funds.take_out
    move(work, amount, actor=ACTOR, at=work.records.now())
    work.flush()
    return funds.available(work, amount.currency)


def _money(amount: str, currency: str) -> Money:
    if not AMOUNT.fullmatch(amount):
        raise Refused(f"{amount} is no amount")
    try:
        found = decimal(Decimal(amount), currency.upper())
    except BadMoney as wrong:
        raise Refused(str(wrong)) from wrong
    if found.minor <= 0:
        raise Refused("an amount is more than nothing")
    return found


def _said(amount: Money) -> str:
    return f"{Decimal(amount.minor).scaleb(-exponent(amount.currency)):,f} {amount.currency}"


def _anchor(asked: Any) -> str:
    home = settings.home()
    with _open() as database:
        if asked.anew:
            anchors.begin(home)
        anchor = anchors.keep(database, home, datetime.now(UTC), daily=False)
    if anchor is None:
        return "nothing has happened since the last anchor"
    return f"anchored {anchor.orders:,} orders up to row {anchor.seq:,} of the history"


def _verify(asked: Any) -> int:
    if asked.file is None:
        return verify.main([])
    try:
        with asked.file.open(encoding="utf-8") as file:
            return verify.say(reading.check(file), right="the journals are right")
    except OSError as wrong:
        raise Refused(f"{asked.file} cannot be read: {wrong.strerror}") from wrong


@contextmanager
def _open() -> Iterator[Database]:
    """The books, which must be there and of this version."""
    url = settings.database_url()
    if not schema.exists(url):
        raise Refused("there are no books yet; ./assure up makes them")
    database = Database(url)
    try:
        schema.must_be_ours(database)
        yield database
    finally:
        database.close()


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A file that is there once it is whole; `-` is the standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    except OSError as wrong:
        raise Refused(f"{path} cannot be written: {wrong.strerror}") from wrong
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
