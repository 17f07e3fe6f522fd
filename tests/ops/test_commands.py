"""`./assure` itself: what it offers, what it says of each command, and what it does with an unknown one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "assure").read_text()
PROGRAM_OF = dict(re.findall(r"^ +(\w+)\) run ([\w.]+)", SCRIPT, re.MULTILINE))


def assure(*arguments: str, root: Path = ROOT, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / "assure", *arguments],
        env={**os.environ, "ASSURE_HOME": str(home or root / ".assure")},
        capture_output=True,
        text=True,
        timeout=30,
    )


def listed(text: str) -> list[str]:
    return re.findall(r"^  (\w+) +\S.*$", text, re.MULTILINE)


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_every_command_in_a_line(word: str) -> None:
    done = assure(word)
    assert (done.returncode, done.stderr) == (0, "")
    assert listed(done.stdout) == list(PROGRAM_OF)


def test_without_a_command_it_says_what_there_is() -> None:
    done = assure()
    assert (done.returncode, done.stdout) == (2, "")
    assert listed(done.stderr) == list(PROGRAM_OF)


@pytest.mark.parametrize("word", ["upp", "u", "--port", "*", "up chat"])
def test_an_unknown_command_is_named_beside_those_there_are(word: str) -> None:
    done = assure(word)
    assert done.returncode == 2
    assert done.stderr.startswith(f"assure: there is no command {word}.\n")
    assert listed(done.stderr) == list(PROGRAM_OF)


def test_every_command_has_its_program() -> None:
    assert [module for module in PROGRAM_OF.values() if find_spec(module) is None] == []


@pytest.mark.slow
@pytest.mark.parametrize("command", PROGRAM_OF)
@pytest.mark.parametrize("word", ["--help", "-h"])
def test_each_command_tells_its_options_without_a_desk_a_model_or_keys(
    tmp_path: Path, command: str, word: str
) -> None:
    done = assure(command, word, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(rf"usage: (\./)?assure {command}\b", done.stdout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", PROGRAM_OF)
def test_help_installs_nothing_on_a_fresh_machine(tmp_path: Path, command: str) -> None:
    shutil.copy(ROOT / "assure", tmp_path)
    done = assure(command, "--help", root=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert listed(done.stdout) == [command]
    assert [path.name for path in tmp_path.iterdir()] == ["assure"]
