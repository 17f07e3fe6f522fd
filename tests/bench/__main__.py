"""`./assure bench`: Assure beside the stock Rasa bot, or a part of it beside its floor, in the same run."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from ops import model
from ops.model import ROOT
from ops.preflight import Trouble
from tests.bench import our_desk, stock_bot
from tests.bench.escrow.figures import figures as escrow_figures
from tests.bench.report import Figure, write

HELLOS, LONG = 10, 205


def stock_figures(home: Path) -> dict[str, float]:
    """The stock bot's: seconds to its first answer, milliseconds of a "hello", its growth, its memory."""
    with stock_bot.running(home) as (port, pid, first_s):
        took = [_hello_ms(port, f"short-{count // HELLOS}") for count in range(6 * HELLOS)]
        long = [_hello_ms(port, "long") for _ in range(LONG)]
        memory = our_desk.memory_of(Path(f"/proc/{pid}/status").read_text())
    return {"first_s": first_s, "turn_ms": median(took), "growth": our_desk.growth(long), "memory_mb": memory}


def _hello_ms(port: int, sender: str) -> float:
    started = time.perf_counter()
    assert stock_bot.say(port, sender, "hello")
    return (time.perf_counter() - started) * 1000


def our_figures(home: Path) -> dict[str, float]:
    """The same of ours, the turn being one with an action and an escrow read, at the WebSocket."""
    with our_desk.running(home) as (desk, ready_s):
        took = asyncio.run(our_desk.turns(desk, HELLOS, conversations=6))
        pieces = asyncio.run(our_desk.pieces(desk, median(took)))
        long = asyncio.run(our_desk.turns(desk, LONG))
        memory = our_desk.resident_mb(desk.port + 1)
    measured = {
        "ready_s": ready_s,
        "turn_ms": median(took),
        "growth": our_desk.growth(long),
        "memory_mb": memory,
    }
    return measured | {f"of it: {name}": value for name, value in pieces.items()}


def desk_figures(home: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="assure-bench-") as folder:
        ours_home = Path(folder)
        (home / "models").mkdir(parents=True, exist_ok=True)
        (ours_home / "models").symlink_to(home / "models")
        model.ensure(home, print)
        peer, ours = stock_figures(home), our_figures(ours_home)
    pieces = [
        Figure(name=f"  {name}", value=value, unit="ms")
        for name, value in ours.items()
        if name.startswith("of it")
    ]
    return [
        Figure(name="from up to ready", value=ours["ready_s"], unit="s", peer=peer["first_s"], limit=0.45),
        Figure(
            name="turn with action and escrow read",
            value=ours["turn_ms"],
            unit="ms",
            peer=peer["turn_ms"],
            limit=0.6,
        ),
        *pieces,
        Figure(name="200th turn : 10th turn", value=ours["growth"], unit="times", limit=1.1),
        Figure(name="  the same of the stock bot", value=peer["growth"], unit="times"),
        Figure(name="memory of Rasa's process", value=ours["memory_mb"], unit="MB", limit=450),
        Figure(name="  the same of the stock bot", value=peer["memory_mb"], unit="MB"),
        Figure(name="download for up", value=our_desk.download_mb(), unit="MB", limit=300),
        Figure(name="training from nothing", value=our_desk.training_s(), unit="s", limit=45),
        Figure(
            name="  the same of the stock bot",
            value=float((home / "stock/bot/train_s").read_text()),
            unit="s",
        ),
    ]


def escrow_alone(home: Path) -> list[Figure]:
    """In a folder of its own, because its books are as large as they are made up."""
    with tempfile.TemporaryDirectory(prefix="assure-bench-") as folder:
        return escrow_figures(Path(folder))


PARTS: dict[str, Callable[[Path], list[Figure]]] = {"desk": desk_figures, "escrow": escrow_alone}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./assure bench", description="Measure, each beside a peer or a floor."
    )
    about = "what to measure (the whole desk beside a stock Rasa bot)"
    parser.add_argument("part", nargs="?", choices=PARTS, default="desk", help=about)
    part = parser.parse_args().part
    home = Path(os.environ.get("ASSURE_HOME", ROOT / ".assure"))
    write(part, PARTS[part](home), home / "bench")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"assure: {trouble}")
