"""What Assure itself takes: to start, to answer a turn, to train, to fetch."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from ops import model
from ops.model import ROOT
from tests.desk import RunningDesk, free_ports, stop_desk, wait_until_ready

QUESTION = "status of TA-20931-7741"


@contextmanager
def running(home: Path) -> Iterator[tuple[RunningDesk, float]]:
    """A desk with everything in place, started by `./assure up`, and the seconds that it took to `ready`."""
    port = free_ports()
    stop_desk(_up(home, port, "--fresh"))
    started = time.monotonic()
    process = _up(home, port)
    ready_s = time.monotonic() - started
    try:
        yield RunningDesk(url=f"http://127.0.0.1:{port}", port=port, home=home), ready_s
    finally:
        stop_desk(process)


def _up(home: Path, port: int, *options: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [ROOT / "assure", "up", "--port", str(port), *options],
        env={**os.environ, "ASSURE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return wait_until_ready(process)


class Talk:
    """One person's open conversation at the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.sent = 0

    async def hello(self, token: str) -> None:
        frame = {"frame": "hello", "token": token, "conversation": "new", "after": 0}
        await self.socket.send_json({**frame, "tz": "Africa/Lagos", "locale": "en"})
        await self._until(lambda seen: seen["frame"] == "event")

    async def turn_ms(self, text: str) -> float:
        """Say `text`; milliseconds until the turn is over, its answer shown."""
        self.sent += 1
        started = time.perf_counter()
        await self.socket.send_json({"frame": "send", "cid": f"c{self.sent}", "text": text})
        frames = await self._until(lambda seen: seen["frame"] == "typing" and not seen["on"])
        took = (time.perf_counter() - started) * 1000
        assert any(seen["frame"] == "event" and seen["from"] == "bot" for seen in frames), frames
        return took

    async def _until(self, over: Any) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = []
        while not frames or not over(frames[-1]):
            frames.append(await self.socket.receive_json(timeout=30))
        return frames


async def turns(desk: RunningDesk, count: int, *, conversations: int = 1) -> list[float]:
    """Milliseconds of each of `count` turns with an action and an escrow read, in each conversation."""
    token, took = desk.token("alice"), []
    async with aiohttp.ClientSession() as session:
        for _ in range(conversations):
            async with session.ws_connect(f"{desk.url.replace('http', 'ws')}/ws") as socket:
                talk = Talk(socket)
                await talk.hello(token)
                took += [await talk.turn_ms(QUESTION) for _ in range(count)]
    return took


async def pieces(desk: RunningDesk, turn_ms: float, count: int = 40) -> dict[str, float]:
    """Where a turn's milliseconds go: Rasa's own count, escrow asked directly, the rest messenger's log."""
    token = desk.token("alice", audience="escrow")
    spent: dict[str, list[float]] = {
        "understanding": [],
        "policy": [],
        "action": [],
        "total": [],
        "escrow": [],
    }
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        for n in range(count):
            for name, took in (await _rasa_ms(session, desk, token, f"bench-{n}")).items():
                spent[name].append(took)
            spent["escrow"].append(await _escrow_ms(session, desk))
    middle = {name: median(took) for name, took in spent.items()}
    told = {name: middle[name] for name in ("understanding", "policy", "escrow")}
    return {**told, "action": middle["action"] - middle["escrow"], "log": turn_ms - middle["total"]}


async def _rasa_ms(
    session: aiohttp.ClientSession, desk: RunningDesk, token: str, sender: str
) -> dict[str, float]:
    metadata = {"turn": f"{sender}-1", "token": token, "tz": "Africa/Lagos", "locale": "en"}
    turn = {"sender": sender, "text": QUESTION, "press": None, "metadata": metadata}
    url = f"{desk.url_of('rasa')}/webhooks/assure/turn"
    async with session.post(url, json=turn) as answer:
        told: dict[str, float] = (await answer.json())["timings_ms"]
    return told


async def _escrow_ms(session: aiohttp.ClientSession, desk: RunningDesk) -> float:
    started = time.perf_counter()
    async with session.get(f"{desk.url_of('escrow')}/v1/orders/TA-20931-7741") as answer:
        assert answer.status == 200
        await answer.read()
    return (time.perf_counter() - started) * 1000


def growth(took: list[float]) -> float:
    """The 200th turn against the 10th, each as the median of the eleven around it."""
    return median(took[194:205]) / median(took[4:15])


def resident_mb(port: int) -> float:
    """Memory of the process whose command line holds this port after `-p`: Rasa's."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            status = (folder / "status").read_text()
        except OSError:
            continue
        if b"run" in words and str(port).encode() in words:
            return memory_of(status)
    raise AssertionError(f"no process listens on {port}")


def memory_of(status: str) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1000


def training_s() -> float:
    """Seconds to train the assistant from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").mkdir()
        started = time.monotonic()
        model.ensure(Path(folder), say=lambda line: None)
        return time.monotonic() - started


def download_mb() -> float:
    """Megabytes of the wheels that `./assure up` fetches on this platform, from the lock."""
    packages = {row["name"]: row for row in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    wanted, waiting = set(), ["assure"]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            extras = [
                row for rows in packages[name].get("optional-dependencies", {}).values() for row in rows
            ]
            waiting += [row["name"] for row in [*packages[name].get("dependencies", []), *extras]]
    return sum(_wheel_size(packages[name]) for name in wanted) / 1e6


def _wheel_size(package: dict[str, Any]) -> int:
    """Of the best wheel for this platform; of the source where there is none."""
    order = {tag: place for place, tag in enumerate(sys_tags())}
    ranked = [
        (order[tag], wheel["size"])
        for wheel in package.get("wheels", [])
        for tag in _tags(wheel)
        if tag in order
    ]
    return int(min(ranked)[1] if ranked else package.get("sdist", {}).get("size", 0))


def _tags(wheel: dict[str, Any]) -> Any:
    return parse_wheel_filename(wheel["url"].rsplit("/", 1)[1])[3]
