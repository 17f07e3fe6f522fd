"""Rasa without TensorFlow: it trains, loads and answers; whoever calls what is left out is told so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import hollow
import pytest
import yaml

pytestmark = pytest.mark.rasa

tf: Any = import_module("tensorflow")
keras: Any = import_module("keras")
backend: Any = import_module("tensorflow.keras.backend")

CONFIG = """
recipe: default.v1
language: en
assistant_id: hollow
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: CLASSIFIER
policies:
- name: RulePolicy
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
- intent: bye
  examples: |
    - see you
    - until tomorrow
rules:
- rule: a greeting is returned
  steps:
  - intent: greet
  - action: utter_greet
- rule: so is a farewell
  steps:
  - intent: bye
  - action: utter_bye
stories:
- story: a short visit
  steps:
  - intent: greet
  - action: utter_greet
  - intent: bye
  - action: utter_bye
"""
DOMAIN = """
version: "3.1"
intents: [greet, bye]
responses:
  utter_greet: [{text: hello to you}]
  utter_bye: [{text: until then}]
"""


def train(folder: Path, *, classifier: str, policy: str = "RulePolicy") -> subprocess.CompletedProcess[str]:
    """Train a bot of two intents by Rasa's own command."""
    (folder / "data").mkdir()
    config = CONFIG.replace("CLASSIFIER", classifier).replace("RulePolicy", policy)
    (folder / "config.yml").write_text(config)
    (folder / "data" / "all.yml").write_text(DATA)
    (folder / "domain.yml").write_text(DOMAIN)
    return subprocess.run(
        [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "tiny"],
        cwd=folder,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=200,
    )


def answers(model: Path, *texts: str) -> list[str]:
    """What a bot says, loaded and asked in a process of its own."""
    script = (
        "import asyncio, json, logging, sys\n"
        "from rasa.utils.log_utils import configure_structlog\n"
        "configure_structlog(logging.ERROR)\n"
        "from rasa.core.agent import Agent\n"
        "agent = Agent.load(sys.argv[1])\n"
        "for text in sys.argv[2:]:\n"
        "    said = asyncio.run(agent.handle_text(text))\n"
        "    print('said:', [line['text'] for line in said])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(model), *texts],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return [line.removeprefix("said: ") for line in done.stdout.splitlines() if line.startswith("said: ")]


def test_rasa_trains_loads_and_answers(tmp_path: Path) -> None:
    done = train(tmp_path, classifier="LogisticRegressionClassifier")
    assert done.returncode == 0, done.stderr
    heard = answers(tmp_path / "models" / "tiny.tar.gz", "good morning", "see you")
    assert heard == ["['hello to you']", "['until then']"]


def test_the_desks_own_model_is_trained_and_loads(model_path: Path) -> None:
    from rasa.core.agent import Agent

    assert Agent.load(str(model_path)).is_ready()


def test_the_projects_pipeline_names_nothing_that_needs_tensorflow() -> None:
    named = {part["name"] for part in yaml.safe_load(Path("config.yml").read_text())["pipeline"]}
    assert not named & {"DIETClassifier", "ResponseSelector", "LanguageModelFeaturizer", "ConveRTFeaturizer"}


@pytest.mark.parametrize(
    "classifier, policy", [("DIETClassifier", "RulePolicy"), ("LogisticRegressionClassifier", "TEDPolicy")]
)
def test_a_component_that_computes_with_tensorflow_fails_and_says_why(
    tmp_path: Path, classifier: str, policy: str
) -> None:
    done = train(tmp_path, classifier=classifier, policy=policy)
    assert done.returncode != 0
    assert "needs TensorFlow, which Assure leaves out: see vendor/hollow-tensorflow/README.md" in done.stderr
    assert not (tmp_path / "models" / "tiny.tar.gz").exists()


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.constant([1]),
        lambda: tf.keras.optimizers.Adam(0.1),
        lambda: tf.config.list_physical_devices("GPU"),
        lambda: keras.Model(),
        lambda: backend.sum([1]),
        lambda: bool(tf.executing_eagerly),
        lambda: list(tf.data.Dataset),
        lambda: tf.float32 + 1,
        lambda: tf.newaxis[0],
    ],
)
def test_using_a_hollow_thing_raises_its_name(call: Callable[[], object]) -> None:
    with pytest.raises(hollow.TensorFlowLeftOut, match=r"^(tensorflow|keras)\..* needs TensorFlow"):
        call()


def test_a_class_derived_from_a_hollow_one_cannot_be_made() -> None:
    derived = type(tf.keras.layers.Layer)("Layer", (tf.keras.layers.Layer,), {})

    with pytest.raises(hollow.TensorFlowLeftOut, match="Layer needs TensorFlow"):
        derived()


def test_nothing_is_an_instance_of_a_hollow_class() -> None:
    assert not isinstance(1, tf.Tensor)


def test_a_probe_for_dunder_attributes_finds_none() -> None:
    assert not hasattr(tf, "__path_of_something__")
    assert tf.__version__ == "2.12.0"
