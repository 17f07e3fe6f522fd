"""Journals, postings and what is cached of their sums, in one place so that they cannot part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from contract.codes import InstructionKind
from escrow.chart import Account
from escrow.ledger import Journal
from escrow.orders import Order
from escrow.position import Position
from escrow.store.instants import sure
from escrow.store.instructions import Instructions
from escrow.tables import SUMS, account_sums, balances, journals, postings

ADD = (
    update(balances)
    .where(balances.c.account == bindparam("of"), balances.c.currency == bindparam("in_currency"))
    .values(minor=balances.c.minor + bindparam("by"))
)
ADD_SUMS = (
    update(account_sums)
    .where(account_sums.c.account == bindparam("of"), account_sums.c.currency == bindparam("in_currency"))
    .values({name: account_sums.c[name] + bindparam(f"by_{name}") for name in SUMS})
)
SUMS_OF = (
    select(account_sums)
    .where(account_sums.c.account == bindparam("account"))
    .order_by(account_sums.c.currency)
)
BALANCE = select(balances.c.minor).where(
    balances.c.account == bindparam("account"), balances.c.currency == bindparam("currency")
)
OWN_FUNDS_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('escrow.own_funds'))")
TOTAL = select(func.coalesce(func.sum(balances.c.minor), 0)).where(
    balances.c.account.like(bindparam("like")), balances.c.currency == bindparam("currency")
)
INSERT = insert(journals).returning(journals.c.id)
POST = insert(postings)
SEAL = update(journals).where(journals.c.id == bindparam("journal")).values(sealed=1)
OF_ORDER = (
    select(journals, postings.c.n, postings.c.account, postings.c.minor)
    .join(postings, postings.c.journal == journals.c.id)
    .where(journals.c.order_id == bindparam("order"))
    .order_by(journals.c.id, postings.c.n)
)
BY_KIND = (
    select(
        journals.c.order_id, journals.c.kind, postings.c.account, func.sum(postings.c.minor).label("minor")
    )
    .join(postings, postings.c.journal == journals.c.id)
    .group_by(journals.c.order_id, journals.c.kind, postings.c.account)
)
KINDS_OF_ONE = BY_KIND.where(journals.c.order_id == bindparam("order"))
KINDS_OF_MANY = BY_KIND.where(journals.c.order_id.in_(bindparam("orders", expanding=True)))


@dataclass(frozen=True)
class Entry:
    """A journal on its way into the books, with the event that it comes from."""

    journal: Journal
    source: str
    order: Order | None
    actor: str
    at: datetime

    @property
    def row(self) -> dict[str, Any]:
        order = self.order
        row: dict[str, Any] = {"kind": self.journal.kind, "source": self.source, "sealed": 0}
        row |= {"order_id": order.id if order else None, "claim_id": self.journal.claim}
        row |= {"currency": self.journal.currency, "actor": self.actor, "at": sure(self.at)}
        return row | {"policy_version": order.policy_version if order else None}


class Ledger:
    def __init__(self, connection: Connection, instructions: Instructions) -> None:
        self._run = connection.execute
        self._postgres = connection.dialect.name == "postgresql"
        self._instructions = instructions
        self._known: dict[str, Position] = {}
        self._before: dict[str, Position] = {}
        self._entries: list[Entry] = []

    def position(self, order: Order) -> Position:
        """Where its money is, read once in a unit of work, then reckoned on."""
        if order.id not in self._known:
            rows = self._run(KINDS_OF_ONE, {"order": order.id})
            sums = {(row.kind, row.account): int(row.minor) for row in rows}
            self._known[order.id] = Position(order.id, order.supplier, order.currency, sums)
        return self._with_payouts(order.id)

    def load(self, orders: Iterable[Order]) -> None:
        """Read those of many orders at once, for `position` to find."""
        missing = {order.id: order for order in orders if order.id not in self._known}
        sums: dict[str, dict[tuple[str, str], int]] = {id: {} for id in missing}
        if missing:
            for row in self._run(KINDS_OF_MANY, {"orders": list(missing)}):
                sums[row.order_id][row.kind, row.account] = int(row.minor)
        for id, order in missing.items():
            self._known[id] = Position(id, order.supplier, order.currency, sums[id])

    def _with_payouts(self, order: str) -> Position:
        known = self._known[order]
        return known.carrying(self._instructions.in_flight(order, InstructionKind.PAYOUT) - known.in_flight)

    def post(self, journal: Journal, *, source: str, order: Order | None, actor: str, at: datetime) -> None:
        """Written at the end of the unit of work; a second of the same kind and source is refused there."""
        self._entries.append(Entry(journal, source, order, actor, at))
        if order is not None:
            before = self.position(order)
            self._before.setdefault(order.id, before)
            self._known[order.id] = before.moved(journal)

    def flush(self) -> None:
        if not self._entries:
            return
        ids = [self._run(INSERT, entry.row).scalar_one() for entry in self._entries]
        rows = [
            {"journal": id, "n": n, "account": posting.account, "minor": posting.amount.minor}
            for id, entry in zip(ids, self._entries, strict=True)
            for n, posting in enumerate(sorted(entry.journal.postings, key=lambda each: each.account))
        ]
        self._run(POST, rows)
        self._add_balances()
        self._add_sums()
        self._run(SEAL, [{"journal": id} for id in ids])
        self._entries.clear()
        self._before.clear()

    def _add_balances(self) -> None:
        """In the order of their names, so that two units of work never wait for each other."""
        moved: Counter[tuple[str, str]] = Counter()
        for entry in self._entries:
            for posting in entry.journal.postings:
                moved[posting.account, posting.amount.currency] += posting.amount.minor
        for (account, currency), by in sorted(moved.items()):
            if self._run(ADD, {"of": account, "in_currency": currency, "by": by}).rowcount == 0:
                self._run(insert(balances), {"account": account, "currency": currency, "minor": by})

    def _add_sums(self) -> None:
        orders = {entry.order.id: entry.order for entry in self._entries if entry.order}
        moved: dict[tuple[str, str], Counter[str]] = {}
        for id, order in orders.items():
            before, after = self._before[id], self._known[id]
            for account in (order.buyer, order.supplier):
                by = moved.setdefault((account, order.currency), Counter())
                for name in SUMS:
                    by[name] += getattr(after, name).minor - getattr(before, name).minor
        for (account, currency), by in sorted(moved.items()):
            given = {"of": account, "in_currency": currency} | {f"by_{name}": by[name] for name in SUMS}
            if any(by.values()) and self._run(ADD_SUMS, given).rowcount == 0:
                row = {"account": account, "currency": currency} | {name: by[name] for name in SUMS}
                self._run(insert(account_sums), row)

    def sums_of(self, account: str) -> list[dict[str, Any]]:
        """Of all its orders, a row for each currency: minor units by name."""
        return [dict(row) for row in self._run(SUMS_OF, {"account": account}).mappings()]

    def balance(self, account: str, currency: str) -> int:
        """Debits less credits, in minor units; also what this unit of work has not written yet."""
        written = self._run(BALANCE, {"account": account, "currency": currency}).scalar() or 0
        return written + self._unwritten(currency, lambda on: on == account)

    def lock_own_funds(self) -> None:
        """Whoever decides by what is there decides alone, until the end."""
        if self._postgres:
            self._run(OWN_FUNDS_LOCK)

    def total(self, account: Account, currency: str) -> int:
        """Of all accounts under one number: debits less credits, in minor units."""
        given = {"like": f"{account.number}:%", "currency": currency}
        return int(self._run(TOTAL, given).scalar_one()) + self._unwritten(currency, account.has)

    def _unwritten(self, currency: str, counts: Callable[[str], bool]) -> int:
        journals = [entry.journal for entry in self._entries if entry.journal.currency == currency]
        legs = (leg for journal in journals for leg in journal.postings)
        return sum(leg.amount.minor for leg in legs if counts(leg.account))

    def journal(self, order: str) -> list[dict[str, Any]]:
        """All postings of an order, oldest first."""
        return [dict(row) for row in self._run(OF_ORDER, {"order": order}).mappings()]
