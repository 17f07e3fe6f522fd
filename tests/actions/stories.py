"""What the stories of the actions share: orders of the demo world, and how a task is brought to its quote."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from tests.actions.conftest import Chat, render

LAMPS, HELD, LATE, CLOSED = "TA-20931-7741", "20001234567890123", "TA-20944-1002", "TA-20931-6650"
FRESH, UNPAID, UNPAID_OUT = "TA-20950-3310", "TA-20951-0007", "TA-20931-7714"
ANOTHERS, NOBODYS = "TA-55801-0032", "TA-99999-9999"


async def only(sayings: Awaitable[list[dict[str, Any]]]) -> dict[str, Any]:
    (saying,) = await sayings
    assert render(saying).strip()
    return saying


def by_id(order: str) -> tuple[str, str]:
    return "order_id", order


async def verdict_of(chat: Chat, order: str, task: str = "request_refund", **said: Any) -> dict[str, Any]:
    chat.open(task, order=by_id(order), **said)
    await chat.act("action_find_order")
    return await only(chat.act("action_verdict", intent="request_refund"))


async def quoted(chat: Chat, order: str, amount: tuple[str, Any]) -> dict[str, Any]:
    chat.open("open_claim", order=by_id(order), reason=("reason", "damaged"), amount=amount)
    await chat.act("action_find_order")
    return await only(chat.act("action_quote", intent="open_claim"))
