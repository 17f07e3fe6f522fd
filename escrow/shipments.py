"""Shipments: what has left, line by line, on whose word; and what of it has arrived.

The supplier's word alone counts as shipped, for the order, but starts no clock against the buyer; and it
never counts as delivered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contract.codes import Source
from escrow.orders import Line

Lines = tuple[tuple[int, int], ...]
"""How many of which line, which counts from 1, by line."""


@dataclass(frozen=True)
class Shipment:
    """`id` is the marketplace's own. `source` and `delivered_by` say whose word it is."""

    id: str
    order: str
    lines: Lines
    source: Source
    shipped_at: datetime
    carrier: str | None = None
    tracking: str | None = None
    delivered_at: datetime | None = None
    delivered_by: Source | None = None

    @property
    def named(self) -> str:
        """As its order's history names it: the number is not ours, and might be anything's."""
        return f"shipment:{self.order}/{self.id}"

    @property
    def has_arrived(self) -> bool:
        return self.delivered_at is not None and self.delivered_by is not Source.SUPPLIER


def whole(lines: Sequence[Line]) -> Lines:
    return tuple((n, line.quantity) for n, line in enumerate(lines, 1))


def unshipped(lines: Sequence[Line], shipments: Iterable[Shipment]) -> Lines:
    """What has not left, by line."""
    return _without(lines, shipments)


def on_the_way(lines: Sequence[Line], shipments: Iterable[Shipment]) -> Lines:
    """What has not arrived, whether it has left or not."""
    return _without(lines, (each for each in shipments if each.has_arrived))


def dispatched_at(lines: Sequence[Line], shipments: Sequence[Shipment]) -> datetime | None:
    """When the last of it left; None while something has not, or only the supplier says that it has."""
    doubtful = (each for each in shipments if each.source is Source.SUPPLIER and not each.has_arrived)
    if unshipped(lines, shipments) or any(doubtful):
        return None
    return max(each.shipped_at for each in shipments)


def delivered_at(shipments: Iterable[Shipment]) -> datetime:
    """When the last of it arrived."""
    return max(each.delivered_at for each in shipments if each.delivered_at and each.has_arrived)


def _without(lines: Sequence[Line], gone: Iterable[Shipment]) -> Lines:
    left = Counter(dict(whole(lines)))
    for shipment in gone:
        left.subtract(dict(shipment.lines))
    return tuple((n, quantity) for n, quantity in left.items() if quantity > 0)
