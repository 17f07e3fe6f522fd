"""A whole desk for tests and benchmarks, started by `./assure up`'s own code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import preflight
from ops.desk import PROGRAMS
from ops.model import ROOT

READY_S = 120.0
# Below those that the system gives away by itself; each worker of the suite has so many of its own.
FIRST_PORT, PORTS, WORKERS = 20_000, 3_000, 4


@dataclass(frozen=True)
class RunningDesk:
    """A whole desk, started by `./assure up`'s own code with a fresh demo world."""

    url: str
    port: int
    home: Path

    def url_of(self, program: str) -> str:
        """Where messenger, rasa, actions or escrow listens."""
        return f"http://127.0.0.1:{self.port + PROGRAMS.index(program)}"

    def run(self, module: str, *arguments: str, said: str = "", timeout: float = 120) -> str:
        """What `python -m module` prints against this desk; it must end well."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            input=said,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=ROOT,
            env={**os.environ, "ASSURE_HOME": str(self.home), "ASSURE_URL": self.url},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def chat(self, person: str, lines: list[str], *arguments: str) -> list[dict[str, Any]]:
        """The events of a new conversation in which `person` says these lines, one after the other."""
        said = "".join(f"{line}\n" for line in lines)
        printed = self.run("messenger.chat", "--as", person, "--json", *arguments, said=said)
        return [json.loads(line) for line in printed.splitlines() if line]

    def token(self, person: str, *, audience: str | None = None) -> str:
        """A demo user's session token; `audience="escrow"`: one that escrow takes."""
        wanted = ["--for", audience] if audience else []
        return self.run("messenger.tokens", person, *wanted).strip()


def running_desk(model: Path) -> Iterator[RunningDesk]:
    """A desk in a home of its own with a fresh demo world, stopped and thrown away afterwards."""
    home = Path(tempfile.mkdtemp(prefix="assure-test-"))
    (home / "models").symlink_to(model.parent)
    port = free_ports()
    process = start_desk(home, port, "--fresh")
    yield RunningDesk(url=f"http://127.0.0.1:{port}", port=port, home=home)
    stop_desk(process)
    shutil.rmtree(home)


def free_ports() -> int:
    """The first of four ports in a row that nobody has."""
    for first in _ports():
        try:
            preflight.check_ports(first)
        except preflight.Trouble:
            continue
        return first
    raise AssertionError("no four free ports in a row")


def _ports() -> range:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST_PORT + PORTS * (worker % WORKERS)
    return range(first + os.getpid() % (PORTS // 8) * 4, first + PORTS, 4)


def start_desk(home: Path, port: int, *options: str) -> subprocess.Popen[str]:
    """`./assure up` as a process of its own, ready to answer when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.up", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "ASSURE_HOME": str(home)},
    )
    return wait_until_ready(process)


def wait_until_ready(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """The same process, once it has said `ready:`; fails with all that it said if it does not."""
    said: list[str] = []
    assert process.stdout is not None
    started = time.monotonic()
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready: "):
            return process
        assert time.monotonic() - started < READY_S, "".join(said)
    raise AssertionError("the desk did not start:\n" + "".join(said))


def stop_desk(process: subprocess.Popen[str]) -> int:
    """Stop it as Ctrl-C would, and give its exit code."""
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    return process.returncode
