"""Rasa's default pipeline on another project's lines: `baseline.py NLU_FOLDER`, texts as a JSON list on stdin.

Prints the parses as one JSON line, the last on stdout. Runs in the stock environment, which has TensorFlow.
"""

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

# Without a pipeline, Rasa takes the default that it ships.
CONFIG = "recipe: default.v1\nassistant_id: baseline\nlanguage: en\n"


def train(lines: Path, folder: Path) -> Path:
    (folder / "config.yml").write_text(CONFIG)
    rasa = Path(sys.executable).with_name("rasa")
    command = [rasa, "train", "nlu", "--nlu", lines.resolve(), "--fixed-model-name", "baseline"]
    with (folder / "train.log").open("wb") as log:
        done = subprocess.run(command, cwd=folder, stdout=log, stderr=log)
    if done.returncode:
        sys.exit((folder / "train.log").read_text()[-2000:])
    return folder / "models" / "baseline.tar.gz"


async def parse(model: Path, texts: list[str]) -> list[dict[str, object]]:
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    agent = Agent.load(str(model))
    return [await agent.parse_message(text) for text in texts]


def main() -> None:
    texts = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        model = train(Path(sys.argv[1]), Path(folder))
        print(json.dumps(asyncio.run(parse(model, texts)), default=float))


if __name__ == "__main__":
    main()
