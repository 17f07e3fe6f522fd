"""Accounts and persons, and the policies that were published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, update

from escrow.store.instants import sure
from escrow.tables import accounts, destinations, persons, policies, products

ACCOUNT = select(accounts).where(accounts.c.id == bindparam("id"))
MANY = select(accounts).where(accounts.c.id.in_(bindparam("ids", expanding=True)))
PERSONS = select(persons.c.id).where(persons.c.account == bindparam("account")).order_by(persons.c.id)
MEET = (
    select(accounts.c.role, persons.c.id.label("person"))
    .outerjoin(persons, persons.c.id == bindparam("person"))
    .where(accounts.c.id == bindparam("account"))
)
PERSON = select(persons.c.account).where(persons.c.id == bindparam("id"))
NAMED = select(persons).where(persons.c.account == bindparam("account")).order_by(persons.c.id)
CHANGE_ACCOUNT = update(accounts).where(accounts.c.id == bindparam("of"))
CHANGE_PERSON = update(persons).where(persons.c.id == bindparam("of"))
DESTINATIONS = (
    select(destinations).where(destinations.c.account == bindparam("account")).order_by(destinations.c.id)
)
DROP_DESTINATIONS = delete(destinations).where(destinations.c.account == bindparam("of"))
PRODUCT = select(products).where(products.c.id == bindparam("id"))
CHANGE_PRODUCT = update(products).where(products.c.id == bindparam("of"))
POLICY = select(policies).where(policies.c.version == bindparam("version"))
POLICIES = select(policies).order_by(policies.c.in_force_from)


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    role: str
    tier: str
    zone: str
    locale: str
    badge: bool


@dataclass(frozen=True)
class Published:
    """A version of the policy as it was published: its text, and the hash that this text had."""

    version: int
    text: str
    hash: str


PUBLISHED: WeakKeyDictionary[Engine, dict[int, Published]] = WeakKeyDictionary()


class Parties:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._known: dict[str, Account] = {}
        self._published = PUBLISHED.setdefault(connection.engine, {})

    def account(self, id: str) -> Account:
        if id not in self._known:
            self._known[id] = _account(self._run(ACCOUNT, {"id": id}).one())
        return self._known[id]

    def side_of(self, id: str) -> str | None:
        """What an account is: buyer, supplier or the desk's; None for one that nobody knows."""
        self.load([id])
        known = self._known.get(id)
        return known.role if known else None

    def load(self, ids: Iterable[str]) -> None:
        """Read many at once, for `account` to find."""
        if missing := set(ids) - self._known.keys():
            for row in self._run(MANY, {"ids": sorted(missing)}):
                self._known[row.id] = _account(row)

    def persons_of(self, account: str) -> list[str]:
        return list(self._run(PERSONS, {"account": account}).scalars())

    def add_account(self, account: Account) -> None:
        self._run(insert(accounts), _row(account))

    def change_account(self, account: Account) -> None:
        row = _row(account)
        self._run(CHANGE_ACCOUNT, row | {"of": row.pop("id")})
        self._known[account.id] = account

    def add_person(self, id: str, *, account: str, name: str, role: str, email: str | None = None) -> None:
        row = {"id": id, "account": account, "name": name, "role": role, "email": email}
        self._run(insert(persons), row)

    def change_person(self, id: str, *, name: str, email: str | None) -> None:
        self._run(CHANGE_PERSON, {"of": id, "name": name, "email": email})

    def account_of(self, person: str) -> str | None:
        """For whom they act; None for somebody whom nobody knows."""
        found: str | None = self._run(PERSON, {"id": person}).scalar()
        return found

    def named(self, account: str) -> list[Row[Any]]:
        """Its persons: id, name, email."""
        return list(self._run(NAMED, {"account": account}))

    def destinations(self, account: str) -> dict[str, datetime]:
        """Where its money may go, and when the marketplace made sure of each."""
        rows = self._run(DESTINATIONS, {"account": account})
        return {row.id: datetime.fromisoformat(row.verified_at) for row in rows}

    def set_destinations(self, account: str, verified: Mapping[str, datetime]) -> None:
        self._run(DROP_DESTINATIONS, {"of": account})
        if verified:
            rows = [{"account": account, "id": id, "verified_at": sure(at)} for id, at in verified.items()]
            self._run(insert(destinations), rows)

    def set_product(self, id: str, *, supplier: str, title: str) -> None:
        if self._run(PRODUCT, {"id": id}).first() is None:
            self._run(insert(products), {"id": id, "supplier": supplier, "title": title})
        else:
            self._run(CHANGE_PRODUCT, {"of": id, "title": title})

    def supplier_of(self, product: str) -> str | None:
        row = self._run(PRODUCT, {"id": product}).first()
        return row.supplier if row else None

    def meet(self, person: str, *, account: str, side: str, role: str) -> bool:
        """Whether they may act for the account: it is known and of their side. A new person becomes known."""
        row = self._run(MEET, {"person": person, "account": account}).first()
        if row is None or row.role != side:
            return False
        if row.person is None:
            self.add_person(person, account=account, name=person, role=role)
        return True

    def policy(self, version: int) -> Published:
        """Read once for a database: what was published never changes."""
        if version not in self._published:
            self._published[version] = _published(self._run(POLICY, {"version": version}).one())
        return self._published[version]

    def policies(self) -> list[Published]:
        """All versions, oldest first."""
        return [_published(row) for row in self._run(POLICIES)]

    def publish(self, version: int, in_force_from: date, text: str, hashed: str) -> None:
        row = {"version": version, "in_force_from": in_force_from.isoformat(), "text": text, "hash": hashed}
        self._run(insert(policies), row)


def _row(account: Account) -> dict[str, Any]:
    row = {name: getattr(account, name) for name in ("id", "name", "role", "tier", "zone", "locale")}
    return row | {"badge": int(account.badge)}


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, row.role, row.tier, row.zone, row.locale, bool(row.badge))


def _published(row: Row[Any]) -> Published:
    return Published(row.version, row.text, row.hash)
