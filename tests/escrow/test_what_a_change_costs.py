"""How many files a new reason and a new deed touch: each is made in a copy of the repository and tried there.

Counted is what somebody has to write: code, data, English words. Not counted are translations, training
lines, what programs make from the rest, and the change's own tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.escrow.changes import deed, reason

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "stock", "screenshots", "models", "results")
CHANGES = {"reason": reason, "deed": deed}


def copied(to: Path) -> Path:
    shutil.copytree(ROOT, to, ignore=LEFT_OUT, symlinks=True)
    return to


def changed(copy: Path, change: ModuleType) -> None:
    for name, old, new in [*change.COUNTED, *change.NOT_COUNTED]:
        path = copy / name
        text = path.read_text("utf-8") if old else ""
        assert text.count(old) == 1 or (not old and not path.exists()), (
            f"{name} has not, or not once: {old!r}"
        )
        path.write_text(text.replace(old, new) if old else new, "utf-8")


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Nothing of this installation is read or written there."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ASSURE_")}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=500,
    )


def made(copy: Path, change: ModuleType) -> None:
    for module in change.MADE_BY:
        done = run(copy, module)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_touches_few_files_and_works_from_end_to_end(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    touched = {file for file, _, _ in change.COUNTED}
    assert len(touched) <= change.BUDGET, sorted(touched)
    copy = copied(tmp_path / "assure")
    changed(copy, change)
    made(copy, change)
    tried = run(copy, "pytest", "-q", "-p", "no:cacheprovider", f"tests/escrow/changes/{name}_works.py")
    assert tried.returncode == 0, tried.stdout + tried.stderr


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_checks_fail_where_the_change_was_not_made(name: str, tmp_path: Path) -> None:
    copy = copied(tmp_path / "assure")
    tried = run(copy, "pytest", "-q", "-p", "no:cacheprovider", f"tests/escrow/changes/{name}_works.py")
    assert tried.returncode == 1 and "failed" in tried.stdout, tried.stdout + tried.stderr
