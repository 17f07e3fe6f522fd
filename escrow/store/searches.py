"""How orders are found: by what people remember of them, each condition with an index where one can help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, func, or_, select

from contract.codes import OrderState
from escrow.money import LARGEST
from escrow.store.instants import sure
from escrow.tables import accounts, lines, orders

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Search:
    """`whose`: an account's side and id, None anybody's. `q`: a part of an id or of a product's title.

    `amount`: the total as a decimal, in whatever currency unless that is given; `after`: the id seen last.
    """

    whose: tuple[str, str] | None = None
    q: str | None = None
    supplier: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    since: datetime | None = None
    to: datetime | None = None
    state: OrderState | None = None
    after: str | None = None


OTHER = select(accounts.c.id).where(
    func.lower(accounts.c.name).like(bindparam("supplier", type_=String), escape="\\")
)
WITH_TITLE = select(lines.c.order_id).where(
    func.lower(lines.c.title).like(bindparam("q", type_=String), escape="\\")
)
FILTERS: dict[str, ColumnElement[bool]] = {
    "q": or_(func.lower(orders.c.id).like(bindparam("q"), escape="\\"), orders.c.id.in_(WITH_TITLE)),
    "supplier": or_(orders.c.supplier.in_(OTHER), orders.c.supplier.like(bindparam("supplier"), escape="\\")),
    "amount": orders.c.total.in_(bindparam("amount", expanding=True)),
    "currency": orders.c.currency == bindparam("currency"),
    "since": orders.c.created_at >= bindparam("since"),
    "to": orders.c.created_at < bindparam("to"),
    "state": orders.c.state == bindparam("state"),
}
# Above all that an id is made of.
ABOVE = "~~"
# What people give of an order is its number or the end of it.
NUMBERED = or_(
    *(
        and_(orders.c.backwards >= bindparam(f"from_{n}"), orders.c.backwards < bindparam(f"below_{n}"))
        for n in range(2)
    )
)
NEWEST = select(orders).order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(PAGE + 1)
THEIRS = {side: getattr(orders.c, side) == bindparam("account") for side in ("buyer", "supplier")}


def numbered(search: Search) -> tuple[Select[Any], dict[str, Any]]:
    """Whether `q` ends the number of an order that they may see: an index tells."""
    statement, given = _theirs(select(orders.c.id), search)
    return statement.where(NUMBERED).limit(1), given | _number(search.q or "")


def statement_of(search: Search, *, by_number: bool) -> tuple[Select[Any], dict[str, Any]]:
    """`by_number`: those whose number `q` ends, and no others."""
    statement, given = _theirs(NEWEST, search)
    if by_number:
        statement, given = statement.where(NUMBERED), given | _number(search.q or "")
    for field in fields(search):
        value = getattr(search, field.name)
        if value is not None and field.name in FILTERS and not (by_number and field.name == "q"):
            statement = statement.where(FILTERS[field.name])
            given[field.name] = PARAMS.get(field.name, _same)(value)
    if search.after is not None:
        statement, given["after"] = statement.where(_after(search)), search.after
    return statement, given


def _theirs(statement: Select[Any], search: Search) -> tuple[Select[Any], dict[str, Any]]:
    if search.whose is None:
        return statement, {}
    side, account = search.whose
    return statement.where(THEIRS[side]), {"account": account}


def _number(q: str) -> dict[str, str]:
    """The bounds of what ends in it, as it was typed and in capitals, read from the end."""
    bounds: dict[str, str] = {}
    for n, end in enumerate((q[::-1], q.upper()[::-1])):
        bounds |= {f"from_{n}": end, f"below_{n}": end + ABOVE}
    return bounds


def _after(search: Search) -> ColumnElement[bool]:
    """What follows an order that the caller may see; nothing follows one that they may not."""
    seen = select(orders.c.created_at).where(orders.c.id == bindparam("after"))
    if search.whose is not None:
        seen = seen.where(THEIRS[search.whose[0]])
    at = seen.scalar_subquery()
    return or_(orders.c.created_at < at, and_(orders.c.created_at == at, orders.c.id < bindparam("after")))


def _same(value: Any) -> Any:
    return value


def _part(value: str) -> str:
    """Anywhere in the text, with the wildcards of LIKE taken literally."""
    plain = value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def _totals(amount: Decimal) -> list[int]:
    """The amount in minor units, whatever number of decimals a currency has."""
    minors = [amount.scaleb(decimals) for decimals in range(5)]
    return [int(minor) for minor in minors if minor == int(minor) and minor <= LARGEST]


PARAMS: dict[str, Callable[[Any], Any]] = {
    "q": _part,
    "supplier": _part,
    "amount": _totals,
    "since": sure,
    "to": sure,
}
