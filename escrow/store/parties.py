"""Accounts and persons, and the policies that were published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select

from escrow.tables import accounts, persons, policies

ACCOUNT = select(accounts).where(accounts.c.id == bindparam("id"))
MANY = select(accounts).where(accounts.c.id.in_(bindparam("ids", expanding=True)))
PERSONS = select(persons.c.id).where(persons.c.account == bindparam("account")).order_by(persons.c.id)
MEET = (
    select(accounts.c.role, persons.c.id.label("person"))
    .outerjoin(persons, persons.c.id == bindparam("person"))
    .where(accounts.c.id == bindparam("account"))
)
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
        row = {name: getattr(account, name) for name in ("id", "name", "role", "tier", "zone", "locale")}
        self._run(insert(accounts), row | {"badge": int(account.badge)})

    def add_person(self, id: str, *, account: str, name: str, role: str) -> None:
        self._run(insert(persons), {"id": id, "account": account, "name": name, "role": role})

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


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, row.role, row.tier, row.zone, row.locale, bool(row.badge))


def _published(row: Row[Any]) -> Published:
    return Published(row.version, row.text, row.hash)
