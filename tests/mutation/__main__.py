"""Mutation testing of the pure core: what its tests would not notice if it were wrong.

cosmic-ray changes one thing at a time in a copy of the tree and runs the module's own tests; whatever still
passes is a survivor. `pairs.toml` names the modules, `survivors.toml` the survivors that are no fault.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.model import ROOT
from tests.mutation.session import Mutant, leave_out_what_computes_nothing, results

HERE = Path(__file__).parent
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "vendor", "stock", "docs")
AT_ONCE, ONE_S, ALL_S = 2, 60.0, 90 * 60


@dataclass(frozen=True)
class Pair:
    module: str
    tests: tuple[str, ...]
    listed: bool = True


@dataclass(frozen=True)
class Outcome:
    pair: Pair
    killed: int
    survivors: list[Mutant]

    @property
    def share(self) -> float:
        return self.killed / (self.killed + len(self.survivors))


def told(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def pairs(only: Sequence[str]) -> list[Pair]:
    found = [
        Pair(each.pop("module"), tuple(each.pop("tests")), **each) for each in told("pairs.toml")["pair"]
    ]
    return [pair for pair in found if not only or pair.module in only]


def mutate(pair: Pair, until: float) -> Outcome:
    """In a copy of the tree: the work tree is never touched."""
    with tempfile.TemporaryDirectory(prefix="assure-mutants-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
        run = _runner(tree, until)
        (tree / "mutants.toml").write_text(_config(pair))
        run("init", "mutants.toml", "mutants.sqlite")
        run("baseline", "mutants.toml")
        leave_out_what_computes_nothing(tree, "mutants.sqlite")
        run("exec", "mutants.toml", "mutants.sqlite")
        found = results(tree, "mutants.sqlite")
    survivors = [mutant for mutant in found if mutant.survived]
    return Outcome(pair, len(found) - len(survivors), survivors)


def _runner(tree: Path, until: float) -> Callable[..., None]:
    own = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(tree)}

    def run(*arguments: str) -> None:
        command = [sys.executable, "-c", "from cosmic_ray.cli import main; main()", *arguments]
        left = max(1.0, until - time.monotonic())
        done = subprocess.run(
            command, cwd=tree, env={**os.environ, **own}, capture_output=True, text=True, timeout=left
        )
        if done.returncode:
            raise SystemExit(f"cosmic-ray {' '.join(arguments)}: {done.stdout}{done.stderr}")

    return run


def _config(pair: Pair) -> str:
    pytest = f"{sys.executable} -m pytest -c tests/mutation/pytest.ini --rootdir . {' '.join(pair.tests)}"
    lines = [
        "[cosmic-ray]",
        f"module-path = {json.dumps(pair.module)}",
        f"timeout = {ONE_S}",
        "excluded-modules = []",
        f"test-command = {json.dumps(pytest)}",
        "[cosmic-ray.distributor]",
        'name = "local"',
    ]
    return "\n".join(lines) + "\n"


def report(outcomes: Sequence[Outcome]) -> bool:
    """Say what became of all; whether it is good enough."""
    least, reasons = told("pairs.toml")["at_least"], told("survivors.toml").get("survivor", [])
    known = {(each["module"], each["was"], each["now"]) for each in reasons}
    good = True
    for outcome in outcomes:
        module, total = outcome.pair.module, outcome.killed + len(outcome.survivors)
        unlisted = [each for each in outcome.survivors if (module, each.was, each.now) not in known]
        print(f"{module}: {outcome.killed} of {total} killed ({outcome.share:.0%}), {len(unlisted)} unlisted")
        for each in unlisted:
            entry = {"module": module, "was": each.was, "now": each.now, "why": ""}
            print("[[survivor]]", *(f"{name} = {json.dumps(text)}" for name, text in entry.items()), sep="\n")
        good = good and outcome.share >= least and not (outcome.pair.listed and unlisted)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutate the pure core.")
    parser.add_argument("module", nargs="*", help="of pairs.toml (all)")
    asked = parser.parse_args()
    until = time.monotonic() + ALL_S
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda pair: mutate(pair, until), pairs(asked.module)))
    return 0 if report(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
