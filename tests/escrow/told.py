"""The marketplace's part: orders as agreed and events, told to books of a market."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from contract import kept
from contract.codes import Code
from contract.told import Agreement, Told
from escrow import agreements, hearing
from escrow.orders import Order
from escrow.refusals import Refusal
from escrow.store.database import Database
from tests.escrow.worlds import MADE

NOW = MADE + timedelta(days=40)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGREED: dict[str, Any] = {
    "buyer": "adeyemi-trading",
    "supplier": "shenzhen-lumen",
    "currency": "USD",
    "lines": [{"title": "Lamps", "quantity": 10, "unit_price": 900}],
    "freight": 1000,
    "mode": "air",
    "ship_by": "2027-01-10T00:00:00Z",
    "promised_at": "2027-01-20T00:00:00Z",
}


def agreed(trade: Database, id: str = "TA-1", *, now: datetime = NOW, **more: Any) -> Order:
    wanted = msgspec.convert(AGREED | more, Agreement)
    return trade.write(lambda work: agreements.put(work, id, wanted, now))


def tell(
    trade: Database, event: str, id: str = "", *, order: str = "TA-1", now: datetime = NOW, **more: Any
) -> kept.Heard:
    """As of `now` unless it says when."""
    body: dict[str, Any] = {"event": event, "id": id or f"E-{event}", "at": now.isoformat()}
    usual: dict[str, dict[str, Any]] = {
        "paid": {"payment": f"PSP-{order}", "amount": {"minor": 100_00, "currency": "USD"}},
        "payment_processing": {"payment": "PSP-1"},
        "payment_failed": {"payment": "PSP-1"},
        "shipped": {"shipment": "S-1", "source": "carrier", "carrier": "DHL", "tracking": "1Z"},
        "delivered": {"shipment": "S-1", "source": "carrier"},
    }
    told = msgspec.convert(body | usual[event] | more, Told)
    return trade.write(lambda work: hearing.hear(work, order, told, now))


def refused(code: Code) -> Any:
    return pytest.raises(Refusal, match=f"^{code}$")


def order(trade: Database, id: str = "TA-1") -> Order:
    return trade.read(lambda work: work.orders.get(id))
