"""Figures against their limits: a table, a JSON file, a picture."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

ROW, LEFT, WIDTH = 34, 300, 860
GOOD, BAD, PALE = "#2f7d5b", "#b3402e", "#d9d4c7"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured thing. `limit` bounds the ratio to `peer` where there is one, else the value itself.

    `before`: what `limit` bounds, as it was measured before the work that the limit asked for.
    """

    name: str
    value: float
    unit: str
    peer: float | None = None
    limit: float | None = None
    before: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.value / self.peer

    @property
    def used(self) -> float | None:
        """How much of the limit is used, 1.0 all of it."""
        measured = self.value if self.ratio is None else self.ratio
        return None if self.limit is None else measured / self.limit

    @property
    def line(self) -> str:
        peer = "" if self.peer is None else f"  peer {self.peer:,.1f}  ratio {self.ratio:.2f}"
        limit = "" if self.limit is None else f"  limit {self.limit:.3g}"
        before = "" if self.before is None else f"  before {self.before:,.1f}"
        over = "  OVER" if self.used is not None and self.used > 1 else ""
        return f"{self.name:<58}{self.value:>10,.1f} {self.unit:<9}{peer}{limit}{before}{over}"


def write(name: str, figures: list[Figure], folder: Path) -> None:
    """Print the table; leave `name`.json and `name`.svg in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    print("\n".join(figure.line for figure in figures))
    rows = [{**asdict(figure), "ratio": figure.ratio, "used": figure.used} for figure in figures]
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    (folder / f"{name}.json").write_text(json.dumps({"at": at, "figures": rows}, indent=1) + "\n")
    (folder / f"{name}.svg").write_text(picture([figure for figure in figures if figure.used is not None]))
    print(f"written: {folder / name}.json, .svg")


def picture(figures: list[Figure]) -> str:
    """A bar for each figure with a limit: how much of it is used; the line is the limit."""
    scale = (WIDTH - LEFT - 120) / max(1.25, *(figure.used or 0 for figure in figures))
    height = ROW * len(figures) + 40
    bars = "".join(_bar(figure, 20 + ROW * place, scale) for place, figure in enumerate(figures))
    limit = LEFT + scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{height}" fill="#fff"/>{bars}'
        f'<line x1="{limit:.0f}" x2="{limit:.0f}" y1="10" y2="{height - 10}" stroke="#222"/></svg>\n'
    )


def _bar(figure: Figure, top: int, scale: float) -> str:
    used = figure.used or 0
    value = f"{figure.value:,.1f} {figure.unit}" if figure.ratio is None else f"{figure.ratio:.2f} × peer"
    width = used * scale
    return (
        f'<text x="{LEFT - 10}" y="{top + 15}" text-anchor="end">{escape(figure.name)}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{scale:.0f}" height="22" fill="{PALE}"/>'
        f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="22" fill="{GOOD if used <= 1 else BAD}"/>'
        f'<text x="{LEFT + max(width, scale) + 8:.0f}" y="{top + 15}">{escape(value)}</text>'
    )
