"""Books that this program cannot read: a sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from escrow import cli
from escrow.app import bring_up_to_date
from escrow.audit import __main__ as verify
from escrow.store.database import Database
from tests.escrow import landed

AS_ASKED = {
    "verify": (verify.main, []),
    "escrow verify": (cli.main, ["verify"]),
    "escrow journal": (cli.main, ["journal", "--out", "-"]),
    "escrow own-funds": (cli.main, ["own-funds", "in", "5", "USD"]),
    "escrow anchor": (cli.main, ["anchor"]),
}


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str], tuple[int, str, str]]:
    def ended(how: str, url: str) -> tuple[int, str, str]:
        main, arguments = AS_ASKED[how]
        monkeypatch.setenv("ASSURE_DATABASE_URL", url)
        monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return ended


Ask = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """As the first version left them, and no program has taken them over."""
    on_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/e.db" if on_sqlite else str(request.getfixturevalue("fresh_pg")())
    database = Database(url)
    landed.fill(database.engine)
    yield database
    database.close()


def url_of(database: Database) -> str:
    url = database.engine.url.set(drivername=database.engine.dialect.name)
    return url.render_as_string(hide_password=False)


def revision(database: Database) -> str:
    with database.engine.connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def test_books_of_an_older_version_are_left_alone_with_a_sentence(left: Database, ask: Ask) -> None:
    for how in AS_ASKED:
        code, out, err = ask(how, url_of(left))
        assert (code, out, err.count("\n")) == (2, "", 1), (how, out, err)
        assert "of another version: ./assure up brings them up to date" in err
    assert revision(left) == landed.REVISION


def test_books_that_were_brought_up_to_date_are_read(left: Database, ask: Ask) -> None:
    bring_up_to_date(left)
    for how in AS_ASKED:
        assert ask(how, url_of(left))[0] == 0, how


def test_books_of_a_later_version_are_not_told_to_be_brought_up(left: Database, ask: Ask) -> None:
    with left.engine.connect().execution_options(escrow_write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for how in AS_ASKED:
        code, out, err = ask(how, url_of(left))
        assert (code, out, err.count("\n")) == (2, "", 1) and "of a later version" in err, (how, err)


@pytest.mark.parametrize("how", AS_ASKED)
def test_books_that_cannot_be_reached_are_away(how: str, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database at all " * 9)
    for url in (f"sqlite:///{tmp_path}/no.db", "postgresql://nobody@127.0.0.1:1/none"):
        code, out, err = ask(how, url)
        assert (code, out, err.count("\n")) == (2, "", 1) and "the books are away" in err, err
