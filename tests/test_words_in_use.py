"""No sentence is kept that no program says: each is named in whole, or its name is built from known parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from messenger.wording import Words

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("escrow", "actions", "bot", "messenger")
PYTHON = [path for program in PROGRAMS for path in sorted((ROOT / program).rglob("*.py"))]
PAGES = [path for path in sorted((ROOT / "messenger" / "web").rglob("*.js")) if path.parent.name != "vendor"]
DATA = [ROOT / "domain.yml", ROOT / "data" / "tasks.yml", ROOT / "escrow" / "policy.yml"]
# The protocol's answers to an agent's sends, which nothing gives yet.
PROTOCOL = {"not_owner", "stale"}
WORDS = Words().languages["en"]


def in_python() -> Iterator[str]:
    """Every string of the programs; `*` stands where one of the parts is put in."""
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield from map("".join, product(*map(part_of, node.values)))


def part_of(part: ast.expr) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp):
        return [*part_of(part.value.body), *part_of(part.value.orelse)]
    return ["*"]


def in_pages() -> Iterator[str]:
    for path in PAGES:
        for quoted in re.finditer(r'"([\w.]+)"|`([\w.]+(?:\$\{[^`]*?\})?)`|\b(\w+): ', path.read_text()):
            yield re.sub(r"\$\{.*", "*", next(filter(None, quoted.groups())))


def in_words() -> Iterator[str]:
    """What sentences say of other sentences."""
    for text in WORDS.values():
        yield from (f"{prefix}.*" for prefix in re.findall(r":word:([\w.]+)", text))
        yield from re.findall(r":each:([\w.]+)", text)


def in_data() -> Iterator[str]:
    for path in DATA:
        yield from re.findall(r"[\w.]+", path.read_text())


SAID = {*in_python(), *in_pages(), *in_words(), *in_data()}
PARTS = {part for said in SAID for part in re.findall(r"\w+", said)} | PROTOCOL
BUILT = {
    said for said in SAID if re.fullmatch(r"[\w.*]*\.[\w.*]*", said) and "*" in said and said.strip("*.")
}


def is_said(key: str) -> bool:
    return key in SAID or any(is_built(key, said) for said in BUILT)


def is_built(key: str, said: str) -> bool:
    """Where all keys of a prefix are built, all count; else what is put in must be a part somewhere."""
    match = re.fullmatch(re.escape(said).replace(r"\*", r"([\w.]+)"), key)
    if match is None:
        return False
    prefix = said.partition("*")[0]
    if prefix and not any(other.startswith(prefix) for other in SAID & set(WORDS)):
        return True
    return set(".".join(match.groups()).split(".")) <= PARTS


@pytest.mark.parametrize("key", ["claim.state.in_mediation", "next.respond.buyer.by", "claim.not_found"])
def test_a_key_that_is_built_counts_as_said(key: str) -> None:
    assert is_said(key)


@pytest.mark.parametrize("key", ["trouble.nobody_says_this", "option.upside_down", "widget.upside_down"])
def test_a_key_that_nobody_names_or_builds_does_not(key: str) -> None:
    assert not is_said(key)


def test_no_words_are_kept_that_nobody_says() -> None:
    assert [key for key in WORDS if not is_said(key)] == []
