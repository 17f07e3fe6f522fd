"""Each library that the project asks for is there because something imports it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("actions", "bot", "escrow", "messenger", "ops")
# Rasa imports it, and leaves it out on our Python; Rasa imports it, and ours stands in its place.
FOR_RASA = {"dask", "tensorflow"}
NAMED = [re.split(r"[\[=<>]", wanted)[0] for wanted in PROJECT["project"]["dependencies"]]


def imported() -> set[str]:
    """The outermost names that our programs import, or run as a module."""
    sources = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = r"^\s*(?:import|from) (\w+)|\"-m\", \"(\w+)"
    return {name for source in sources for pair in re.findall(found, source, re.M) for name in pair}


@pytest.mark.parametrize("library", sorted(set(NAMED) - FOR_RASA))
def test_each_library_is_imported_by_a_program(library: str) -> None:
    its = {
        module
        for module, owners in packages_distributions().items()
        if library in {owner.lower().replace("_", "-") for owner in owners}
    }
    assert its & imported()
