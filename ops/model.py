"""The assistant's model: trained when what it is made of has changed, kept under that content's hash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.preflight import Trouble

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("domain.yml", "config.yml", "data/tasks.yml", "data/nlu", "data/rules", "bot", "uv.lock")
KEPT_MODELS = 3


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        yield from sorted(path.rglob("*")) if path.is_dir() else [path]


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all that training reads: two trees with the same one give the same model."""
    digest = hashlib.sha256()
    for path in _files(root):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root)}:{len(content)}:".encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def path_of(home: Path) -> Path:
    """Where the model of the present tree stands, or will."""
    return home / "models" / f"{fingerprint()}.tar.gz"


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else trains in `home` meanwhile: who waits finds the model made."""
    (home / "models").mkdir(parents=True, exist_ok=True)
    with (home / "models" / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(home: Path, say: Callable[[str], None]) -> Path:
    """The model of the present tree, trained now if there is none, which `say` tells; raises Trouble."""
    model = path_of(home)
    if not model.exists():
        say("training, under a minute")
        _train(model, home / "logs" / "train.log")
        _forget_old(model.parent)
    return model


def _train(model: Path, log: Path) -> None:
    """Run `rasa train` with its noise in `log`; a model appears under its name only when it is whole."""
    log.parent.mkdir(parents=True, exist_ok=True)
    fresh = model.parent / f"training-{os.getpid()}"
    command = [
        *(sys.executable, "-m", "rasa", "train", "--force", "--data", "data/nlu", "data/rules"),
        *("--out", str(fresh), "--fixed-model-name", "model"),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=_environment()
        )
        try:
            process.wait()
        finally:
            process.terminate()
            process.wait()
    if process.returncode:
        raise Trouble(f"training failed; the end of {log}:\n{_end_of(log)}")
    (fresh / "model.tar.gz").rename(model)
    fresh.rmdir()


def _environment() -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {"ASSURE_ACTIONS_WEBHOOK": "http://127.0.0.1:1/webhook", **os.environ, **quiet}


def _end_of(log: Path, lines: int = 6) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _forget_old(models: Path) -> None:
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT_MODELS:]:
        old.unlink()
