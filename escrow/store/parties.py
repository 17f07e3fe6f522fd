"""Accounts and persons, and the policies that were published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, insert, select

from escrow.tables import accounts, persons, policies

ACCOUNT = select(accounts).where(accounts.c.id == bindparam("id"))
PERSONS = select(persons.c.id).where(persons.c.account == bindparam("account")).order_by(persons.c.id)
MEET = (
    select(accounts.c.role, persons.c.id.label("person"))
    .outerjoin(persons, persons.c.id == bindparam("person"))
    .where(accounts.c.id == bindparam("account"))
)
POLICY = select(policies.c.text).where(policies.c.version == bindparam("version"))
POLICIES = select(policies.c.text).order_by(policies.c.in_force_from)
POLICY_HASH = select(policies.c.hash).where(policies.c.version == bindparam("version"))


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    role: str
    tier: str
    zone: str
    locale: str
    badge: bool


class Parties:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def account(self, id: str) -> Account:
        row = self._run(ACCOUNT, {"id": id}).one()
        return Account(row.id, row.name, row.role, row.tier, row.zone, row.locale, bool(row.badge))

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

    def policy_text(self, version: int) -> str:
        return str(self._run(POLICY, {"version": version}).scalar_one())

    def policy_texts(self) -> list[str]:
        return list(self._run(POLICIES).scalars())

    def policy_hash(self, version: int) -> str | None:
        return self._run(POLICY_HASH, {"version": version}).scalar()

    def publish(self, version: int, in_force_from: date, text: str, hashed: str) -> None:
        row = {"version": version, "in_force_from": in_force_from.isoformat(), "text": text, "hash": hashed}
        self._run(insert(policies), row)
