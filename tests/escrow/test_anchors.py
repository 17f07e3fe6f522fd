"""Anchors: signed once a day, kept in a row, and never for books that end before the last one."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from escrow import anchors, app
from escrow.anchors import Anchor
from escrow.audit import audit
from escrow.settings import Settings
from escrow.store.database import Database
from escrow.store.faults import Unavailable
from messenger import tokens
from tests.escrow.audited import LAMPS
from tests.escrow.worlds import MADE, demo_world


def tell_more(database: Database) -> None:
    database.write(lambda work: work.history.tell(LAMPS, "seen", actor="agent:omar", at=MADE, facts={}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "e.db"
    demo_world(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def world(made: Path, tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{shutil.copy(made, tmp_path / 'e.db')}")
    yield database
    database.close()


def test_an_anchor_is_kept_once_a_day_and_only_for_something_new(world: Database, tmp_path: Path) -> None:
    first = anchors.keep(world, tmp_path, MADE)
    assert first is not None and first.orders == 13
    tell_more(world)
    assert anchors.keep(world, tmp_path, MADE + timedelta(hours=3)) is None
    second = anchors.keep(world, tmp_path, MADE + timedelta(days=1))
    assert second is not None and (second.since, second.previous) == (first.seq, first.hash)
    assert anchors.keep(world, tmp_path, MADE + timedelta(days=2)) is None
    kept, wrong = anchors.kept(tmp_path)
    assert kept == [first, second] and not wrong
    assert not world.read(lambda work: audit(work, kept)).breaches
    assert (tmp_path / "keys" / "anchor.pem").stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_power_cut_left_unfinished_counts_for_nothing(world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    with (tmp_path / "anchors.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-')
    tell_more(world)
    assert anchors.kept(tmp_path)[1] == []
    assert anchors.keep(world, tmp_path, MADE + timedelta(days=1)) is not None
    kept, wrong = anchors.kept(tmp_path)
    assert len(kept) == 2 and not wrong


@pytest.mark.parametrize("name", ["seq", "hash", "at", "orders", "signature"])
def test_an_anchor_that_was_changed_is_not_believed(name: str, world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    file = tmp_path / "anchors.jsonl"
    told = json.loads(file.read_text())
    told[name] = told[name] + 1 if isinstance(told[name], int) else told[name].replace("1", "2")
    file.write_text(json.dumps(told) + "\n")
    kept, wrong = anchors.kept(tmp_path)
    assert not kept and wrong == ["anchor 1 is not signed by this escrow's key"]


def test_an_anchor_taken_from_between_others_is_missed(world: Database, tmp_path: Path) -> None:
    for day in range(3):
        tell_more(world)
        assert anchors.keep(world, tmp_path, MADE + timedelta(days=day))
    file = tmp_path / "anchors.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0] + lines[2])
    assert anchors.kept(tmp_path)[1] == ["anchor 2 does not follow from the one before"]
    file.unlink()
    assert "gone" in anchors.kept(tmp_path)[1][0]


def test_books_that_end_before_the_last_anchor_get_no_new_one(world: Database, tmp_path: Path) -> None:
    anchors.keep(world, tmp_path, MADE)
    with sqlite3.connect(tmp_path / "e.db") as connection:
        connection.execute("DROP TRIGGER history_delete")
        connection.execute("DELETE FROM history WHERE seq > 20")
    with pytest.raises(anchors.Behind, match="20"):
        anchors.keep(world, tmp_path, MADE + timedelta(days=1))
    anchors.begin(tmp_path)
    assert anchors.kept(tmp_path) == ([], [])


BROKEN: dict[str, Exception] = {
    "books that were cut": anchors.Behind("the books end at row 3"),
    "a database that is away": Unavailable("OperationalError"),
    "a disk that is full": OSError(28, "No space left on device"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_health_tells_for_how_long_no_anchor_could_be_kept(
    how: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, broken, keep = f"sqlite:///{shutil.copy(made, tmp_path / 'e.db')}", threading.Event(), anchors.keep

    def keep_or_fail(*given: Any) -> Anchor | None:
        if broken.is_set():
            raise BROKEN[how]
        return keep(*given)

    async def told(client: TestClient[Any, Any], is_well: bool) -> None:
        for _ in range(400):
            told = await (await client.get("/healthz")).json()
            if (told["unanchored_s"] == 0) is is_well:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(told)

    async def scene() -> None:
        async with TestClient(TestServer(app.make_app(settings))) as client:
            for fails in (False, True, False):
                broken.set() if fails else broken.clear()
                await told(client, not fails)

    tokens.ensure_keys(tmp_path)
    settings = Settings(home=tmp_path, port=1, demo=True, database_url=url, keys={"marketplace": "k"})
    monkeypatch.setattr(anchors, "keep", keep_or_fail)
    monkeypatch.setattr(app, "ANCHORS_EACH_S", 0.01)
    asyncio.run(scene())
    assert len(anchors.kept(tmp_path)[0]) == 1
