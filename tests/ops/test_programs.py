"""The programs under their process manager: started again, stopped together, never left behind."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from ops import preflight, up
from ops.desk import PROGRAMS, Desk, free_home
from ops.programs import Ended, ManagerLost, Programs
from tests.desk import READY_S, RunningDesk, free_ports

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
needs_leash = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")


def soon(so: Callable[[], bool], within_s: float = 30) -> bool:
    until = time.monotonic() + within_s
    while not so() and time.monotonic() < until:
        time.sleep(0.1)
    return so()


def runs(pid: int) -> bool:
    """An orphan that has ended stays a zombie where the first process of all buries nobody."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True, kw_only=True)
class TinyDesk(Desk):
    """A desk whose programs are lines for a shell, run by the real process manager."""

    lines: dict[str, str] = field(default_factory=dict)

    def commands(self, model: Path) -> dict[str, list[str]]:
        return {program: ["/bin/sh", "-c", line] for program, line in self.lines.items()}


def tiny(home: Path, **lines: str) -> TinyDesk:
    return TinyDesk(home=free_home(home), port=free_ports(), lines=lines)


@pytest.fixture
def started() -> Iterator[Callable[[TinyDesk], Programs]]:
    """Starts a desk's programs, and stops them after the test."""
    all_of_them: list[Programs] = []

    def start(desk: TinyDesk) -> Programs:
        all_of_them.append(Programs(desk, desk.home))
        all_of_them[-1].start()
        return all_of_them[-1]

    yield start
    for programs in all_of_them:
        programs.stop()


def ends_of(programs: Programs, count: int) -> list[Ended]:
    """The next ends that the process manager tells of, at least so many."""
    ends: list[Ended] = []
    until = time.monotonic() + 30
    while len(ends) < count:
        assert time.monotonic() < until, ends
        ends += programs.ended(within_s=0.1)
    return ends


Start = Callable[[TinyDesk], Programs]


def test_the_pauses_grow_for_one_that_fails_again_and_again(tmp_path: Path, started: Start) -> None:
    programs = started(tiny(tmp_path, escrow="exit 3", messenger="exec sleep 60"))
    assert [(end.program, end.how, end.pause_s) for end in ends_of(programs, 3)] == [
        ("escrow", "code 3", 1),
        ("escrow", "code 3", 2),
        ("escrow", "code 3", 3),
    ]
    assert set(programs.pids) == {"messenger"}


def test_a_signal_and_a_quiet_end_are_told_apart(tmp_path: Path, started: Start) -> None:
    programs = started(tiny(tmp_path, escrow="kill -9 $$", actions="exit 0"))
    assert {(end.program, end.how) for end in ends_of(programs, 2)} == {
        ("escrow", "SIGKILL"),
        ("actions", "code 0"),
    }


def test_a_log_begins_with_the_desk_and_outlives_a_restart(tmp_path: Path, started: Start) -> None:
    desk = tiny(tmp_path, escrow="echo one more; exit 3")
    desk.log_of("escrow").write_text("of yesterday\n")
    ends_of(started(desk), 2)
    assert re.fullmatch(r"(one more\n){2,}", desk.log_of("escrow").read_text())


def test_a_path_may_have_any_signs(tmp_path: Path, started: Start) -> None:
    desk = tiny(tmp_path / "50% of #1 ;it's", escrow="echo '5% ; # so'; exec sleep 60")
    started(desk)
    assert soon(lambda: desk.log_of("escrow").read_text() == "5% ; # so\n")


def test_no_secret_is_in_a_file(tmp_path: Path, started: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURE_SERVICE_KEY", "known-to-nobody")
    lines = {"escrow": 'echo "$ASSURE_SERVICE_KEY $ASSURE_DATABASE_URL" | md5sum; exec sleep 60'}
    desk = TinyDesk(home=free_home(tmp_path), database="postgresql://u:hidden-word@h/d", lines=lines)
    started(desk)
    assert soon(lambda: bool(desk.log_of("escrow").read_text()))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert not re.search("known-to-nobody|hidden-word", path.read_text(errors="replace"))
    assert (tmp_path / "supervisord.conf").stat().st_mode & 0o777 == 0o600


def test_stopping_ends_what_a_program_has_started_too(tmp_path: Path) -> None:
    """One child ignores the polite signal, and one program leaves its child behind."""
    stubborn = "sh -c 'trap \"\" TERM; echo $$ >> {0}; while :; do sleep 1; done' & echo $! >/dev/null; {1}"
    pids = tmp_path / "pids"
    desk = tiny(
        tmp_path,
        rasa=stubborn.format(pids, "exec sleep 60"),
        actions=stubborn.format(pids, "sleep 2; exit 1"),
    )
    programs = Programs(desk, tmp_path)
    programs.start()
    ends_of(programs, 1)
    programs.stop()
    told = [int(pid) for pid in pids.read_text().split()]
    assert len(told) >= 2
    assert soon(lambda: not any(map(runs, told)), within_s=3)


def test_one_that_never_comes_up_ends_the_start_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "START_TRIES", 1)
    desk = tiny(tmp_path, escrow="echo no database; exit 3", messenger="exec sleep 60")
    with pytest.raises(preflight.Trouble, match=r"(?s)^escrow ended by itself \(code 3\).*no database$"):
        up.run(desk, tmp_path)


def test_a_desk_that_stays_silent_ends_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "PATIENCE_S", 1.0)
    with pytest.raises(
        preflight.Trouble, match=r"^still not ready after 1 s, .*messenger does not answer yet"
    ):
        up.run(tiny(tmp_path, escrow="exec sleep 60", messenger="exec sleep 60"), tmp_path)


def test_a_killed_process_manager_leaves_no_program_behind(tmp_path: Path) -> None:
    programs = Programs(tiny(tmp_path, escrow="exec sleep 60", rasa="exec sleep 60"), tmp_path)
    programs.start()
    assert soon(lambda: not list(programs.ended(within_s=0.1)) and len(programs.pids) == 2)
    pids = list(programs.pids.values())
    os.kill(psutil.Process(pids[0]).ppid(), signal.SIGKILL)
    with pytest.raises(ManagerLost):
        list(programs.ended(within_s=10))
    programs.stop()
    assert not any(map(runs, pids))


HOLD = """
import sys, time
from pathlib import Path
from ops.programs import Programs
from tests.ops.test_programs import tiny
desk = tiny(Path(sys.argv[1]), escrow="exec sleep 60", rasa="exec sleep 60")
programs = Programs(desk, desk.home)
programs.start()
while True:
    list(programs.ended(within_s=0.1))
    print(*programs.pids.values(), flush=True)
"""


@needs_leash
@pytest.mark.parametrize("manager_too", [False, True], ids=["up alone", "up and the process manager"])
def test_a_killed_up_leaves_no_program_behind(tmp_path: Path, manager_too: bool) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holding:
        assert holding.stdout is not None
        pids = next([int(pid) for pid in line.split()] for line in holding.stdout if len(line.split()) == 2)
        manager = psutil.Process(pids[0]).ppid()
        if manager_too:
            os.kill(manager, signal.SIGKILL)
        holding.kill()
    assert soon(lambda: not any(map(runs, [*pids, manager])), within_s=15)


@dataclass
class LiveDesk:
    """A whole desk, what `up` says of it line by line, and the process that has each port."""

    desk: RunningDesk
    process: subprocess.Popen[str]
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    starting: list[str] = field(default_factory=list)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def pids(self) -> dict[str, int]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        listening = {c.laddr.port: p.pid for p in children for c in p.net_connections("tcp") if not c.raddr}
        return {
            name: listening[port]
            for name in PROGRAMS
            if (port := self.desk.port + PROGRAMS.index(name)) in listening
        }


@pytest.fixture(scope="module")
def live(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveDesk]:
    home = tmp_path_factory.mktemp("live")
    (home / "models").symlink_to(model_path.parent)
    port = free_ports()
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.up", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "ASSURE_HOME": str(home)},
    )
    live = LiveDesk(RunningDesk(url=f"http://127.0.0.1:{port}", port=port, home=home), process)
    listener = threading.Thread(target=live.listen)
    listener.start()
    while not live.starting or not live.starting[-1].startswith("ready"):
        live.starting.append(live.lines.get(timeout=READY_S))
    yield live
    process.terminate()
    process.wait(timeout=30)
    listener.join(timeout=5)


def test_a_start_says_one_line_a_stage_with_its_seconds(live: LiveDesk) -> None:
    *stages, ready = live.starting
    assert [line.partition(":")[0] for line in stages] == ["model", "demo world", "programs"]
    assert all(re.search(r" \(\d+ s\)$", line) for line in stages)
    assert ready == f"ready: {live.desk.url}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_program_is_started_again_beside_the_others(live: LiveDesk, program: str) -> None:
    before = live.pids()
    os.kill(before[program], signal.SIGKILL)
    assert live.lines.get(timeout=20).startswith(f"{program} ended by itself (SIGKILL) and is started again ")
    assert live.lines.get(timeout=60) == "all programs answer again"
    after = live.pids()
    assert [name for name in PROGRAMS if after[name] != before[name]] == [program]
    events = live.desk.chat("alice", ["where is my order TA-20944-1002?"])
    assert any(event["from"] == "bot" and "TA-20944-1002" in event["body"]["text"] for event in events)


def test_an_interrupt_stops_all_four_and_frees_their_ports(live: LiveDesk) -> None:
    children = psutil.Process(live.process.pid).children(recursive=True)
    live.process.send_signal(signal.SIGINT)
    assert live.process.wait(timeout=30) == 0
    assert live.lines.get(timeout=5) == "stopped"
    preflight.check_ports(live.desk.port)
    assert len(children) >= len(PROGRAMS) + 1
    assert not any(runs(child.pid) for child in children)


STARTING = """
import sys
from pathlib import Path
from ops import up
from tests.ops.test_programs import tiny
desk = tiny(Path(sys.argv[1]), escrow="exec sleep 60", rasa="exec sleep 60")
up.bring_up = lambda arguments: up.run(desk, desk.home)
sys.exit(up.main())
"""


POLITE = {
    name: (getattr(signal, name), f"import signal\nsignal.signal(signal.{name}, signal.SIG_DFL)\n")
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
}
# As a shell starts what it puts in the background.
POLITE["ignored SIGINT"] = signal.SIGINT, "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


@pytest.mark.parametrize("how", POLITE)
def test_each_polite_signal_ends_a_start_with_nothing_left(tmp_path: Path, how: str) -> None:
    number, before = POLITE[how]
    command = [sys.executable, "-c", before + STARTING, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starting:
        process = psutil.Process(starting.pid)
        assert soon(lambda: len(process.children(recursive=True)) == 3)
        children = process.children(recursive=True)
        for _ in range(3):
            starting.send_signal(number)
        said, _ = starting.communicate(timeout=30)
    assert starting.returncode == 0
    assert said.splitlines()[-1] == "stopped"
    assert not any(runs(child.pid) for child in children)
