"""A real escrow in a process of its own with a fresh demo world, and a real action server in front of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.app import build
from bot.dialogue import book, frames
from messenger import demo, tokens
from messenger.wording import Voice, Words
from tests.desk import free_ports

ROOT = Path(__file__).resolve().parents[2]
WORDS = Words()
BOOK = book.load(ROOT / book.TASKS)
READY_S = 30


@pytest.fixture(scope="session")
def escrow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("escrow")
    tokens.ensure_keys(home)
    return home


@pytest.fixture(scope="session")
def escrow_url(escrow_home: Path) -> Iterator[str]:
    """The tests of this folder share its orders and money."""
    yield from running(escrow_home)


def running(escrow_home: Path) -> Iterator[str]:
    """Escrow as `./assure up` starts it, with a world of its own."""
    url = f"http://127.0.0.1:{free_ports() + 3}"
    environment = {
        **os.environ,
        "ASSURE_HOME": str(escrow_home),
        "ASSURE_ESCROW_URL": url,
        "ASSURE_DEMO": "1",
    }
    python = [sys.executable, "-m"]
    subprocess.run([*python, "escrow.demo", "--fresh"], env=environment, cwd=ROOT, check=True, timeout=60)
    process = subprocess.Popen([*python, "escrow"], env=environment, cwd=ROOT)
    try:
        _wait_for(f"{url}/healthz", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("escrow did not come up")


@dataclass
class Chat:
    """A conversation as Rasa drives it: slots are kept, quotes that were shown are in the next token."""

    client: Any
    keys: tokens.Keys
    person: str | None
    conversation: str
    slots: dict[str, Any] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    turns: int = 0

    async def act(self, action: str, *, intent: str = "inform", **message: Any) -> list[dict[str, Any]]:
        """The sayings of `action` in a new turn."""
        self.turns += 1
        metadata = {"turn": f"{self.conversation}-{self.turns}", "token": self._token(), "tz": "Africa/Lagos"}
        latest = {"intent": {"name": intent}, "entities": [], "text": "", "metadata": metadata, **message}
        tracker = {
            "sender_id": self.conversation,
            "slots": self.slots,
            "latest_message": latest,
            "events": [],
        }
        call = {"next_action": action, "sender_id": self.conversation, "tracker": tracker, "domain": {}}
        answer = await self.client.post("/webhook", json=call)
        assert answer.status == 200
        told = await answer.json()
        self.slots |= {event["name"]: event["value"] for event in told["events"]}
        sayings = [response["custom"] for response in told["responses"]]
        self.shown += [saying["card"]["facts"]["quote_id"] for saying in sayings if _is_quote(saying)]
        return sayings

    def _token(self) -> str | None:
        if self.person is None:
            return None
        known = demo.people()[self.person]
        person = tokens.Person(known.person, known.account, known.role)
        turn = f"{self.conversation}-{self.turns}"
        return tokens.delegated_token(
            person, self.keys, conversation=self.conversation, turn=turn, shown=list(self.shown)
        )

    def open(self, task: str, *, asked: str | None = None, **said: tuple[str, Any]) -> None:
        """Put a task on top: `order=("order_id", "TA-…")` is a value as it was said."""
        values = {name: {"said": {"entity": kind, "value": value}} for name, (kind, value) in said.items()}
        (frame,) = frames.written([frames.new(BOOK, task)])
        frame |= {"phase": "asked" if asked else "gathering", "values": values, "asked": asked}
        self.slots["tasks"] = [*self.slots.get("tasks", []), frame]

    @property
    def frame(self) -> dict[str, Any]:
        top: dict[str, Any] = self.slots["tasks"][-1]
        return top


def _is_quote(saying: dict[str, Any]) -> bool:
    return bool(saying.get("card") and saying["card"]["card"] == "quote")


class Server:
    """`async with Server(escrow_url, home) as server: chat = server.chat("alice")`."""

    def __init__(self, escrow_url: str, home: Path) -> None:
        self._client = TestClient(TestServer(build(escrow_url)))
        self._keys = tokens.load_keys(home)

    async def __aenter__(self) -> Server:
        await self._client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    @property
    def client(self) -> Any:
        return self._client

    def chat(self, person: str | None) -> Chat:
        return Chat(self._client, self._keys, person, f"test-{os.urandom(4).hex()}")


Story = Callable[[Callable[[str | None], Chat]], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def tell(escrow_url: str, escrow_home: Path) -> Tell:
    """Run a story with chats of demo people."""

    def run(story: Story) -> None:
        async def told() -> None:
            async with Server(escrow_url, escrow_home) as server:
                await story(server.chat)

        asyncio.run(told())

    return run


def render(saying: dict[str, Any]) -> str:
    """What the person reads, with the titles of the buttons; raises where words or a fact are missing."""
    voice = Voice("en", "en", "Africa/Lagos", datetime.now(UTC))
    text = WORDS.render(saying["say"], saying["facts"], voice) if "say" in saying else ""
    titles = [WORDS.render(option["say"], option["facts"], voice) for option in saying.get("options", ())]
    return "\n".join([text, *(f"[{title}]" for title in titles)])
