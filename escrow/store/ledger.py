"""Journals, postings and the cached balances, in one place so that they cannot part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from escrow.ledger import Journal, Kind, Posting, escrow_of, hold_of, payable_of
from escrow.money import Money
from escrow.store.instants import sure
from escrow.tables import balances, journals, postings

BALANCE = select(balances.c.minor).where(
    balances.c.account == bindparam("account"), balances.c.currency == bindparam("currency")
)
ADD = (
    update(balances)
    .where(balances.c.account == bindparam("of"), balances.c.currency == bindparam("in_currency"))
    .values(minor=balances.c.minor + bindparam("by"))
)
SEAL = update(journals).where(journals.c.id == bindparam("journal")).values(sealed=1)
OF_ORDER = (
    select(journals, postings.c.n, postings.c.account, postings.c.minor)
    .join(postings, postings.c.journal == journals.c.id)
    .where(journals.c.order_id == bindparam("order"))
    .order_by(journals.c.id, postings.c.n)
)
ACCOUNT_OF_ORDER = (
    select(func.coalesce(func.sum(postings.c.minor), 0))
    .join(journals, postings.c.journal == journals.c.id)
    .where(journals.c.order_id == bindparam("order"), postings.c.account.like(bindparam("like")))
)
CREDITED = (
    select(func.coalesce(func.sum(-postings.c.minor), 0))
    .join(journals, postings.c.journal == journals.c.id)
    .where(
        journals.c.order_id == bindparam("order"), journals.c.kind == bindparam("kind"), postings.c.minor < 0
    )
)


class Ledger:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def post(
        self,
        journal: Journal,
        *,
        order: str,
        claim: str | None,
        actor: str,
        policy_version: int,
        at: datetime,
    ) -> None:
        """A second journal of the same kind and source is refused by the database."""
        currency = journal.postings[0].amount.currency
        row: dict[str, Any] = {"kind": journal.kind, "source": journal.source, "sealed": 0}
        row |= {"order_id": order, "claim_id": claim, "currency": currency, "actor": actor}
        row |= {"policy_version": policy_version, "at": sure(at)}
        (id,) = self._run(insert(journals).returning(journals.c.id), row).one()
        for n, posting in enumerate(sorted(journal.postings, key=lambda each: each.account)):
            self._run(
                insert(postings),
                {"journal": id, "n": n, "account": posting.account, "minor": posting.amount.minor},
            )
            self._add(posting)
        self._run(SEAL, {"journal": id})

    def _add(self, posting: Posting) -> None:
        currency, by = posting.amount.currency, posting.amount.minor
        found = self._run(ADD, {"of": posting.account, "in_currency": currency, "by": by})
        if found.rowcount == 0:
            self._run(insert(balances), {"account": posting.account, "currency": currency, "minor": by})

    def owed(self, account: str, currency: str) -> Money:
        """What stands to somebody's credit on the account: never negative."""
        return Money(
            -(self._run(BALANCE, {"account": account, "currency": currency}).scalar() or 0), currency
        )

    def in_escrow(self, order: str, currency: str) -> Money:
        return self.owed(escrow_of(order), currency)

    def on_claim(self, claim: str, currency: str) -> Money:
        return self.owed(hold_of(claim), currency)

    def unpaid(self, supplier: str, order: str, currency: str) -> Money:
        return self.owed(payable_of(supplier, order), currency)

    def total(self, order: str, like: str, currency: str) -> Money:
        """The sum of an order's postings on accounts like `2010:%`."""
        return Money(int(self._run(ACCOUNT_OF_ORDER, {"order": order, "like": like}).scalar_one()), currency)

    def credited(self, order: str, kind: Kind, currency: str) -> Money:
        """What journals of this kind have moved for the order."""
        return Money(int(self._run(CREDITED, {"order": order, "kind": kind}).scalar_one()), currency)

    def journal(self, order: str) -> list[dict[str, Any]]:
        """All postings of an order, oldest first."""
        return [dict(row) for row in self._run(OF_ORDER, {"order": order}).mappings()]
