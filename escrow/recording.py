"""Journals and the row of history that tells them, together: neither gets into the books alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from escrow.ledger import Journal
from escrow.money import Money
from escrow.orders import Order, Terms
from escrow.store.instants import sure
from escrow.store.work import Work


def post(
    work: Work, chain: str, journals: Sequence[Journal], *, order: Order | None, actor: str, at: datetime
) -> int:
    """Into the ledger, as of the chain's next row, whose number it gives; `record` must follow."""
    n = work.history.next(chain)
    for journal in journals:
        work.ledger.post(journal, source=f"{chain}/{n}", order=order, actor=actor, at=at)
    return n


def record(
    work: Work,
    chain: str,
    event: str,
    *,
    actor: str,
    at: datetime,
    journals: Sequence[Journal] = (),
    facts: Mapping[str, Any],
) -> None:
    """The next row of the chain: what happened, with the journals that it brought."""
    told = {name: _told(value) for name, value in facts.items()}
    if journals:
        told["journals"] = [journal.told for journal in journals]
    work.history.tell(chain, event, actor=actor, at=at, facts=told)


def _told(value: Any) -> Any:
    if isinstance(value, Money | Terms):
        return value.json()
    return sure(value) if isinstance(value, datetime) else value
