"""The action server when things go wrong: always a true sentence, never an echo of what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actions.turn import STEPS, Turn
from messenger import tokens
from tests.actions.conftest import Server, render

NOBODY_THERE = "http://127.0.0.1:9"
SECRET = "secret-token-of-a-person"

Story = Callable[[Server], Awaitable[None]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tokens.ensure_keys(tmp_path)
    return tmp_path


def tell(home: Path, story: Story) -> None:
    async def told() -> None:
        async with Server(NOBODY_THERE, home) as server:
            await story(server)

    asyncio.run(told())


def test_a_dead_escrow_is_said_and_a_person_offered(home: Path) -> None:
    async def story(server: Server) -> None:
        (saying,) = await server.chat("alice").act("action_list_orders")
        assert saying["say"] == "trouble.escrow"
        assert "Talk to a person" in render(saying)

    tell(home, story)


def test_a_confirmation_that_got_no_answer_keeps_its_quote_and_says_that_it_is_not_known(home: Path) -> None:
    async def story(server: Server) -> None:
        chat = server.chat("alice")
        chat.open("open_claim")
        chat.frame["quote"] = "q-1"
        (saying,) = await chat.act("action_confirm_quote")
        assert saying["say"] == "trouble.confirm"
        assert chat.frame["quote"] == "q-1"

    tell(home, story)


def test_a_no_while_escrow_is_away_does_not_say_that_nothing_was_done(home: Path) -> None:
    async def story(server: Server) -> None:
        chat = server.chat("alice")
        chat.open("open_claim", order=("order_id", "TA-20931-7741"))
        chat.frame["quote"] = "q-1"
        (saying,) = await chat.act("action_cancel_quote")
        assert saying["say"] == "trouble.cancel" and render(saying)
        assert chat.frame["quote"] is None

    tell(home, story)


def test_an_action_that_breaks_ends_in_a_plain_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(turn: Turn) -> None:
        raise KeyError("lines")

    monkeypatch.setitem(STEPS, "action_list_orders", breaks)

    async def story(server: Server) -> None:
        (saying,) = await server.chat("alice").act("action_list_orders")
        assert saying["say"] == "trouble.action"
        assert render(saying)

    tell(home, story)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{" + SECRET.encode(), 422),
        (b'{"next_action": "action_unknown_' + SECRET.encode() + b'", "tracker": {"sender_id": "x"}}', 404),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_without_an_echo(home: Path, body: bytes, status: int) -> None:
    async def story(server: Server) -> None:
        answer = await server.client.post("/webhook", data=body)
        assert answer.status == status
        assert SECRET not in await answer.text()

    tell(home, story)


def test_health_names_every_action(home: Path) -> None:
    async def story(server: Server) -> None:
        answer = await server.client.get("/health")
        assert set((await answer.json())["actions"]) == set(STEPS)

    tell(home, story)
