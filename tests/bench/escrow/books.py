"""Big books, made in seconds: a hundred thousand orders with histories, journals and timers.

They are written as the landed version wrote its own (revision 0003, whose shapes are fixed for ever), in
bulk, and then taken to the present tables by the migrations, as an installation's books would be. So no
change of a table is a change here, and each benchmark also shows how long the migrations take.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from escrow import policies
from escrow.app import bring_up_to_date
from escrow.store.database import Database
from tests.bench.escrow.bulk import Rows, write
from tests.escrow import landed

ZONE, CURRENCY, STATES = "Asia/Shanghai", "USD", 20
HEAVY, LIGHT, READER, CLAIMANT = "supplier-heavy", "supplier-light", "buyer-reader", "buyer-claimant"
"""Suppliers with as many orders as asked for, buyers with 40; on two of the last one's there are claims."""
LIST, CLAIMED = 40, 2


@dataclass(frozen=True)
class Size:
    """Of `orders`, so many are those of one supplier, and so many of another."""

    orders: int
    heavy: int = 0
    light: int = 0


@dataclass
class Book:
    database: Database
    claimable: list[tuple[str, str]] = field(default_factory=list)
    """Delivered orders that nobody has claimed on, each with its buyer."""
    migrated_s: float = 0.0


def person_of(account: str) -> str:
    return f"p-{account}"


def make(url: str, size: Size, *, present: bool = True) -> Book:
    """Books of that size in an empty database; `present` False leaves them at the landed revision."""
    database = Database(url)
    landed.migrate(database.engine)
    book = _filled(database, size)
    if present:
        started = perf_counter()
        bring_up_to_date(database)
        database.write(policies.publish_shipped)
        book.migrated_s = perf_counter() - started
    return book


def _filled(database: Database, size: Size) -> Book:
    book, ledger = Book(database), Ledger()
    write(database.engine, _parties(size))
    chunk: Rows = defaultdict(list)
    for i in range(size.orders):
        life = Life(i, size, ledger)
        for table, row in life.rows():
            chunk[table].append(row)
        if life.kind == "held":
            book.claimable.append((life.id, life.buyer))
        if i % 10_000 == 9_999:
            write(database.engine, chunk)
            chunk = defaultdict(list)
    chunk["balances"] = [
        {"account": account, "currency": CURRENCY, "minor": minor}
        for account, minor in ledger.balances.items()
    ]
    chunk["counters"] = [{"name": "claims", "last": 1000 + ledger.claims}]
    write(database.engine, chunk, last=True)
    return book


def _parties(size: Size) -> Rows:
    rows: Rows = defaultdict(list)
    rows["policies"] += landed.rows()["policies"]
    buyers = [READER, CLAIMANT, *(f"buyer-{n:05}" for n in range(_buyers(size)))]
    suppliers = [HEAVY, LIGHT, *(f"supplier-{n:05}" for n in range(_suppliers(size)))]
    for role, names in (("buyer", buyers), ("supplier", suppliers), ("agent", ["desk"])):
        for name in names:
            of = {"id": name, "name": name.title(), "role": role, "tier": "standard", "zone": ZONE}
            rows["accounts"].append(of | {"locale": "en", "badge": 1})
            rows["persons"].append({"id": person_of(name), "account": name, "name": name, "role": role})
    return rows


def _buyers(size: Size) -> int:
    return max(20, size.orders // 50)


def _suppliers(size: Size) -> int:
    return max(5, size.orders // 200)


@dataclass
class Ledger:
    """What goes on from order to order: the sums of all accounts, the last numbers given out."""

    balances: Counter[str] = field(default_factory=Counter)
    journals: int = 0
    claims: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))


def told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Life:
    """All rows of one order."""

    def __init__(self, i: int, size: Size, ledger: Ledger) -> None:
        self.ledger = ledger
        self.id = f"TA-{70_000_000 + i}"
        of = i % STATES
        self.kind = "paying" if of < 5 else "paid" if of < 10 else "held" if of < 17 else "claimed"
        if of == 19:
            self.kind = "shipped"
        self.buyer, self.supplier = _whose(i, size)
        if self.buyer == CLAIMANT:
            self.kind = "claimed" if i // max(1, size.orders // LIST) < CLAIMED else "held"
        self.total, self.freight, self.price = 9_600 + 100 * (i % 900), 1_600, 100
        self.made = ledger.now - timedelta(days=40, seconds=i % 86_400)
        self.payment, self.previous, self.n = f"PSP-{self.id}", "0" * 64, 0
        self.row: dict[str, Any] = {"id": self.id, "buyer": self.buyer, "supplier": self.supplier}
        self.row |= {"tier": "standard", "zone": ZONE, "policy_version": 1, "currency": CURRENCY}
        self.row |= {"total": self.total, "created_at": told(self.made), "state": "awaiting_payment"}
        self.row |= {"ship_by": told(self._at(10)), "promised_at": told(self._at(25))}
        self.row |= {"paid_at": None, "shipped_at": None, "delivered_at": None}

    def _at(self, days: float) -> datetime:
        return self.made + timedelta(days=days)

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        lived = list(self._lived())
        release_from = self.row["delivered_at"]
        freight = {"freight": self.freight, "mode": "air", "protections": "trade_assurance"}
        yield "orders", self.row | freight | {"release_from": release_from, "version": self.n}
        goods = (self.total - self.freight) // self.price
        line = {"title": f"Lamps of kind {self.total}", "quantity": goods, "unit_price": self.price}
        yield "order_lines", {"order_id": self.id, "n": 0} | line
        yield from lived

    def _lived(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield self._tell("order.made", self._at(0), {"to": "awaiting_payment", "row": self.row})
        yield from self._funded()
        yield self._moved("ship", self._at(5), "shipped", shipped_at=told(self._at(5)))
        if self.kind == "shipped":
            return
        delivered = self._at(32)
        yield self._moved("deliver", delivered, "delivered", delivered_at=told(delivered))
        yield self._timer("window_end", self.id, _window_end(delivered))
        if self.kind in ("paying", "paid"):
            yield from self._released(self._at(34))
            return
        yield self._timer("silent_release", self.id, delivered + timedelta(days=15))
        if self.kind == "claimed":
            yield from self._claimed(self._at(39))

    def _funded(self) -> Iterator[tuple[str, dict[str, Any]]]:
        amount, at = {"minor": self.total, "currency": CURRENCY}, self._at(1)
        paid = {"paid_at": told(at), "amount": amount, "payment": self.payment}
        yield self._moved("pay", at, "funded", **paid)
        yield from self._journal("E1", self.payment, at, "1000", f"2000:{self.id}", self.total)
        yield from self._journal("E1b", self.payment, at, "1010", "1000", self.total)

    def _released(self, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        payable, amount = f"2100:{self.supplier}:{self.id}", {"minor": self.total, "currency": CURRENCY}
        yield from self._journal("E4", self.id, at, f"2000:{self.id}", payable, self.total)
        pay, is_paid = f"PAY-{self.id}-1", self.kind == "paid"
        row = {"id": pay, "kind": "payout", "order_id": self.id, "amount": self.total, "currency": CURRENCY}
        row |= {"refers_to": self.supplier, "state": "settled" if is_paid else "pending", "at": told(at)}
        yield "instructions", row | {"changed_at": told(at)}
        yield self._moved("release", at, "releasing", released=amount)
        if not is_paid:
            yield self._timer("instruction_alarm", pay, at + timedelta(days=1))
            return
        yield self._tell("payout.settled", at, {"instruction": pay, "amount": amount, "result": "settled"})
        yield from self._journal("E5", pay, at, payable, "1010", self.total)
        yield self._moved("payout_settled", at, "completed")

    def _claimed(self, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        self.ledger.claims += 1
        id, half = f"CLM-{1000 + self.ledger.claims}", self.total // 2
        row: dict[str, Any] = {"id": id, "order_id": self.id, "state": "awaiting_supplier", "amount": half}
        row |= {"reason": "damaged", "opened_at": told(at), "currency": CURRENCY}
        row |= {"opened_by": person_of(self.buyer)}
        timing = {"respond_from": told(at), "changed_at": told(at), "opened_in": "c"}
        yield "claims", row | timing | {"open": 1, "version": 2}
        yield from self._journal("E2", id, at, f"2000:{self.id}", f"2010:{id}", half, claim=id)
        yield self._tell("claim.open", at, {"claim": id, "to": "awaiting_supplier", "row": row})
        yield self._timer("respond", id, at + timedelta(days=3))
        yield self._timer("auto_escalate", id, at + timedelta(days=7))

    def _moved(self, event: str, at: datetime, to: str, **given: Any) -> tuple[str, dict[str, Any]]:
        came_from = self.row["state"]
        fields = {name: value for name, value in given.items() if name in self.row}
        self.row = self.row | fields | {"state": to}
        facts = {name: value for name, value in given.items() if name not in fields}
        return self._tell(f"order.{event}", at, {"from": came_from, "to": to, **facts, "row": self.row})

    def _tell(self, event: str, at: datetime, facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A row of the chain, as the landed version hashed it."""
        text, actor = json.dumps(facts, sort_keys=True, separators=(",", ":")), "service:marketplace"
        chained = [self.previous, self.id, self.n, told(at), actor, event, text]
        hashed = hashlib.sha256(json.dumps(chained, separators=(",", ":")).encode()).hexdigest()
        row = {"order_id": self.id, "n": self.n, "at": told(at), "actor": actor, "event": event}
        row |= {"facts": text, "previous": self.previous, "hash": hashed}
        self.previous, self.n = hashed, self.n + 1
        return "history", row

    def _journal(
        self,
        kind: str,
        source: str,
        at: datetime,
        debit: str,
        credit: str,
        minor: int,
        claim: str | None = None,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        self.ledger.journals += 1
        row = {"id": self.ledger.journals, "kind": kind, "source": source, "actor": "service:marketplace"}
        row |= {"at": told(at), "order_id": self.id, "claim_id": claim, "currency": CURRENCY}
        yield "journals", row | {"policy_version": 1, "sealed": 0}
        legs = sorted([(debit, minor), (credit, -minor)])
        for n, (account, sum_) in enumerate(legs):
            self.ledger.balances[account] += sum_
            yield "postings", {"journal": row["id"], "n": n, "account": account, "minor": sum_}
        yield self._tell("journal", at, {"kind": kind, "source": source, "postings": legs})

    def _timer(self, kind: str, entity: str, due: datetime) -> tuple[str, dict[str, Any]]:
        return "deadlines", {"due_at": told(due), "kind": kind, "entity": entity, "done_at": None}


def _window_end(delivered: datetime) -> datetime:
    """The midnight after the thirtieth day, where both sides are."""
    day = delivered.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=31)
    return datetime.combine(day, time(), ZoneInfo(ZONE))


def _whose(i: int, size: Size) -> tuple[str, str]:
    """The reader's and the claimant's orders are spread over the book, the suppliers' too."""
    every = max(1, size.orders // LIST)
    buyer = f"buyer-{i % _buyers(size):05}"
    if i // every < LIST and i % every in (0, 1):
        buyer = READER if i % every == 0 else CLAIMANT
    ring = i % size.orders * 7919 % size.orders
    if ring < size.heavy:
        return buyer, HEAVY
    return buyer, LIGHT if ring < size.heavy + size.light else f"supplier-{i % _suppliers(size):05}"
