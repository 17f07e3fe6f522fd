"""The ledger as others read it: a program that knows nothing of us finds our sums, or the forger's."""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from beancount import loader
from beancount.core import realization
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from escrow import chart, cli, export
from escrow.money import exponent
from escrow.store.database import Database
from tests.escrow.worlds import MADE, demo_world


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("books")
    on_sqlite = request.param == "sqlite"
    found = f"sqlite:///{folder}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())
    demo_world(found, MADE).close()
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    demo_world(f"sqlite:///{folder}/e.db", MADE).close()
    return folder / "e.db"


@pytest.fixture
def ours(made: Path, tmp_path: Path) -> str:
    """Books of the test's own."""
    return f"sqlite:///{shutil.copy(made, tmp_path / 'e.db')}"


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


def escrow(url: str, home: Path, *arguments: str) -> Ended:
    """`./assure escrow …`, in this process: a dozen programs would take minutes to start."""
    out, err = io.StringIO(), io.StringIO()
    told = {"ASSURE_DATABASE_URL": url, "ASSURE_HOME": str(home)}
    with patch.dict(os.environ, told), redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def written(url: str, folder: Path, form: str) -> Path:
    path = folder / f"ledger.{form}"
    done = escrow(url, folder, "journal", "--format", form, "--out", str(path))
    assert done.returncode == 0, done.stderr
    return path


def cached(url: str) -> dict[tuple[str, str], Decimal]:
    """Our own balances, without those of nothing."""
    database = Database(url)
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT account, currency, minor FROM balances")).all()
    database.close()
    return {
        (row.account, row.currency): Decimal(row.minor).scaleb(-exponent(row.currency))
        for row in rows
        if row.minor
    }


def realized(entries: Any) -> dict[tuple[str, str], Decimal]:
    untyped: Any = realization
    found: dict[tuple[str, str], Decimal] = {}
    for account in untyped.iter_children(untyped.realize(entries), leaf_only=True):
        for position in account.balance:
            found[export.account_of(account.account), position.units.currency] = position.units.number
    return {key: amount for key, amount in found.items() if amount}


def test_beancount_finds_no_error_and_our_balances_to_the_last_unit(url: str, tmp_path: Path) -> None:
    path = written(url, tmp_path, "beancount")
    entries, errors, _ = loader.load_file(str(path))
    assert not errors
    assert realized(entries) == cached(url)
    assert {currency for _, currency in cached(url)} == {"USD", "JPY", "KWD"}


@pytest.mark.parametrize(
    "forged",
    [
        (r"(?m)^  (Liabilities:Escrow:\S+  -?\d+)\.(\d)0 USD", r"  \1.\g<2>1 USD"),
        (r"(?m)^  (Assets:Client-Funds  \d+)\.(\d\d)0 KWD", r"  \1.\g<2>1 KWD"),
        (r"(balance \S+  -?\d+)\.(\d)0 ~ 0 USD", r"\1.\g<2>1 ~ 0 USD"),
        (r"(balance \S+  -?\d+)0 ~ 0 JPY", r"\g<1>1 ~ 0 JPY"),
    ],
)
def test_beancount_finds_a_unit_that_was_forged_in_the_file(
    forged: tuple[str, str], ours: str, tmp_path: Path
) -> None:
    path = written(ours, tmp_path, "beancount")
    told, count = re.subn(*forged, path.read_text(), count=1)
    assert count == 1
    assert loader.load_string(told)[1]


@pytest.mark.parametrize("by", [1, -1])
def test_beancount_finds_a_unit_that_was_forged_in_a_balance(by: int, ours: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "e.db") as books:
        books.execute(f"UPDATE balances SET minor = minor + {by} WHERE account = '1010' AND currency = 'JPY'")
    errors = loader.load_file(str(written(ours, tmp_path, "beancount")))[1]
    assert [type(error).__name__ for error in errors] == ["BalanceError"]


def test_beancount_finds_a_unit_that_was_forged_in_a_posting(ours: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "e.db") as books:
        books.execute("DROP TRIGGER postings_update")
        books.execute("UPDATE postings SET minor = minor + 1 WHERE journal = 4 AND n = 0")
    assert loader.load_file(str(written(ours, tmp_path, "beancount")))[1]


IDS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(IDS.filter(lambda id: ":" not in id), min_size=2, max_size=2), st.sampled_from(chart.CHART))
def test_every_account_has_a_name_of_its_own_from_which_it_can_be_read_back(
    ids: list[str], account: chart.Account
) -> None:
    ours = account(*ids[: len(account.of)])
    name = export.name_of(ours)
    assert re.fullmatch(r"(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+", name)
    assert export.account_of(name) == ours


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        ("2000:TA-20931-7741", "Liabilities:Escrow:TA-20931-7741"),
        ("2000:20001234567890123", "Liabilities:Escrow:20001234567890123"),
        ("2100:shenzhen-lumen:TA-1", "Liabilities:Payable:X-shenzhen--lumen:TA-1"),
        ("2000:X-1", "Liabilities:Escrow:X-X--1"),
        ("2000:a:b", "Liabilities:Escrow:X-a-3a-b"),
        ("1010", "Assets:Client-Funds"),
    ],
)
def test_an_account_is_named_by_the_chart(ours: str, name: str) -> None:
    assert export.name_of(ours) == name and export.account_of(name) == ours


def test_an_account_of_no_chart_is_a_sentence_and_leaves_no_file(ours: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "e.db") as books:
        books.execute("INSERT INTO balances VALUES ('9999', 'USD', 1)")
    done = escrow(ours, tmp_path, "journal", "--out", str(tmp_path / "l.beancount"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1) and "9999" in done.stderr
    assert not list(tmp_path.glob("*l.beancount*"))


# A file by itself


def test_a_file_of_journals_is_verified_by_itself(url: str, tmp_path: Path) -> None:
    path = written(url, tmp_path, "jsonl")
    done = escrow("sqlite:///nowhere", tmp_path, "verify", "--file", str(path))
    assert done.returncode == 0 and "the journals are right" in done.stdout


FORGED = {
    "a posting": (r'"1010",(\d+)', lambda found: f'"1010",{int(found[1]) + 1}'),
    "a balance": (r'"minor":(\d+)', lambda found: f'"minor":{int(found[1]) + 1}'),
    "a journal cut": (r'\{"journal":4,.*\n', lambda _: ""),
    "a balance cut": (r'\{"balance":"1020".*\n', lambda _: ""),
    "no JSON": (r'\{"journal":4,', lambda _: "journal 4"),
    "all of it cut": (r"(?s).*", lambda _: ""),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_file_of_journals_that_was_forged_is_found(how: str, ours: str, tmp_path: Path) -> None:
    path = written(ours, tmp_path, "jsonl")
    pattern, to = FORGED[how]
    told, count = re.subn(pattern, to, path.read_text(), count=1)
    assert count == 1
    path.write_text(told)
    done = escrow(ours, tmp_path, "verify", "--file", str(path))
    assert done.returncode == 1 and "BREACH: " in done.stdout, done.stdout


# The platform's own money, and what needs no books


def test_own_funds_go_in_and_out_and_the_books_stay_right(ours: str, tmp_path: Path) -> None:
    assert "50,012.50 USD of" in escrow(ours, tmp_path, "own-funds", "in", "12.50", "USD").stdout
    assert " 0.00 USD of" in escrow(ours, tmp_path, "own-funds", "out", "50012.50", "usd").stdout
    assert escrow(ours, tmp_path, "verify").returncode == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("out", "50000.01", "USD"), "only 50,000.00 USD are there"),
        # A buyer has 30.769 of the 5,000 dinars as credit.
        (("out", "4969.232", "KWD"), "only 4,969.231 KWD are there"),
        (("in", "1.001", "USD"), "USD has 2 decimals"),
        (("in", "0", "USD"), "more than nothing"),
        (("in", "NaN", "USD"), "NaN is no amount"),
        (("in", "1e30", "USD"), "1e30 is no amount"),
        (("in", "5", "DUCATS"), "unknown currency"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_a_sentence(
    asked: tuple[str, ...], says: str, ours: str, tmp_path: Path
) -> None:
    done = escrow(ours, tmp_path, "own-funds", *asked)
    assert done.returncode == 1 and says in done.stderr and done.stderr.count("\n") == 1
    assert escrow(ours, tmp_path, "verify").stdout.startswith("policies 2  histories 14  events ")


@pytest.mark.parametrize("command", [(), ("journal",), ("own-funds",), ("anchor",), ("verify",)])
def test_help_needs_no_books(command: tuple[str, ...], tmp_path: Path) -> None:
    done = escrow(f"sqlite:///{tmp_path}/none.db", tmp_path, *command, "--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: ./assure escrow")


@pytest.mark.parametrize("command", [("journal", "--out", "l"), ("own-funds", "in", "1", "USD"), ("anchor",)])
def test_without_books_each_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    done = escrow(f"sqlite:///{tmp_path}/none.db", tmp_path, *command)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1) and "no books yet" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_an_anchor_is_made_when_asked_and_guards_what_was_before_it(ours: str, tmp_path: Path) -> None:
    anchored = re.search(r"13 orders up to row (\d+)", escrow(ours, tmp_path, "anchor").stdout)
    assert "nothing has happened" in escrow(ours, tmp_path, "anchor").stdout
    assert "anchors 1" in escrow(ours, tmp_path, "verify").stdout
    with sqlite3.connect(tmp_path / "e.db") as books:
        for guard in ("history_delete", "history_update"):
            books.execute(f"DROP TRIGGER {guard}")
        books.execute("DELETE FROM history WHERE seq > 60")
    assert anchored and f"knows of rows up to {anchored[1]}" in escrow(ours, tmp_path, "verify").stdout
    behind = escrow(ours, tmp_path, "anchor")
    assert behind.returncode == 1 and "row 60" in behind.stderr
    assert "up to row 60" in escrow(ours, tmp_path, "anchor", "--anew").stdout
