"""The peer: the bot of `rasa init`, trained and run by Rasa as its own pins make it, TensorFlow included."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.model import ROOT
from ops.preflight import Trouble
from tests.desk import free_ports

PROJECT = ROOT / "tests" / "bench" / "stock"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


def rasa_of(home: Path) -> Path:
    """The stock environment's `rasa`, installed at the first call (about 1.1 GB to fetch)."""
    program = home / "stock" / "env" / "bin" / "rasa"
    if not program.exists():
        uv = shutil.which("uv") or str(ROOT / ".venv-tools" / "bin" / "uv")
        print("installing the stock Rasa with TensorFlow (about 1.1 GB) ...", flush=True)
        command = [uv, "sync", "--frozen", "--quiet", "--python", "3.11", "--project", str(PROJECT)]
        kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        where = {"UV_PROJECT_ENVIRONMENT": str(program.parents[1]), "UV_PYTHON_PREFERENCE": "system"}
        if subprocess.run(command, env={**kept, **where}).returncode:
            raise Trouble("the stock Rasa could not be installed.")
    return program


def bot(home: Path) -> Path:
    """The folder of the trained `rasa init` bot, made at the first call; `train_s` is kept beside it."""
    folder = home / "stock" / "bot"
    if not (folder / "train_s").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print("making and training the stock bot ...", flush=True)
        started = time.monotonic()
        with (folder / "init.log").open("wb") as log:
            done = subprocess.run(
                [rasa_of(home), "init", "--no-prompt"],
                cwd=folder,
                env={**os.environ, **QUIET},
                stdout=log,
                stderr=log,
            )
        if done.returncode:
            raise Trouble(f"the stock bot could not be trained: see {folder / 'init.log'}")
        (folder / "train_s").write_text(f"{time.monotonic() - started:.1f}")
    return folder


def say(port: int, sender: str, text: str) -> list[Any]:
    """The stock bot's answers over its REST channel."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/rest/webhook",
        data=json.dumps({"sender": sender, "message": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return list(json.load(answer))


@contextmanager
def running(home: Path) -> Iterator[tuple[int, int, float]]:
    """`rasa run` of the stock bot: its port, its process id, and the seconds to its first answer."""
    folder, port = bot(home), free_ports()
    command = [str(rasa_of(home)), "run", "-i", "127.0.0.1", "-p", str(port)]
    started = time.monotonic()
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **QUIET}, stdout=log, stderr=log)
    try:
        _wait_for_an_answer(port, process)
        yield port, process.pid, time.monotonic() - started
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_an_answer(port: int, process: subprocess.Popen[bytes], patience_s: float = 180) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        try:
            if say(port, "first", "hello"):
                return
        except OSError:
            time.sleep(0.05)
    raise Trouble("the stock bot did not answer")
