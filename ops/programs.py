"""The four programs under one process manager: started, started again when one ends, stopped together.

`supervisord` runs in the foreground as our child, without any server of its own. What it does to the programs
is read from its remarks on stdout, so a remark names each end and each new process.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops.desk import Desk
from ops.model import ROOT

LEASH = [sys.executable, str(ROOT / "ops" / "leash.py")]
# A program that lasts less long has failed to start: each pause before the next try is a second longer.
SETTLED_S = 60
KILL_AFTER_S = 8
GIVE_UP_S = 20.0
KEPT_LOG = "10MB"
CONFIGURATION = "supervisord.conf"
MANAGER = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", CONFIGURATION]

REMARK = re.compile(r" (spawned|success|exited|stopped): '?([\w-]+)'? ?(?:with pid (\d+)|\((.*)\))?")


class ManagerLost(Exception):
    """The process manager has ended, though nobody asked it to."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """One program that ended by itself, how, and the pause before it is started again."""

    program: str
    how: str
    pause_s: int


class Programs:
    """The programs of one desk. `pids` holds those that run."""

    def __init__(self, desk: Desk, model: Path) -> None:
        self._desk, self._model = desk, model
        self._failed: Counter[str] = Counter()
        self._settled: set[str] = set()
        self._unread = b""
        self.pids: dict[str, int] = {}

    def start(self) -> None:
        """Secrets are in the environment alone; the manager's file is its owner's all the same."""
        home = self._desk.home
        for program in self._commands:
            self._desk.log_of(program).write_text("")
        told = home / CONFIGURATION
        told.touch(mode=0o600)
        told.write_text(self._configuration())
        with self._desk.log_of("supervisord").open("w") as complaints:
            self._manager = subprocess.Popen(
                [*LEASH, str(home), *MANAGER],
                env={**self._desk.environment(), "ASSURE_PARENT": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                process_group=0,
            )
        assert self._manager.stdout is not None
        self._out = self._manager.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    @property
    def _commands(self) -> dict[str, list[str]]:
        return self._desk.commands(self._model)

    def _configuration(self) -> str:
        """Each program is a process group of its own, so that what it has started stops with it.

        Files are named from the manager's folder, the desk's home: it takes no path with a percent sign.
        """
        parts = ["[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\nminfds=256\nminprocs=32\n"]
        for program, command in self._commands.items():
            words = " ".join(_escaped(word) for word in [*LEASH, str(ROOT), *command])
            parts.append(
                f"[program:{program}]\ncommand={words}\nautorestart=true\nstartretries=1000000\n"
                f"startsecs={SETTLED_S}\nstopasgroup=true\nkillasgroup=true\nstopwaitsecs={KILL_AFTER_S}\n"
                f"redirect_stderr=true\nstdout_logfile=logs/{program}.log\n"
                f"stdout_logfile_maxbytes={KEPT_LOG}\nstdout_logfile_backups=1\n"
            )
        parts.append(f"[group:desk]\nprograms={','.join(self._commands)}\n")
        return "\n".join(parts)

    def ended(self, within_s: float) -> Iterator[Ended]:
        """What has ended by itself, as it is told within that time; raises ManagerLost."""
        until = time.monotonic() + within_s
        while True:
            if self._selector.select(max(0.0, until - time.monotonic())):
                for remark in self._remarks():
                    yield from self._heed(remark)
            if time.monotonic() >= until:
                return

    def _remarks(self) -> list[str]:
        if not (read := os.read(self._out, 65536)):
            raise ManagerLost
        *lines, self._unread = (self._unread + read).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _heed(self, remark: str) -> Iterator[Ended]:
        if (found := REMARK.search(remark)) is None or found[2] not in self._commands:
            return
        what, program, pid, how = found.groups()
        if what == "spawned":
            self.pids[program] = int(pid)
        elif what == "success":
            self._settled.add(program)
        else:
            if group := self.pids.pop(program, None):
                _kill_group(group)
            if what == "exited":
                yield self._count(program, how)

    def _count(self, program: str, how: str) -> Ended:
        """One that had settled is started again at once; after each failure the pause is a second longer."""
        pause = 0 if program in self._settled else self._failed[program] + 1
        self._failed[program] = pause
        self._settled.discard(program)
        how = how.partition(";")[0].replace("exit status", "code").removeprefix("terminated by ")
        return Ended(program=program, how=how, pause_s=pause)

    def stop(self) -> None:
        """Stop all of them and whatever they have started; nothing is left when this returns."""
        self._manager.terminate()
        until = time.monotonic() + GIVE_UP_S
        with suppress(ManagerLost):
            while time.monotonic() < until:
                for _ in self.ended(within_s=0.2):
                    pass
        self._manager.kill()
        self._manager.wait()
        self._stop_left()
        self._selector.close()

    def _stop_left(self) -> None:
        """Those whose manager was killed get the same time to end as from it."""
        until = time.monotonic() + KILL_AFTER_S
        for pid in self.pids.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGTERM)
        while time.monotonic() < until and any(map(_group_lives, self.pids.values())):
            time.sleep(0.05)
        for pid in self.pids.values():
            _kill_group(pid)


def _escaped(word: str) -> str:
    """A word of a command as supervisord's file takes it, whatever signs a path has."""
    return re.sub(r"([^\w./=:,@+-])", r"\\\1", word).replace("%", "%%")


def _group_lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _kill_group(pid: int) -> None:
    """What an ended program has started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
