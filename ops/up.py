"""`./assure up`: see to what the desk needs, start its programs, say when it answers, stop them together."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from honcho.manager import Manager
from honcho.printer import Message

from messenger.tokens import ensure_keys
from ops import model, preflight, state
from ops.desk import PROGRAMS, Desk, free_home
from ops.model import ROOT
from ops.preflight import Trouble

PATIENCE_S = 120.0


def say(line: str) -> None:
    print(line, flush=True)


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./assure up", description="Start the desk; Ctrl-C stops it.")
    parser.add_argument("--port", type=int, default=8080, help="of messenger; the next three are taken too")
    parser.add_argument("--fresh", action="store_true", help="a new demo world; the old one is thrown away")
    parser.add_argument("--no-demo", action="store_true", help="no demo world; needs real secrets")
    parser.add_argument("--postgres", metavar="URL", help="keep the state in this PostgreSQL database")
    return parser.parse_args(arguments)


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold `home` for this desk alone: its databases have one writer each."""
    with (home / "desk.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Trouble(f"another desk runs on {home}: stop it, or set ASSURE_HOME.") from taken
        yield


def make_demo_world(desk: Desk, *, fresh: bool) -> None:
    """Make the demo world unless there is one; what escrow says of it (made, or its age) is passed on."""
    if fresh:
        _ask_escrow(desk, "--check")
        state.throw_away(desk)
    say(_ask_escrow(desk))


def _ask_escrow(desk: Desk, *options: str) -> str:
    command = [sys.executable, "-m", "escrow.demo", *options]
    done = subprocess.run(command, cwd=ROOT, env=desk.environment(), capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"no demo world can be made: {done.stderr[-2000:].strip()}")
    return done.stdout.strip()


class Ends:
    """Takes the process manager's remarks and keeps the first program that ended, with its code."""

    width = 0

    def __init__(self) -> None:
        self.first: tuple[str, str] | None = None

    def write(self, message: Message) -> None:
        name, _, code = str(message.data).strip().partition(" stopped (rc=")
        if code and self.first is None:
            self.first = name, code.rstrip(")")


def run(desk: Desk, trained: Path) -> None:
    """Run the programs until one ends or a signal comes; raises Trouble when one ended by itself."""
    ends = Ends()
    manager = Manager(ends)
    for program, command in desk.commands(trained).items():
        manager.add_process(program, command, env=desk.environment(), cwd=str(ROOT))
    watch = threading.Timer(0.5, announce, [desk, manager])
    watch.daemon = True
    watch.start()
    manager.loop()
    watch.cancel()
    if manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM) or ends.first is None:
        return
    program, code = ends.first
    tail = "\n".join(desk.log_of(program).read_text(errors="replace").splitlines()[-8:])
    raise Trouble(f"{program} ended by itself (code {code}), so all are stopped. The end of its log:\n{tail}")


def announce(desk: Desk, manager: Manager) -> None:
    """Say that the desk is ready once a first message would be answered, or who keeps it waiting."""
    until = time.monotonic() + PATIENCE_S
    waiting = "messenger does not answer yet"
    while manager.returncode is None and time.monotonic() < until:
        waiting = why_not_ready(desk.url)
        if not waiting:
            return say(f"ready: {desk.url}")
        time.sleep(0.05)
    if manager.returncode is None:
        say(f"still not ready after {PATIENCE_S:.0f} s: {waiting}. Logs: {desk.home / 'logs'}")


def why_not_ready(url: str) -> str:
    """Empty when the whole desk answers; else what messenger says is missing."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):
            return ""
    except urllib.error.HTTPError as unwell:
        return unwell.read().decode(errors="replace").strip()
    except OSError:
        return "messenger does not answer yet"


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def bring_up(arguments: list[str]) -> None:
    asked = read_arguments(arguments)
    home = Path(os.environ.get("ASSURE_HOME", ".assure")).absolute()
    if asked.no_demo:
        preflight.check_secrets(os.environ)
    preflight.check_ports(asked.port, len(PROGRAMS))
    preflight.check_room(home)
    database = asked.postgres or os.environ.get("ASSURE_DATABASE_URL")
    desk = Desk(home=free_home(home), port=asked.port, demo=not asked.no_demo, database=database)
    with held(home):
        ensure_keys(home)
        trained = model.ensure(home, say)
        if desk.demo:
            make_demo_world(desk, fresh=asked.fresh)
        say(f"starting on ports {desk.port} to {desk.port + 3}; logs: {home / 'logs'}")
        run(desk, trained)


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        bring_up(sys.argv[1:])
    except KeyboardInterrupt:
        pass
    except OSError as refused:
        sys.exit(f"assure: {preflight.in_words(refused)}")
    except Trouble as trouble:
        sys.exit(f"assure: {trouble}")
    say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
