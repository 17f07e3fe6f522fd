"""A deed is a row and a recipe: no other code knows one by its name."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.deeds import RECIPES
from tests.actions.conftest import BOOK, Server

ROOT = Path(__file__).resolve().parents[2]
DEEDS = {task.deed for task in BOOK.tasks.values() if task.deed}
CODE = [path for program in ("bot", "actions") for path in sorted((ROOT / program).rglob("*.py"))]


def compared(path: Path) -> Iterator[str]:
    """The strings with which something is compared, also those of a match."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare | ast.MatchValue):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_deed_of_a_task_has_a_recipe_and_no_recipe_is_left_over() -> None:
    assert set(RECIPES) == DEEDS


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_compares_with_the_name_of_a_deed(path: Path) -> None:
    assert not DEEDS & set(compared(path))


def test_a_task_of_any_name_does_the_deed_of_its_row(escrow_url: str, escrow_home: Path) -> None:
    async def story() -> None:
        async with Server(escrow_url, escrow_home) as server:
            chat = server.chat("alice")
            chat.open(
                "open_claim",
                order=("order_id", "20001234567890123"),
                reason=("reason", "damaged"),
                amount=("share", "1/2"),
            )
            chat.frame["task"] = "money_back"
            await chat.act("action_find_order")
            (quote,) = await chat.act("action_quote")
            assert (quote["say"], quote["card"]["facts"]["kind"]) == ("quote.open_claim", "open_claim")
            (again,) = await chat.act("action_ask_again")
            (cancelled,) = await chat.act("action_cancel_quote", intent="deny")
            assert (again["say"], cancelled["say"]) == ("ask_again.open_claim", "cancelled.open_claim")

    asyncio.run(story())


def test_whose_task_it_is_stands_in_its_row(escrow_url: str, escrow_home: Path) -> None:
    async def story() -> None:
        async with Server(escrow_url, escrow_home) as server:
            chat = server.chat("ningbo-tools")
            for role, told in ((None, []), ("buyer", ["claim.status"])):
                chat.open("order_status", order=("product", "cordless drills"))
                chat.frame["role"] = role
                assert [one["say"] for one in await chat.act("action_find_order")] == told

    asyncio.run(story())
