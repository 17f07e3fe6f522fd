"""`./assure up` before and around the four programs: what it refuses, and in which words."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from ops import model, preflight, setup, up
from ops.desk import Desk
from tests.desk import free_ports, start_desk, stop_desk

ROOT = Path(__file__).resolve().parents[2]


def run_up(home: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in preflight.SECRETS}
    return subprocess.run(
        [sys.executable, "-m", "ops.up", *options],
        cwd=ROOT,
        env={**kept, "ASSURE_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that it ended with; a traceback would be more."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on, the three before it free."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_ports() + 3))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_named_in_one_sentence(tmp_path: Path, taken: int) -> None:
    assert said(run_up(tmp_path, "--port", str(taken))).startswith(f"assure: port {taken} is busy: stop")


def test_each_of_the_four_ports_is_looked_at(tmp_path: Path, taken: int) -> None:
    assert f"port {taken} is busy" in said(run_up(tmp_path, "--port", str(taken - 3)))


def test_without_a_demo_world_the_missing_secrets_are_named(tmp_path: Path) -> None:
    line = said(run_up(tmp_path, "--no-demo"))
    assert all(name in line for name in preflight.SECRETS)


def test_a_secret_that_is_there_is_not_named(tmp_path: Path) -> None:
    line = said(run_up(tmp_path, "--no-demo", ASSURE_SERVICE_KEY="k" * 40))
    assert "ASSURE_SESSION_PUBLIC_KEY" in line and "ASSURE_EXECUTOR_KEY" in line
    assert "ASSURE_SERVICE_KEY" not in line


def test_one_key_for_two_programs_is_refused(tmp_path: Path) -> None:
    given = {"ASSURE_SERVICE_KEY": "k" * 40, "ASSURE_EXECUTOR_KEY": "k" * 40}
    line = said(run_up(tmp_path, "--no-demo", ASSURE_SESSION_PUBLIC_KEY=__file__, **given))
    assert "ASSURE_SERVICE_KEY and ASSURE_EXECUTOR_KEY are the same" in line


def test_a_public_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.pem")
    given = {"ASSURE_SERVICE_KEY": "k" * 40, "ASSURE_EXECUTOR_KEY": "e" * 40}
    given |= {"ASSURE_SESSION_PUBLIC_KEY": nowhere}
    assert f"{nowhere}, which cannot be read" in said(run_up(tmp_path, "--no-demo", **given))


def test_too_little_room_is_one_sentence_with_the_figures(tmp_path: Path) -> None:
    with pytest.raises(preflight.Trouble, match=r"^the disk is too full: .* has \d+ MB free, \d+ MB are"):
        preflight.check_room(tmp_path, needed_mb=10**12)


def test_a_disk_with_room_passes(tmp_path: Path) -> None:
    preflight.check_room(tmp_path / "new" / "home", needed_mb=1)
    assert setup.no_room(str(tmp_path), 1) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_disk_that_fills_up_on_the_way_is_one_sentence() -> None:
    with pytest.raises(OSError) as full, open("/dev/full", "w") as disk:
        disk.write("x" * 100_000)
    assert full.value.errno == errno.ENOSPC
    assert str(preflight.in_words(full.value)).startswith("the disk is full")


def test_a_home_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert "home" in said(run_up(tmp_path / "home", "--port", str(free_ports())))


def test_one_home_has_one_desk(tmp_path: Path) -> None:
    with up.held(tmp_path), pytest.raises(preflight.Trouble, match="another desk runs on"), up.held(tmp_path):
        pass


@dataclass(frozen=True, kw_only=True)
class TinyDesk(Desk):
    """A desk whose programs are shell commands, run by the real process manager."""

    programs: dict[str, str] = field(default_factory=dict)

    def commands(self, trained: Path) -> dict[str, str]:
        return self.programs


@pytest.fixture
def handlers() -> Iterator[None]:
    """The process manager takes the signals over; give them back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_a_program_that_ends_by_itself_ends_all_and_is_named(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "escrow.log"
    log.parent.mkdir()
    programs = {"escrow": f"echo no database > {log}; exit 3", "messenger": "exec sleep 60"}
    desk = TinyDesk(home=tmp_path, port=free_ports(), programs=programs)
    with pytest.raises(preflight.Trouble, match=r"(?s)^escrow ended by itself \(code 3\).*no database$"):
        up.run(desk, tmp_path)


def test_an_interrupt_stops_all_four_and_frees_their_ports(model_path: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(model_path.parent)
    port = free_ports()
    assert stop_desk(start_desk(tmp_path, port, "--fresh")) == 0
    preflight.check_ports(port)


def test_the_fingerprint_changes_with_the_data_and_not_with_the_words(tmp_path: Path) -> None:
    for source in ("data", "bot"):
        shutil.copytree(ROOT / source, tmp_path / source)
    before = model.fingerprint(tmp_path)
    (tmp_path / "data" / "words" / "en.yml").write_text("")
    assert model.fingerprint(tmp_path) == before
    (tmp_path / "data" / "nlu" / "more.yml").write_text("")
    assert model.fingerprint(tmp_path) != before


def test_the_command_without_a_name_says_what_there_is() -> None:
    done = subprocess.run([ROOT / "assure"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "up | test | chat" in done.stderr


def test_every_command_has_its_program() -> None:
    script = (ROOT / "assure").read_text()
    started = re.findall(r"^ +(\w+)\) run ([\w.]+)", script, re.MULTILINE)
    assert f"usage: ./assure {' | '.join(command for command, _ in started)}  " in script
    assert [module for _, module in started if find_spec(module) is None] == []
