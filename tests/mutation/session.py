"""A session of cosmic-ray: what it means to change, and what became of each change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.work_db import WorkDB, use_db  # type: ignore[import-untyped]
from cosmic_ray.work_item import WorkerOutcome, WorkResult  # type: ignore[import-untyped]

Span = tuple[tuple[int, int], tuple[int, int]]
UNION = "ReplaceBinaryOperator_BitOr"


@dataclass(frozen=True)
class Mutant:
    """The lines as they were and as they were changed to, and whether no test noticed."""

    was: str
    now: str
    survived: bool


def leave_out_what_computes_nothing(tree: Path, session: str) -> None:
    """No test could notice these mutants."""
    with use_db(str(tree / session), WorkDB.Mode.open) as database:
        for item in list(database.pending_work_items):
            (mutation,) = item.mutations
            source = (tree / mutation.module_path).read_text("utf-8")
            if computes_nothing(source, mutation.operator_name, mutation.start_pos):
                database.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def computes_nothing(source: str, operator: str, position: tuple[int, int]) -> bool:
    """A union in a type (`int | None`), or the size of a cache."""
    parsed = ast.parse(source)
    idle = [*_caches(parsed), *(_types(parsed) if UNION in operator else [])]
    return any(start <= position <= end for start, end in idle)


def _types(tree: ast.AST) -> Iterator[Span]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            found: Any = getattr(node, name, None)
            if isinstance(found, ast.expr):
                yield _span(found)


def _caches(tree: ast.AST) -> Iterator[Span]:
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            if "cache" in ast.unparse(decorator):
                (line, _), end = _span(decorator)
                yield (line, 0), end


def _span(found: ast.expr) -> Span:
    end = (found.end_lineno or 0, found.end_col_offset or 0)
    return (found.lineno, found.col_offset), end


def results(tree: Path, session: str) -> list[Mutant]:
    """Of all that was tried."""
    with use_db(str(tree / session), WorkDB.Mode.open) as database:
        done = [result for _, result in database.results if result.worker_outcome is WorkerOutcome.NORMAL]
    return [Mutant(*_lines(result.diff), survived=not result.is_killed) for result in done]


def _lines(diff: str) -> tuple[str, str]:
    """What was taken out and what was put in, without the indentation."""
    of = {sign: [line[1:].strip() for line in diff.split("\n") if _is_change(line, sign)] for sign in "-+"}
    return "\n".join(of["-"]), "\n".join(of["+"])


def _is_change(line: str, sign: str) -> bool:
    return line.startswith(sign) and not line.startswith(sign * 3)
