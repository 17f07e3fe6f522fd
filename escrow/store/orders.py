"""Orders as rows. Whoever asks for a person gives the side and the account: it stands in the query itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from contract.codes import Incoterm, OrderState
from escrow.money import Money
from escrow.orders import Line, Order
from escrow.refusals import not_found
from escrow.store.faults import Conflict
from escrow.store.instants import read, stored
from escrow.store.searches import PAGE, Search, numbered, statement_of
from escrow.tables import lines, orders

INSTANTS = (
    *("created_at", "ship_by", "promised_at", "paid_at", "shipped_at", "delivered_at"),
    *("balance_due", "dispatched_at", "release_due_at", "freed_at", "processing_since"),
)
PLAIN = ("id", "buyer", "supplier", "mode", "tier", "zone", "policy_version", "not_arrived", "version")

BY_ID = select(orders).where(orders.c.id == bindparam("id"))
# Not against those who only refer to it: its id never changes.
LOCKED = BY_ID.with_for_update(key_share=True)
MINE = BY_ID.where(or_(orders.c.buyer == bindparam("account"), orders.c.supplier == bindparam("account")))
MANY = select(orders).where(orders.c.id.in_(bindparam("orders", expanding=True)))
IN_STATES = (
    select(orders)
    .where(orders.c.state.in_(bindparam("states", expanding=True)), orders.c.id > bindparam("after"))
    .order_by(orders.c.id)
    .limit(PAGE)
)
LINES = select(lines).where(lines.c.order_id == bindparam("id")).order_by(lines.c.n)
LINES_OF_MANY = (
    select(lines)
    .where(lines.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(lines.c.order_id, lines.c.n)
)
SAVE = update(orders).where(orders.c.id == bindparam("order"), orders.c.version == bindparam("seen"))
INSERT, INSERT_LINES = insert(orders), insert(lines)
DROP_LINES = delete(lines).where(lines.c.order_id == bindparam("id"))


class Damaged(ValueError):
    """A row that nobody can have written as it is: the audit tells of it, and nothing is done on it."""


class Orders:
    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute
        self._locked = LOCKED if connection.dialect.name == "postgresql" else BY_ID

    def get(self, id: str, *, account: str | None = None) -> Order:
        """Raises Refusal not_found, also when not `account`'s; None reads any, for agents and clocks."""
        statement, given = (BY_ID, {}) if account is None else (MINE, {"account": account})
        row = self._run(statement, given | {"id": id}).first()
        if row is None:
            raise not_found()
        return self._order(row)

    def lock(self, id: str) -> Order:
        """Nobody else's until the end. Raises Refusal not_found, Damaged for sums that do not fit."""
        row = self._run(self._locked, {"id": id}).first()
        if row is None:
            raise not_found()
        order = self._order(row)
        if order.total.minor != row.total:
            raise Damaged(f"the lines of {id} do not come to its total")
        return order

    def is_known(self, id: str) -> bool:
        return self._run(BY_ID, {"id": id}).first() is not None

    def many(self, ids: Iterable[str]) -> list[Order]:
        """In no order."""
        return self._with_lines(self._run(MANY, {"orders": list(ids)}).all())

    def in_states(self, states: Iterable[OrderState], after: str) -> list[Order]:
        """A page of those that are in one of them, by their ids."""
        return self._with_lines(self._run(IN_STATES, {"states": sorted(states), "after": after}).all())

    def search(self, search: Search) -> tuple[list[Order], str | None]:
        """A page of what fits all filters, newest first, and what to go on after.

        Where `q` ends the number of an order, it is that one that is meant.
        """
        by_number = bool(search.q) and self._run(*numbered(search)).first() is not None
        rows = self._run(*statement_of(search, by_number=by_number)).all()
        return self._with_lines(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None

    def is_empty(self) -> bool:
        return self._run(select(orders.c.id).limit(1)).first() is None

    def add(self, order: Order) -> None:
        self._run(INSERT, _row(order) | {"backwards": order.id[::-1]})
        self._run(INSERT_LINES, _lines(order))

    def save(self, order: Order, *, seen: Order) -> None:
        """Compare-and-set: raises Conflict when another write came between."""
        row = _row(order)
        if self._run(SAVE, row | {"order": row.pop("id"), "seen": seen.version}).rowcount != 1:
            raise Conflict
        if order.lines != seen.lines:
            self._run(DROP_LINES, {"id": order.id})
            self._run(INSERT_LINES, _lines(order))

    def _order(self, row: Row[Any]) -> Order:
        return _order(row, self._run(LINES, {"id": row.id}).all())

    def _with_lines(self, rows: Iterable[Row[Any]]) -> list[Order]:
        bought: dict[str, list[Row[Any]]] = {row.id: [] for row in rows}
        if bought:
            for line in self._run(LINES_OF_MANY, {"orders": list(bought)}):
                bought[line.order_id].append(line)
        return [_order(row, bought[row.id]) for row in rows]


def deciding(order: Order) -> dict[str, Any]:
    """What rights and money hang on, as it is stored: the history tells it and the audit compares."""
    row: dict[str, Any] = {name: stored(getattr(order, name)) for name in INSTANTS}
    row |= {name: getattr(order, name) for name in PLAIN if name != "version"}
    row |= {"state": order.state, "protections": " ".join(order.protections)}
    row |= {"currency": order.currency, "freight": order.freight.minor, "total": order.total.minor}
    row |= {"incoterm": order.incoterm, "deposit": order.deposit.minor if order.deposit else None}
    row |= {"badge": int(order.badge), "extended": ", ".join(order.extended)}
    return row | {"lines": [[line.quantity, line.unit_price.minor] for line in order.lines]}


def _row(order: Order) -> dict[str, Any]:
    row = deciding(order) | {"place": order.place, "version": order.version}
    del row["lines"]
    return row


def _lines(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.id,
            "n": n,
            "title": line.title,
            "quantity": line.quantity,
            "unit_price": line.unit_price.minor,
        }
        for n, line in enumerate(order.lines)
    ]


def _order(row: Row[Any], bought: Iterable[Row[Any]]) -> Order:
    currency = row.currency
    return Order(
        **{name: getattr(row, name) for name in PLAIN},
        **{name: read(getattr(row, name)) for name in INSTANTS},  # type: ignore[arg-type]
        state=OrderState(row.state),
        lines=tuple(Line(line.title, line.quantity, Money(line.unit_price, currency)) for line in bought),
        freight=Money(row.freight, currency),
        protections=tuple(row.protections.split()),
        incoterm=Incoterm(row.incoterm) if row.incoterm else None,
        place=row.place,
        badge=bool(row.badge),
        extended=tuple(filter(None, row.extended.split(", "))),
        deposit=Money(row.deposit, currency) if row.deposit else None,
    )
