"""What the audit and the export read: all that was ever written, streamed, so that nothing is too much."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Inspector,
    Row,
    Select,
    Table,
    UniqueConstraint,
    collate,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.sql.elements import ColumnElement

from escrow.history import OWN_FUNDS
from escrow.store.claims import _claim as claim_of
from escrow.store.credits import _credit as credit_of
from escrow.store.instructions import _instruction as instruction_of
from escrow.store.orders import _order as order_of
from escrow.store.payments import _payment as payment_of
from escrow.store.tasks import _task as task_of
from escrow.tables import (
    account_sums,
    balances,
    claims,
    clocks,
    counters,
    credits,
    desk_tasks,
    events,
    history,
    instructions,
    journals,
    lines,
    metadata,
    notices,
    orders,
    payments,
    policies,
    postings,
    quote_signatures,
    quotes,
    shipment_lines,
    shipments,
    texts,
)

__all__ = ["Books", "claim_of", "credit_of", "instruction_of", "order_of", "payment_of", "task_of"]
ROWS_AT_ONCE = 500

MONEY = select(journals, postings.c.n, postings.c.account, postings.c.minor).outerjoin(
    postings, postings.c.journal == journals.c.id
)
ANSWERED = select(quotes).where(quotes.c.answer.is_not(None))
SIGNED = (
    select(quote_signatures, quotes.c.order_id)
    .join(quotes, quotes.c.id == quote_signatures.c.quote)
    .where(quotes.c.answer.is_not(None))
)
OF_AN_ORDER, OF_NONE = quotes.c.order_id.is_not(None), quotes.c.order_id.is_(None)
# What belongs to a chain, with the column that says to which, and how it is sorted there.
PARTS: dict[str, tuple[Select[Any], Any, tuple[Any, ...]]] = {
    "history": (select(history), history.c.chain, (history.c.n,)),
    "orders": (select(orders), orders.c.id, ()),
    "lines": (select(lines), lines.c.order_id, (lines.c.n,)),
    "claims": (select(claims), claims.c.order_id, (claims.c.id,)),
    "payments": (select(payments), payments.c.order_id, (payments.c.id,)),
    "instructions": (select(instructions), instructions.c.order_id, (instructions.c.id,)),
    "shipments": (select(shipments), shipments.c.order_id, (shipments.c.id,)),
    "shipment_lines": (
        select(shipment_lines),
        shipment_lines.c.order_id,
        (shipment_lines.c.shipment, shipment_lines.c.line),
    ),
    "events": (select(events), events.c.order_id, (events.c.id,)),
    "tasks": (select(desk_tasks), desk_tasks.c.order_id, (desk_tasks.c.id,)),
    "credits": (select(credits), credits.c.order_id, (credits.c.id,)),
    "clocks": (select(clocks), clocks.c.order_id, (clocks.c.entity, clocks.c.clock)),
    "notices": (select(notices), notices.c.order_id, (notices.c.id,)),
    "quotes": (ANSWERED.where(OF_AN_ORDER), quotes.c.order_id, ()),
    "signatures": (
        SIGNED.where(OF_AN_ORDER),
        quotes.c.order_id,
        (quote_signatures.c.quote, quote_signatures.c.n),
    ),
    "texts": (select(texts), texts.c.order_id, ()),
    "journals": (
        MONEY.where(journals.c.order_id.is_not(None)),
        journals.c.order_id,
        (journals.c.id, postings.c.n),
    ),
}
OF_THE_PLATFORM = MONEY.where(journals.c.order_id.is_(None)).order_by(journals.c.id, postings.c.n)
# What refers to an order is found with the chains.
REFERENCES = [
    (column, key.column)
    for table in metadata.sorted_tables
    for column in table.c
    for key in column.foreign_keys
    if key.column is not orders.c.id
]
LAST_NUMBER = select(counters.c.last).where(counters.c.name == "history")
LAST_WRITTEN = select(func.max(history.c.seq))
IN_ORDER = select(history.c.seq, history.c.chain, history.c.n, history.c.hash).order_by(history.c.seq)
ALL_JOURNALS = MONEY.order_by(journals.c.id, postings.c.n)
# Those that ask on every write of the program; on PostgreSQL one can also be switched off.
TRIGGERS = {
    "sqlite": text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = to_regnamespace('escrow')"
    ),
}
EARLIEST_AND_LATEST = select(func.min(journals.c.at), func.max(journals.c.at))


class Books:
    """All of it in the one view of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.engine = connection.dialect.name
        self._bytewise = "C" if self.engine == "postgresql" else "BINARY"

    def chains(self) -> Iterator[tuple[str, dict[str, list[Row[Any]]]]]:
        """Chain by chain, in the order of their names: all rows of all tables that belong to it."""
        own = ((OWN_FUNDS, "journals", row) for row in self._stream(OF_THE_PLATFORM))
        merged = heapq.merge(*map(self._part, PARTS), own, key=lambda each: each[0])
        for chain, rows in groupby(merged, key=lambda each: each[0]):
            found: dict[str, list[Row[Any]]] = {name: [] for name in PARTS}
            for _, name, row in rows:
                found[name].append(row)
            yield chain, found

    def _part(self, name: str) -> Iterator[tuple[str, str, Row[Any]]]:
        statement, of, then = PARTS[name]
        for row in self._sorted(statement, of, *then):
            yield row._mapping[of.name], name, row

    def quotes_of_no_order(self) -> tuple[list[Row[Any]], list[Row[Any]]]:
        """Answered ones with their signatures; which chain tells of them, the chain alone knows."""
        run = self._connection.execute
        signed = SIGNED.where(OF_NONE).order_by(quote_signatures.c.quote, quote_signatures.c.n)
        return list(run(ANSWERED.where(OF_NONE))), list(run(signed))

    def balances(self) -> Iterator[tuple[str, str, int, int]]:
        """Account, currency, what is cached and what the postings say, account by account."""
        account = postings.c.account
        posted = select(account, journals.c.currency, func.sum(postings.c.minor).label("minor"))
        posted = posted.join(journals, journals.c.id == postings.c.journal)
        posted = posted.group_by(account, journals.c.currency)
        cached = select(balances.c.account, balances.c.currency, balances.c.minor)
        yield from _beside(
            (tuple(row) for row in self._sorted(cached, balances.c.account, balances.c.currency)),
            (tuple(row) for row in self._sorted(posted, account, journals.c.currency)),
        )

    def account_sums(self) -> Iterator[Row[Any]]:
        yield from self._stream(select(account_sums))

    def of_account(self, account: str) -> Iterator[Row[Any]]:
        """Kind of journal, currency and sum of each posting on one account, as they were made."""
        found = select(journals.c.id, journals.c.kind, journals.c.currency, postings.c.minor)
        found = found.join(postings, postings.c.journal == journals.c.id).where(postings.c.account == account)
        yield from self._stream(found.order_by(journals.c.id))

    def policies(self) -> list[Row[Any]]:
        return list(self._connection.execute(select(policies).order_by(policies.c.version)))

    def dangling(self) -> Iterator[tuple[str, str, int]]:
        """Which column refers to which table, and how many of its rows to nothing that is there."""
        for column, to in REFERENCES:
            known = select(to).where(to == column).correlate(column.table).exists()
            lost = select(func.count()).select_from(column.table).where(column.is_not(None), ~known)
            if count := self._connection.execute(lost).scalar_one():
                yield str(column), to.table.name, int(count)

    def triggers(self) -> dict[str, str]:
        """By name, with the text that each runs."""
        return {name: str(told) for name, told in self._connection.execute(TRIGGERS[self.engine])}

    def missing_constraints(self) -> Iterator[str]:
        """Names of what the tables should forbid by themselves and do not."""
        seen = inspect(self._connection)
        for table in metadata.sorted_tables:
            found = _forbidden(seen, table)
            yield from (name for name, what in _should_forbid(table) if what not in found)

    def last_number(self) -> int:
        """The last one that was given to a row of the history."""
        return int(self._connection.execute(LAST_NUMBER).scalar() or 0)

    def last_written(self) -> int:
        return int(self._connection.execute(LAST_WRITTEN).scalar() or 0)

    def in_order(self, *, after: int = 0) -> Iterator[Row[Any]]:
        """All rows of all histories as they were committed: `seq`, `chain`, `n`, `hash`."""
        yield from self._stream(IN_ORDER.where(history.c.seq > after))

    def journals(self) -> Iterator[tuple[Row[Any], list[Row[Any]]]]:
        """By number, each with its postings; the first row has the journal's own columns."""
        for _, rows in groupby(self._stream(ALL_JOURNALS), key=lambda row: row.id):
            found = list(rows)
            yield found[0], [row for row in found if row.account is not None]

    def between(self) -> tuple[str | None, str | None]:
        """The instants of the earliest and the latest journal."""
        first, last = self._connection.execute(EARLIEST_AND_LATEST).one()
        return first, last

    def _sorted(self, statement: Select[Any], first: Any, *then: Any) -> Iterator[Row[Any]]:
        """By bytes, as Python compares, whatever the database's own order of letters."""
        return self._stream(statement.order_by(self._plain(first), *map(self._plain, then)))

    def _plain(self, column: Any) -> ColumnElement[Any]:
        return collate(column, self._bytewise) if column.type.python_type is str else column

    def _stream(self, statement: Select[Any]) -> Iterator[Row[Any]]:
        options = {"yield_per": ROWS_AT_ONCE}
        yield from self._connection.execute(statement, execution_options=options)


def _should_forbid(table: Table) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for each in table.constraints:
        if isinstance(each, UniqueConstraint):
            columns = tuple(column.name for column in each.columns)
            yield str(each.name or f"{table.name}_{'_'.join(columns)}_key"), (columns, "")
        elif isinstance(each, CheckConstraint):
            yield str(each.name), (str(each.name),)
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"]["where"]
            only = "" if where is None else str(where.compile(compile_kwargs={"literal_binds": True}))
            columns = tuple(column.name for column in index.columns)
            yield str(index.name), (columns, only.replace(f"{table.name}.", ""))


def _forbidden(seen: Inspector, table: Table) -> set[tuple[Any, ...]]:
    """Columns that are unique, and where; names of checks."""
    found: set[tuple[Any, ...]] = {(each["name"],) for each in seen.get_check_constraints(table.name)}
    found |= {(tuple(each["column_names"]), "") for each in seen.get_unique_constraints(table.name)}
    for index in seen.get_indexes(table.name):
        if index["unique"]:
            where = [str(told) for name, told in index.get("dialect_options", {}).items() if "where" in name]
            found.add((tuple(index["column_names"]), _as_written("".join(where))))
    return found


def _as_written(where: str) -> str:
    """PostgreSQL tells `((state)::text <> 'ended'::text)` of what was written as `state != 'ended'`."""
    bare = re.sub(r"\((\w+)\)", r"\1", re.sub(r"::[a-z]+( varying)?", "", where))
    return bare.replace("<>", "!=").removeprefix("(").removesuffix(")")


def _beside(one: Iterable[Any], other: Iterable[Any]) -> Iterator[tuple[str, str, int, int]]:
    """Both sorted by account and currency; nothing where one has none."""
    merged = heapq.merge(
        ((row[0], row[1], int(row[2]), 0) for row in one),
        ((row[0], row[1], 0, int(row[2])) for row in other),
        key=lambda row: row[:2],
    )
    for (account, currency), rows in groupby(merged, key=lambda row: row[:2]):
        found = list(rows)
        yield account, currency, sum(row[2] for row in found), sum(row[3] for row in found)
