"""`./assure up`: see to what the desk needs, start its programs, say when it answers, stop them together."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from messenger.tokens import ensure_keys
from ops import model, preflight, state
from ops.desk import PROGRAMS, Desk, free_home
from ops.model import ROOT
from ops.preflight import Trouble
from ops.programs import Ended, ManagerLost, Programs
from ops.setup import Stage

PATIENCE_S = 120.0
START_TRIES = 3
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


def make_demo_world(desk: Desk, *, fresh: bool) -> str:
    """Make the demo world unless there is one; what escrow says of it: made, or its age."""
    if fresh:
        _ask_escrow(desk, "--check")
        state.throw_away(desk)
    said = _ask_escrow(desk)
    return said.replace("made the demo world:", "made,").removeprefix("the demo world is ")


def _ask_escrow(desk: Desk, *options: str) -> str:
    command = [sys.executable, "-m", "escrow.demo", *options]
    done = subprocess.run(command, cwd=ROOT, env=desk.environment(), capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"no demo world can be made: {done.stderr[-2000:].strip()}")
    return done.stdout.strip()


def run(desk: Desk, trained: Path) -> None:
    """Run the programs until a signal comes; raises Trouble when they do not come up."""
    programs = Programs(desk, trained)
    programs.start()
    try:
        with Stage("programs", sys.stdout) as stage:
            stage.doing("starting")
            stage.done(f"on ports {desk.port} to {desk.port + 3}, logs in {desk.home / 'logs'}")
            come_up(desk, programs, stage.note)
        say(f"ready: {desk.url}")
        while True:
            keep_up(desk, programs)
    except ManagerLost as lost:
        log = desk.log_of("supervisord")
        raise Trouble(
            f"the process manager was killed, so all programs are stopped. Its log: {log}"
        ) from lost
    finally:
        programs.stop()


def come_up(desk: Desk, programs: Programs, note: Callable[[str], None]) -> None:
    """Return when a first message would be answered; a program that keeps ending, or silence, is trouble."""
    until = time.monotonic() + PATIENCE_S
    while waiting := why_not_ready(desk.url):
        for ended in programs.ended(within_s=0.05):
            if ended.pause_s > START_TRIES:
                raise Trouble(
                    f"{ended.program} ended by itself ({ended.how}), so all are stopped. "
                    f"The end of its log:\n{_tail(desk, ended.program)}"
                )
            note(_in_a_line(desk, ended))
        if time.monotonic() > until:
            raise Trouble(
                f"still not ready after {PATIENCE_S:.0f} s, so all are stopped: {waiting}. "
                f"Logs: {desk.home / 'logs'}"
            )


def keep_up(desk: Desk, programs: Programs) -> None:
    """Wait for something to end, say what, and say when all answer again."""
    waiting = False
    while True:
        for ended in programs.ended(within_s=0.5):
            say(_in_a_line(desk, ended))
            waiting = True
        if waiting and not why_not_ready(desk.url):
            return say("all programs answer again")


def _in_a_line(desk: Desk, ended: Ended) -> str:
    when = f"in {ended.pause_s} s; its log: {desk.log_of(ended.program)}" if ended.pause_s else "now"
    return f"{ended.program} ended by itself ({ended.how}) and is started again {when}"


def _tail(desk: Desk, program: str) -> str:
    return "\n".join(desk.log_of(program).read_text(errors="replace").splitlines()[-8:])


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
    """Stop once: whoever is impatient must not cut short what stops the programs."""
    for signal_ in STOPPING:
        signal.signal(signal_, signal.SIG_IGN)
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
        with Stage("model", sys.stdout) as stage:
            stage.done("in place" if model.path_of(home).exists() else "trained")
            trained = model.ensure(home, stage.doing)
        if desk.demo:
            with Stage("demo world", sys.stdout) as stage:
                stage.done(make_demo_world(desk, fresh=asked.fresh))
        run(desk, trained)


def main() -> int:
    for number in STOPPING:
        # What a shell starts in the background ignores Ctrl-C, but who sends it means it; `nohup` is meant.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
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
