"""What the audit reads: all that was ever written, in the order in which it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from escrow.tables import balances, claims, history, journals, orders, policies, postings, texts

SUMS = (
    select(journals, func.sum(postings.c.minor).label("sum"), func.count(postings.c.n).label("lines"))
    .outerjoin(postings, postings.c.journal == journals.c.id)
    .group_by(*journals.c)
    .order_by(journals.c.id)
)
BY_ACCOUNT = (
    select(postings.c.account, journals.c.currency, func.sum(postings.c.minor).label("minor"))
    .join(journals, journals.c.id == postings.c.journal)
    .group_by(postings.c.account, journals.c.currency)
)
POSTED = select(journals.c.kind, journals.c.source, postings.c.account, postings.c.minor).join(
    postings, postings.c.journal == journals.c.id
)
CHAINS = select(history).order_by(history.c.order_id, history.c.n)


class Books:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def journals(self) -> Iterator[Row[Any]]:
        """Each with the `sum` and number of its postings (`lines`)."""
        yield from self._run(SUMS)

    def sums(self) -> dict[tuple[str, str], int]:
        """By account and currency, from the postings."""
        return {(row.account, row.currency): int(row.minor) for row in self._run(BY_ACCOUNT)}

    def balances(self) -> dict[tuple[str, str], int]:
        """By account and currency, as they are cached."""
        return {(row.account, row.currency): row.minor for row in self._run(select(balances))}

    def chains(self) -> Iterator[Row[Any]]:
        yield from self._run(CHAINS)

    def things(self) -> dict[str, dict[str, Any]]:
        """All orders and claims as they are stored, by id."""
        found = [row for table in (orders, claims) for row in self._all(table)]
        return {row.id: dict(row._mapping) for row in found}

    def postings(self) -> dict[tuple[str, str], list[list[Any]]]:
        """The accounts and sums of each journal, by its kind and source."""
        found: dict[tuple[str, str], list[list[Any]]] = {}
        for row in self._run(POSTED):
            found.setdefault((row.kind, row.source), []).append([row.account, row.minor])
        return {journal: sorted(sums) for journal, sums in found.items()}

    def policies(self) -> Sequence[Row[Any]]:
        return self._all(policies)

    def texts(self) -> Sequence[Row[Any]]:
        return self._all(texts)

    def _all(self, table: Table) -> Sequence[Row[Any]]:
        return self._run(select(table)).all()
