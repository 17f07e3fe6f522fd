"""Understanding on labelled messages: the figures of `./assure evaluate`, and what confusions cost."""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import logging
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
STOCK = ROOT / "tests" / "bench" / "stock"
OUT = {"out_of_scope", "nlu_fallback"}
FAR, NEAR = "oos_far", "oos_near"
Table = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A message and the names under which it would be answered right."""

    text: str
    gold: str
    accepted: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Understood:
    """The likeliest intent, whether it was declined all the same, and the two readings of a question back."""

    intent: str
    declined: bool
    readings: tuple[str, ...] = ()


def read(path: Path) -> list[Labelled]:
    """The rows of a file with the columns text, gold, also_accepted."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Labelled(
            text=row["text"],
            gold=row["gold"],
            accepted=frozenset({row["gold"], *filter(None, (row.get("also_accepted") or "").split(","))}),
        )
        for row in rows
    ]


def understood(parsed: dict[str, Any]) -> Understood:
    """What a pipeline's answer comes to; under a fallback the likeliest intent is the next one."""
    top = parsed["intent"]["name"] or "nlu_fallback"
    ranking = [one["name"] for one in parsed.get("intent_ranking", []) if one["name"] != "nlu_fallback"]
    intent = ranking[0] if ranking else top
    return Understood(intent=intent, declined=top in OUT, readings=tuple(parsed.get("readings") or ()))


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Compares intents with gold names; `generic` maps our own ones, `starts` says which task each begins."""

    generic: dict[str, str]
    starts: dict[str, str]

    @classmethod
    def of(cls, root: Path = ROOT) -> Judge:
        generic = yaml.safe_load((root / "data" / "intent_map.yml").read_text("utf-8"))
        path = root / "data" / "tasks.yml"
        tasks = yaml.safe_load(path.read_text("utf-8"))["tasks"] if path.exists() else {}
        return cls(
            generic=generic, starts={i: name for name, task in tasks.items() for i in task.get("starts", [])}
        )

    def is_right(self, intent: str, row: Labelled) -> bool:
        return intent in row.accepted or self.generic.get(intent, intent) in row.accepted

    def is_wrong_action(self, said: Understood, row: Labelled) -> bool:
        """Whether a task begins that no accepted intent would have begun."""
        task = None if said.declined or said.readings else self.starts.get(said.intent)
        accepted = {self.starts.get(own) for own in self.generic if self.is_right(own, row)}
        return task is not None and task not in accepted

    def figures(self, rows: Sequence[Labelled], answers: Sequence[Understood]) -> Table:
        """Everything of contracts.md, section 5, rounded to four places."""
        pairs = list(zip(rows, answers, strict=True))
        inside = [(row, said) for row, said in pairs if row.gold not in (FAR, NEAR)]
        asked = [said for _, said in inside if said.readings and not said.declined]
        figures: Table = {"n_in": len(inside)}
        for name, gold in (("far", FAR), ("near", NEAR)):
            taken = [not said.declined for row, said in pairs if row.gold == gold]
            figures |= {f"n_{name}": len(taken), f"{name}_accepted": _share(taken)}
        figures |= {
            "answered_right": _share(self._answers(said, row) for row, said in inside),
            "asked": round(len(asked) / max(1, len(inside)), 4),
            "declined": _share(said.declined for _, said in inside),
            "wrong_action": _share(self.is_wrong_action(said, row) for row, said in inside),
            "accuracy": _share(self.is_right(said.intent, row) for row, said in inside),
            "macro_f1": self._macro_f1(inside),
        }
        return figures

    def confusions(
        self, rows: Sequence[Labelled], answers: Sequence[Understood]
    ) -> list[tuple[int, str, str]]:
        """How often a gold name was taken for what, wrong tasks and accepted out-of-scope first."""
        cost: Counter[tuple[bool, str, str]] = Counter()
        for row, said in zip(rows, answers, strict=True):
            outside = row.gold in (FAR, NEAR)
            if (not said.declined) if outside else not self._answers(said, row):
                taken = "declined" if said.declined else said.intent
                cost[(outside or self.is_wrong_action(said, row), row.gold, taken)] += 1
        ordered = sorted(cost.items(), key=lambda one: (-one[1] * (1 + one[0][0]), one[0][1:]))
        return [(count, gold, taken) for (_, gold, taken), count in ordered]

    def _answers(self, said: Understood, row: Labelled) -> bool:
        return not said.declined and any(self.is_right(one, row) for one in (*said.readings, said.intent))

    def _macro_f1(self, inside: Sequence[tuple[Labelled, Understood]]) -> float:
        """Over the gold names present; an accepted answer counts as the gold's."""
        hits, golds, taken = Counter[str](), Counter[str](), Counter[str]()
        for row, said in inside:
            name = row.gold if self.is_right(said.intent, row) else self.generic.get(said.intent, said.intent)
            golds[row.gold] += 1
            taken[name] += 1
            hits[row.gold] += name == row.gold
        scores = [2 * hits[gold] / (golds[gold] + taken[gold]) for gold in golds]
        return round(sum(scores) / max(1, len(scores)), 4)


def _share(truths: Iterable[bool]) -> float:
    kept = list(truths)
    return round(sum(kept) / max(1, len(kept)), 4)


def parser_of(model: Path) -> Callable[[list[str]], list[Understood]]:
    """Parses many messages with a trained model in one go through its own graph."""
    logging.getLogger("rasa").setLevel(logging.ERROR)
    # Sanic switches warnings of deprecation on for everybody; a table of figures is no place for them.
    importlib.import_module("sanic")
    warnings.simplefilter("ignore")
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    processor = Agent.load(str(model)).processor
    assert processor, f"no model at {model}"

    def parse(texts: list[str]) -> list[Understood]:
        given = {PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts], PLACEHOLDER_TRACKER: None}
        target = processor.model_metadata.nlu_target
        messages = processor.graph_runner.run(inputs=given, targets=[target])[target]
        return [understood(message.as_dict(only_output_properties=True)) for message in messages]

    return parse


def baseline(rows: Sequence[Labelled]) -> list[Understood]:
    """Rasa's default pipeline, trained on the project's own lines in the stock environment (minutes)."""
    command = [
        "uv",
        "run",
        "--project",
        str(STOCK),
        "python",
        str(STOCK / "baseline.py"),
        str(ROOT / "data" / "nlu"),
    ]
    texts = json.dumps([row.text for row in rows])
    ran = subprocess.run(command, input=texts, stdout=subprocess.PIPE, text=True, check=True)
    return [understood(parsed) for parsed in json.loads(ran.stdout.splitlines()[-1])]


def report(results: dict[str, Table], confusions: Sequence[tuple[int, str, str]]) -> str:
    """The same figures for people."""
    names = list(results["assure"])
    lines = ["".join([f"{'':16}", *(f"{who:>14}" for who in results)])]
    lines += [
        "".join([f"{name:16}", *(f"{figures[name]:14.4g}" for figures in results.values())]) for name in names
    ]
    lines += ["", "what cost most (count, meant, taken for):"]
    lines += [f"{count:5}  {gold:22} {taken}" for count, gold, taken in confusions[:15]]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m tests.bench.evaluate FILE.tsv --model MODEL.tar.gz [--json] [--baseline]`."""
    options = argparse.ArgumentParser(prog="assure evaluate", description=__doc__)
    options.add_argument("file", type=Path)
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--json", action="store_true")
    options.add_argument(
        "--baseline", action="store_true", help="put Rasa's default pipeline beside it (minutes)"
    )
    given = options.parse_args(arguments)
    rows, judge = read(given.file), Judge.of()
    answers = parser_of(given.model)([row.text for row in rows])
    results = {"assure": judge.figures(rows, answers)}
    if given.baseline:
        results["rasa_default"] = judge.figures(rows, baseline(rows))
    print(json.dumps(results) if given.json else report(results, judge.confusions(rows, answers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
