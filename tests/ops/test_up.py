"""`./assure up` before and around the four programs: what it refuses, and in which words."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from ops import model, preflight, setup, up
from tests.desk import free_ports

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
        # As a server would: a desk of an earlier test may have left closed connections on the port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", free_ports() + 3))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_named_in_one_sentence(tmp_path: Path, taken: int) -> None:
    assert said(run_up(tmp_path, "--port", str(taken))).startswith(f"assure: port {taken} is busy: stop")


def test_who_has_a_busy_port_is_named(tmp_path: Path) -> None:
    port = free_ports() + 1
    with subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]) as other:
        until = time.monotonic() + 20
        while preflight.holder_of(port) == preflight.SOMEBODY and time.monotonic() < until:
            time.sleep(0.1)
        line = said(run_up(tmp_path, "--port", str(port - 1)))
        other.terminate()
    assert re.search(rf"\(process {other.pid}: python\S* -m http\.server\)", line)


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


def test_a_stage_is_one_line_with_what_it_did_how_it_came_out_and_its_seconds() -> None:
    out = StringIO()
    with setup.Stage("model", out) as stage:
        stage.doing("training")
        stage.done("trained")
    assert out.getvalue() == "model: training ... trained (0 s)\n"


def test_a_stage_that_fails_says_so_on_its_line() -> None:
    out = StringIO()
    with pytest.raises(preflight.Trouble), setup.Stage("model", out) as stage:
        stage.doing("training")
        raise preflight.Trouble("no room")
    assert out.getvalue() == "model: training ... failed (0 s)\n"


def test_at_a_terminal_the_seconds_of_a_stage_count_up() -> None:
    ours, theirs = os.openpty()
    said = b""
    with open(theirs, "w") as out:
        with setup.Stage("model", out) as stage:
            stage.doing("training")
            time.sleep(2.3)
        while not said.endswith(b"\n"):
            said += os.read(ours, 1000)
    os.close(ours)
    assert re.split(r"\r+(?:\n|\033\[K)", said.decode()) == [
        "model: training ... ",
        "model: training ... 1 s",
        "model: training ... 2 s",
        "model: training ... done (2 s)",
        "",
    ]


def test_of_an_installation_only_the_end_of_a_failure_is_told() -> None:
    assert setup.tail_of_failure(["sh", "-c", "echo chatter; echo more >&2"]) is None
    tail = setup.tail_of_failure(["sh", "-c", "seq 100; echo no such wheel >&2; exit 1"])
    assert tail is not None
    assert tail.splitlines()[-2:] == ["100", "no such wheel"]
    assert len(tail.splitlines()) == setup.TAIL_LINES


def test_one_home_has_one_desk(tmp_path: Path) -> None:
    with up.held(tmp_path), pytest.raises(preflight.Trouble, match="another desk runs on"), up.held(tmp_path):
        pass


def test_the_fingerprint_changes_with_the_data_and_not_with_the_words(tmp_path: Path) -> None:
    for source in ("data", "bot"):
        shutil.copytree(ROOT / source, tmp_path / source)
    before = model.fingerprint(tmp_path)
    (tmp_path / "data" / "words" / "en.yml").write_text("")
    assert model.fingerprint(tmp_path) == before
    (tmp_path / "data" / "nlu" / "more.yml").write_text("")
    assert model.fingerprint(tmp_path) != before
