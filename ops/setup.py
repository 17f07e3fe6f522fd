"""Bring the environment up to date: `setup.py up` or `setup.py test`.

Runs before anything is installed, under whatever Python 3 the machine has, so it imports
the standard library alone.
"""

import glob
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from typing import Dict, List, NoReturn, Optional, TextIO
from urllib.parse import urljoin

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".venv-tools")
ROOM_MB = 2000
FETCHED_MB = 235
TAIL_LINES = 12
UV = "uv>=0.9,<1"
INDEX = "https://pypi.org/pypi/uv/json"
NO_PYTHON = (
    "Python 3.11 is missing and could not be fetched: "
    "install it (Debian: apt-get install python3.11), then try again."
)


def fail(sentence: str) -> NoReturn:
    """End with one plain sentence."""
    sys.exit("assure: " + sentence)


class Stage:
    """One line for one stage: its name, what it does if that takes a while, how it came out, its seconds.

    At a terminal the seconds count up meanwhile.
    """

    def __init__(self, name: str, out: TextIO = sys.stderr) -> None:
        self._out, self._line = out, name + ": "
        self._outcome = "done"
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        self._whole = threading.Lock()

    def __enter__(self) -> "Stage":
        self._started = time.monotonic()
        self._write(self._line)
        if self._out.isatty():
            self._ticking.start()
        return self

    def doing(self, words: str) -> None:
        self._line += words + " ... "
        self._write(words + " ... ")

    def done(self, words: str) -> None:
        """How it came out, when it is not simply done."""
        self._outcome = words

    def note(self, line: str) -> None:
        """A line in between, for what went wrong on the way."""
        self._write("\n" + line + "\n" + self._line)

    def __exit__(self, kind: Optional[type], error: object, trace: object) -> None:
        self._over.set()
        if self._ticking.is_alive():
            self._ticking.join()
        outcome = "failed" if kind else self._outcome
        seconds = "{:.0f} s".format(time.monotonic() - self._started)
        clean = "\r\033[K" + self._line if self._out.isatty() else ""
        self._write("{}{} ({})\n".format(clean, outcome, seconds))

    def _tick(self) -> None:
        while not self._over.wait(1):
            seconds = "{:.0f} s".format(time.monotonic() - self._started)
            self._write("\r\033[K" + self._line + seconds)

    def _write(self, words: str) -> None:
        with self._whole:
            self._out.write(words)
            self._out.flush()


def no_room(path: str, needed_mb: int) -> Optional[str]:
    """The sentence for a disk that is too full for `needed_mb` more, or nothing."""
    free_mb = shutil.disk_usage(path).free // 1_000_000
    if free_mb >= needed_mb:
        return None
    return "the disk is too full: {} has {} MB free, {} MB are needed.".format(path, free_mb, needed_mb)


def find_uv() -> str:
    """The path of uv: what PATH has, else one of our own, fetched at the first time."""
    own = [shutil.which("uv"), os.path.join(TOOLS, "bin", "uv"), os.path.join(TOOLS, "uv")]
    for path in own:
        if path and os.path.exists(path):
            return path
    with Stage("installer") as stage:
        stage.doing("fetching")
        return uv_by_pip() or uv_by_wheel()


def uv_by_pip() -> Optional[str]:
    """uv in a small environment of its own; nothing where this Python has no venv or pip."""
    for command in (
        [sys.executable, "-m", "venv", TOOLS],
        [os.path.join(TOOLS, "bin", "python"), "-m", "pip", "install", "--quiet", UV],
    ):
        try:
            if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
                return None
        except OSError:
            return None
    path = os.path.join(TOOLS, "bin", "uv")
    return path if os.path.exists(path) else None


def uv_by_wheel() -> str:
    """uv unpacked from its wheel, its hash checked: for a Python without venv and pip."""
    machine = "macosx_11_0_arm64" if sys.platform == "darwin" else "manylinux_2_17_" + platform.machine()
    try:
        with urllib.request.urlopen(INDEX, timeout=60) as answer:
            wheels = [w for w in json.load(answer)["urls"] if machine in w["filename"]]
        with urllib.request.urlopen(urljoin(INDEX, wheels[0]["url"]), timeout=300) as answer:
            data = answer.read()
    except (OSError, IndexError) as trouble:
        fail("uv could not be fetched from pypi.org ({}).".format(trouble))
    if hashlib.sha256(data).hexdigest() != wheels[0]["digests"]["sha256"]:
        fail("uv came from pypi.org with a wrong hash.")
    path = os.path.join(TOOLS, "uv")
    os.makedirs(TOOLS, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        member = next(name for name in wheel.namelist() if name.endswith("/scripts/uv"))
        with open(path, "wb") as file:
            file.write(wheel.read(member))
    os.chmod(path, 0o755)
    return path


def environment() -> Dict[str, str]:
    """For uv: any Python 3.11 of the machine before one of its own, and our .venv whatever is active."""
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**kept, "UV_PYTHON_PREFERENCE": "system", "UV_PROJECT_ENVIRONMENT": os.path.join(ROOT, ".venv")}


def quietly(command: List[str]) -> bool:
    """Whether the command ended well; its output is nobody's business."""
    null = subprocess.DEVNULL
    return subprocess.run(command, stdout=null, stderr=null, env=environment()).returncode == 0


def tail_of_failure(command: List[str]) -> Optional[str]:
    """Nothing when the command ended well, else the end of what it said."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode == 0:
        return None
    return "\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-TAIL_LINES:])


def see_to_python(uv: str) -> None:
    """A Python 3.11: the machine's, else Debian's, else uv's."""
    find = [uv, "python", "find", "--no-project", "3.11"]
    if quietly(find):
        return
    with Stage("Python 3.11") as stage:
        stage.doing("fetching")
        may_install = shutil.which("apt-get") and os.geteuid() == 0
        if may_install and quietly(["apt-get", "install", "-y", "-q", "python3.11"]) and quietly(find):
            return
        tail = tail_of_failure([uv, "python", "install", "3.11"])
        if tail is not None:
            fail(NO_PYTHON + "\n" + tail)


def sync(uv: str, group: str) -> None:
    """Install what uv.lock names; test tools that are there already stay."""
    command = [uv, "sync", "--frozen", "--inexact", "--python", "3.11", "--no-default-groups"]
    command += ["--group=test"] if group == "test" else []
    with Stage("environment") as stage:
        stage.doing("installing, about {} MB to fetch at the first time".format(FETCHED_MB))
        tail = tail_of_failure(command)
        if tail is not None:
            fail(no_room(ROOT, ROOM_MB) or "the environment could not be installed:\n" + tail)


def main() -> None:
    group = sys.argv[1]
    if not glob.glob(os.path.join(ROOT, ".venv", "assure-*")):
        trouble = no_room(ROOT, ROOM_MB)
        if trouble:
            fail(trouble)
    uv = find_uv()
    see_to_python(uv)
    sync(uv, group)


if __name__ == "__main__":
    main()
