"""`./assure chat`: the desk in a terminal, over the same WebSocket that the widget uses."""

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TextIO

import aiohttp
import msgspec

from messenger import demo, settings
from messenger.tokens import ensure_keys, load_keys, of_demo, session_token

SPEAKERS = {"bot": "assure", "system": "--", "agent": "agent", "buyer": "you", "supplier": "you"}


class Trouble(Exception):
    """What stops the chat, in one plain sentence."""


@dataclass
class Screen:
    """What the person has seen: the events, and which choices a number or a title would press."""

    out: TextIO
    as_json: bool
    typed: bool
    choices: list[dict[str, str]] = field(default_factory=list)
    owner: str = "bot"

    def greet(self, ready: dict[str, Any]) -> None:
        self.owner = ready["owner"]
        if not self.as_json:
            print(f"conversation {ready['conversation']}", file=sys.stderr)

    def show(self, event: dict[str, Any]) -> None:
        """Print it; what was just typed at this terminal is there already."""
        body, options = event["body"], event["body"].get("options", [])
        if event["from"] in ("buyer", "supplier") and self.owner == "bot":
            self.choices = []
        if event["type"] == "owner":
            self.owner, self.choices = body["owner"], []
        first = len(self.choices) + 1
        self.choices += options
        if self.typed and event.get("cid") and not self.as_json:
            return
        if self.as_json:
            line = msgspec.json.encode(event).decode()
        else:
            line = f"{SPEAKERS[event['from']]:>7}  " + body["text"].replace("\n", "\n" + 9 * " ")
            line += "".join(f"\n{'':9}/{n} {option['title']}" for n, option in enumerate(options, first))
        print(line, file=self.out, flush=True)

    def pressed(self, line: str) -> str | None:
        """The id of the open choice that a line means by its number or its title; else it is text."""
        for number, option in enumerate(self.choices, start=1):
            if line.strip() == f"/{number}" or line.strip().casefold() == option["title"].casefold():
                return option["id"]
        return None


class Chat:
    """One line at a time: the next is sent when the turn of the last is over."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, screen: Screen) -> None:
        self._socket = socket
        self._screen = screen
        self._cids = count(1)
        self._run = f"{os.getpid():x}-{time.time_ns():x}"
        self._cid: str | None = None
        self._acked = False
        self._bot_answers = True
        self.idle = asyncio.Event()

    async def say(self, line: str) -> None:
        self.idle.clear()
        self._cid, self._acked = f"{self._run}-{next(self._cids)}", False
        self._bot_answers = self._screen.owner == "bot"
        reply = self._screen.pressed(line)
        said = {"reply_id": reply} if reply else {"text": line}
        await self.send({"frame": "send", "cid": self._cid, **said})

    async def send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    async def listen(self) -> None:
        """Show what comes until the connection ends, which is trouble."""
        replay_ends: int | None = None
        async for message in self._socket:
            frame = msgspec.json.decode(message.data)
            if frame["frame"] == "ready":
                self._screen.greet(frame)
                replay_ends = frame["seq"]
            elif frame["frame"] == "error" and not frame.get("cid"):
                raise Trouble(frame["message"])
            elif frame["frame"] == "event":
                self._screen.show(frame)
            if replay_ends is not None and frame.get("seq") == replay_ends and frame["frame"] == "event":
                replay_ends = None
                self.idle.set()
            elif self._cid is not None and self._over(frame):
                self.idle.set()
        raise Trouble("the desk has closed the connection.")

    def _over(self, frame: dict[str, Any]) -> bool:
        """Whether this frame ends the turn. What a press does to the owner comes before its ack."""
        if frame["frame"] == "event" and frame["type"] == "owner" and not self._acked:
            self._bot_answers = False
        elif frame["frame"] == "ack" and frame["cid"] == self._cid:
            self._acked = True
            return not self._bot_answers
        elif frame["frame"] == "error" and frame.get("cid") == self._cid:
            print(f"assure: {frame['message']}", file=sys.stderr)
            return True
        return frame["frame"] == "typing" and not frame["on"] and self._acked


def _lines(loop: asyncio.AbstractEventLoop, take: Callable[[str | None], None]) -> None:
    """Read stdin in a thread of its own that may stay behind; None is its end."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        loop.call_soon_threadsafe(take, text)
    loop.call_soon_threadsafe(take, None)


async def _talk(chat: Chat) -> None:
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    await chat.idle.wait()
    threading.Thread(target=_lines, args=(loop, lines.put_nowait), daemon=True).start()
    while (line := await lines.get()) is not None:
        await chat.say(line)
        await chat.idle.wait()


async def run(asked: argparse.Namespace) -> None:
    token, tz, locale = _caller(asked.person)
    screen = Screen(sys.stdout, asked.json, typed=sys.stdin.isatty())
    url = asked.url.rstrip("/") + "/ws"
    try:
        async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
            chat = Chat(socket, screen)
            hello = {"frame": "hello", "conversation": asked.conversation, "tz": tz, "locale": locale}
            await chat.send(hello | ({"token": token} if token else {}))
            both = [asyncio.create_task(chat.listen()), asyncio.create_task(_talk(chat))]
            done, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            for task in done:
                task.result()
    except aiohttp.ClientError as wrong:
        raise Trouble(f"no desk answers at {asked.url}: start one with ./assure up.") from wrong


def _caller(name: str | None) -> tuple[str | None, str, str]:
    """Token, zone and locale; a visitor has no token."""
    if name is None:
        return None, os.environ.get("TZ") or "UTC", "en"
    known = demo.people()[name]
    home = settings.read().home
    ensure_keys(home)
    return session_token(of_demo(known), load_keys(home)), known.zone, known.locale


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./assure chat", description="The desk in a terminal.")
    parser.add_argument("--as", dest="person", help="a person of the demo world; left out: a visitor")
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.add_argument("--conversation", default="new", help="go on with this one")
    parser.add_argument("--url", default=os.environ.get("ASSURE_URL") or "http://127.0.0.1:8080")
    asked = parser.parse_args(arguments)
    if asked.person is not None and asked.person not in demo.people():
        print(f"assure: {demo.nobody(asked.person)}", file=sys.stderr)
        return 2
    try:
        asyncio.run(run(asked))
    except Trouble as trouble:
        print(f"assure: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
