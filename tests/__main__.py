"""`./assure test`: every check there is, also when an earlier one failed; exits 1 if any did."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from ops import model
from ops.model import ROOT
from ops.preflight import Trouble
from tests import workers

NO_CHROMIUM = "assure: Chromium is missing, which the browser tests drive: apt-get install chromium."
MEMORY, ENOUGH_MB = Path("/dev/shm"), 8000


def read_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What is ours; the rest (-k and any other option) goes to pytest."""
    parser = argparse.ArgumentParser(
        prog="./assure test", description="Run everything; the rest goes to pytest."
    )
    parser.add_argument("quick", nargs="?", choices=["quick"], help="no Rasa, no browser, half a minute")
    parser.add_argument("--long", action="store_true", help="the nightly figures, too")
    return parser.parse_known_args(arguments)


def checks(asked: argparse.Namespace, rest: list[str]) -> dict[str, list[str]]:
    """Each check's name and command."""
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-q", "--durations=5", "-n", str(workers.how_many())]
    lint = {"ruff": [*python, "ruff", "check"], "format": [*python, "ruff", "format", "--check", "--quiet"]}
    if asked.quick:
        return {**lint, "tests": [*pytest, "--quick", *rest]}
    nightly = ["--long"] if asked.long else []
    mutants = {"mutants": [*python, "tests.mutation"]} if asked.long else {}
    return {**lint, "mypy": [*python, "mypy"], "tests": [*pytest, *nightly, *rest], **mutants}


def see_to_chromium() -> bool:
    """Whether Chromium is there, installed from Debian if we may."""
    if shutil.which("chromium"):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing Debian's Chromium for the browser tests ...", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *step], env=quiet, stdout=subprocess.DEVNULL)
    return shutil.which("chromium") is not None


@contextmanager
def files_in_memory() -> Iterator[dict[str, str]]:
    """The environment of the checks, whose files are in memory where there is enough of it.

    They make some thousand small databases, each of which waits for the disk at every write.
    """
    free_mb = min(psutil.virtual_memory().available, _free(MEMORY)) // 10**6
    if free_mb < ENOUGH_MB:
        yield dict(os.environ)
        return
    with tempfile.TemporaryDirectory(prefix="assure-", dir=MEMORY) as folder:
        os.chmod(folder, 0o755)
        yield {**os.environ, "TMPDIR": folder, "ASSURE_TESTS_DISK": tempfile.gettempdir()}


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free if folder.is_dir() else 0


def train() -> None:
    """The model of the whole suite, beside the checks that need none; a test that cannot have it says why."""
    home = Path(os.environ.get("ASSURE_HOME", ROOT / ".assure"))
    with suppress(Trouble), model.alone(home):
        model.ensure(home, say=lambda line: print(f"model: {line}", flush=True))


def run(name: str, command: list[str], environment: dict[str, str]) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


def main() -> int:
    asked, rest = read_arguments(sys.argv[1:])
    started = time.monotonic()
    if not asked.quick and not see_to_chromium():
        sys.exit(NO_CHROMIUM)
    if not asked.quick and not rest:
        threading.Thread(target=train).start()
    with files_in_memory() as environment:
        commands = checks(asked, rest).items()
        failed = [name for name, command in commands if not run(name, command, environment)]
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    outcome = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{outcome} ({minutes} min {seconds} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
