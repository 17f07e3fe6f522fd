"""A published policy stays what was published, and stays readable, while later programs know more of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from escrow import editions, policies
from escrow.store.database import Database
from escrow.tables import policies as table
from tests.escrow.worlds import MADE, empty

ROOT = Path(__file__).resolve().parents[2]
LANDED = (Path(__file__).parent / "policy_1.json").read_text()
LANDED_HASH = "8f09bab65c2a1a2262e10ec55a0c8dec15c98e8f279c97d6f9427b183208fe4a"
VERDICTS = Path(__file__).parent / "verdicts_1.json"


def hashed(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    on_sqlite = request.param == "sqlite"
    made = empty(f"sqlite:///{tmp_path}/escrow.db" if on_sqlite else request.getfixturevalue("fresh_pg")())
    yield made
    made.close()


def holding(database: Database, told: str, hashed_as: str) -> Database:
    """With version 1 in this text, as an earlier program published it or as somebody damaged it."""
    database.write(lambda work: work.parties.publish(1, date(2020, 1, 1), told, hashed_as))
    return database


def test_version_one_is_published_as_the_landed_program_published_it(database: Database) -> None:
    database.write(policies.publish_shipped)
    with database.engine.connect() as connection:
        (row,) = connection.execute(select(table))
    assert (row.text, row.hash, row.in_force_from) == (LANDED, LANDED_HASH, "2020-01-01")
    assert hashed(LANDED) == LANDED_HASH


def test_a_database_of_the_landed_program_starts(database: Database) -> None:
    holding(database, LANDED, LANDED_HASH).write(policies.publish_shipped)
    assert database.read(lambda work: policies.policy_at(work, MADE)) == editions.shipped()[0]


DAMAGED = {
    "cut in half": LANDED[: len(LANDED) // 2],
    "empty": "",
    "one number changed": LANDED.replace('"standard":30', '"standard":31'),
    "one blank more": LANDED + " ",
    "no policy at all": "[]",
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_text_is_named_in_one_sentence(database: Database, how: str) -> None:
    holding(database, DAMAGED[how], LANDED_HASH)
    told = "policy 1 in the database is not the text that was published"
    for read in (policies.publish_shipped, lambda work: policies.policy_at(work, MADE)):
        with pytest.raises(policies.Damaged, match=told):
            database.write(read)


OTHERS = {
    "a longer window": LANDED.replace('"standard":30', '"standard":31'),
    "another limit": LANDED.replace('"minor":500000', '"minor":500001'),
    "another zone": LANDED.replace("Asia/Shanghai", "Europe/Oslo"),
}


@pytest.mark.parametrize("how", OTHERS)
def test_another_number_under_the_same_version_is_refused(database: Database, how: str) -> None:
    holding(database, OTHERS[how], hashed(OTHERS[how]))
    with pytest.raises(policies.Damaged, match="policy 1 in the database says something else"):
        database.write(policies.publish_shipped)


@pytest.mark.parametrize(
    "told", ['{"version":1}', LANDED.replace('"version":1', '"version":1,"moon":true'), "{"]
)
def test_a_text_that_this_program_cannot_read_is_named(database: Database, told: str) -> None:
    holding(database, told, hashed(told))
    with pytest.raises(policies.Damaged, match="policy 1 in the database cannot be read by this program"):
        database.write(policies.publish_shipped)


def test_a_version_says_what_its_document_says_and_nothing_of_defaults() -> None:
    document = "- {a: 1, of: {from: 2020-01-01}, each: [{b: null}]}"
    told = {"a": 1, "new": 5, "of": {"from": "2020-01-01", "new": 5}, "each": [{"b": None, "new": 5}]}
    given = editions.documents(document)[0]
    assert editions.said(told, given) == {"a": 1, "of": {"from": "2020-01-01"}, "each": [{"b": None}]}


# A later program: a copy of this one that knows one key, one group of keys, one reason and one fact more.
LATER = """
import sys, json
from datetime import UTC, datetime
from escrow import policies, policy, settings, verdicts
from escrow.store import schema
from escrow.store.database import Database
database = Database(settings.database_url())
schema.upgrade(database)
database.write(policies.publish_shipped)
now = database.read(lambda work: policies.policy_at(work, datetime.now(UTC)))
told = json.load(open(sys.argv[1]))
known = {"dummy_days": now.claim.dummy_days, "dummy": now.dummy.days}
print(json.dumps(known | {"same": [verdicts.check(each)[0] for each in told]}))
"""


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("later")
    for package in ("escrow", "contract"):
        if (ROOT / package).exists():
            shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    grown = home / "escrow" / "policy.py"
    put(grown, "    draft_hours: int\n", "    draft_hours: int\n    dummy_days: int = 9\n")
    put(
        grown, "class Policy(", "class DummyRules(_Rules, frozen=True):\n    days: int = 4\n\n\nclass Policy("
    )
    put(
        grown,
        "    rates: tuple[Rate, ...]\n",
        "    rates: tuple[Rate, ...]\n    dummy: DummyRules = DummyRules()\n",
    )
    fact = "    open_claim: str | None = None\n"
    put(home / "escrow" / "verdicts.py", fact, f"{fact}    dummy_days: int = 0\n")
    (reasons,) = [
        path for path in home.rglob("*.py") if '    TERMS_NOT_MET = "terms_not_met"' in path.read_text()
    ]
    put(reasons, "    TERMS_NOT_MET =", '    DUMMY = "dummy"\n    TERMS_NOT_MET =')
    return home


def put(path: Path, old: str, new: str) -> None:
    before = path.read_text()
    assert old in before, old
    path.write_text(before.replace(old, new, 1))


def in_the_later_program(later: Path, url: str) -> dict[str, Any]:
    environment = {**os.environ, "ASSURE_DATABASE_URL": url, "PYTHONPATH": str(later)}
    done = subprocess.run(
        [sys.executable, "-c", LATER, str(VERDICTS)],
        cwd=later,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_later_program_with_new_keys_starts_on_a_database_of_the_landed_one(
    database: Database, later: Path
) -> None:
    url = database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    holding(database, LANDED, LANDED_HASH)
    told = in_the_later_program(later, url)
    assert (told["dummy_days"], told["dummy"]) == (9, 4)
    assert told["same"] == [True] * 20
    database.write(policies.publish_shipped)


def test_a_later_program_publishes_version_one_in_the_landed_text(later: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    in_the_later_program(later, url)
    database = Database(url)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT text FROM policies")).scalar_one() == LANDED
    database.write(policies.publish_shipped)
    database.close()
