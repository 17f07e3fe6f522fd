"""What README promises is there: each person of the demo world, each option of `up`, each command."""

from __future__ import annotations

import re
from pathlib import Path

from messenger import demo
from ops import up

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_everybody_of_the_demo_world_is_named_and_nobody_else() -> None:
    table = README.partition("Who there is in the demo world:")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([\w-]+)`", table)) == set(demo.people())


def test_the_options_of_up_are_told_and_taken() -> None:
    told = set(re.findall(r"`(--(?!as)[\w-]+)(?: \w+)?`", README))
    assert told == {"--port", "--fresh", "--no-demo", "--postgres", "--baseline"}
    words = ["--port", "9000", "--fresh", "--no-demo", "--postgres", "postgresql://h/d"]
    assert vars(up.read_arguments(words)) == {
        "port": 9000,
        "fresh": True,
        "no_demo": True,
        "postgres": "postgresql://h/d",
    }


def test_each_command_that_is_told_exists() -> None:
    script = (ROOT / "assure").read_text()
    told = set(re.findall(r"\./assure (\w+)", README)) - {"help"}
    assert {"up", "test", "chat"} <= told <= set(re.findall(r"^ +(\w+)\) run ", script, re.MULTILINE))


def test_what_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert "docs/screenshots/widget.png" in links
    assert [link for link in links if not (ROOT / link).exists()] == []
