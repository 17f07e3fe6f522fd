"""Whoever gets past the triggers is found by the audit: each kind of tampering is one breach at least."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from escrow.audit import audit
from escrow.store.database import Database
from tests.escrow.worlds import demo_world

TAMPERED = {
    "a posting made bigger": "UPDATE postings SET minor = minor + 1 WHERE journal = 1 AND n = 0",
    "a journal taken out": "DELETE FROM postings WHERE journal = 2",
    "a journal opened again": "UPDATE journals SET sealed = 0 WHERE id = 3",
    "a balance moved": "UPDATE balances SET minor = minor - 5 WHERE account LIKE '2000:%'",
    "an event rewritten": "UPDATE history SET facts = '{}' WHERE event = 'order.pay'",
    "an event taken out": "DELETE FROM history WHERE event = 'order.ship'",
    "the newest event taken out": "DELETE FROM history WHERE event = 'claim.supplier_silent'",
    "a state set by hand": "UPDATE orders SET state = 'completed' WHERE id = 'TA-20931-7741'",
    "a claim set by hand": "UPDATE claims SET state = 'in_mediation'",
    "a date moved by hand": "UPDATE orders SET delivered_at = shipped_at WHERE id = 'TA-20931-7741'",
    "a tier set by hand": "UPDATE orders SET tier = 'enterprise' WHERE id = 'TA-20931-7741'",
    "a claim made bigger by hand": "UPDATE claims SET amount = amount * 2",
    "another owner set by hand": "UPDATE orders SET buyer = 'nordholm-handel' WHERE id = 'TA-20931-7741'",
    "a policy edited": "UPDATE policies SET text = replace(text, '30', '31')",
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "e.db"
    database = demo_world(f"sqlite:///{path}")
    database.close()
    return path


def breaches(path: Path) -> list[str]:
    database = Database(f"sqlite:///{path}")
    report = database.read(audit)
    database.close()
    return report.breaches


@pytest.mark.parametrize("how", TAMPERED)
def test_the_audit_finds(how: str, untouched: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(untouched, tmp_path / "e.db"))
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(TAMPERED[how]).rowcount > 0
    connection.commit()
    connection.close()
    assert breaches(path)


@pytest.mark.parametrize("how", [how for how in TAMPERED if "balance" not in how and "hand" not in how])
def test_the_triggers_refuse(how: str, untouched: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(shutil.copy(untouched, tmp_path / "e.db"))
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(TAMPERED[how])
    connection.close()


def test_books_that_are_doubled_throughout_are_found(untouched: Path, tmp_path: Path) -> None:
    """All sums still come to zero, every balance to its postings: only the history knows better."""
    path = Path(shutil.copy(untouched, tmp_path / "e.db"))
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE postings SET minor = minor * 2")
    connection.execute("UPDATE balances SET minor = minor * 2")
    connection.commit()
    connection.close()
    assert all("not the one that its history tells" in breach for breach in breaches(path)) and breaches(path)


def test_an_untouched_world_has_no_breach(untouched: Path) -> None:
    assert not breaches(untouched)


def test_an_erased_text_leaves_the_chain_whole(untouched: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(untouched, tmp_path / "e.db"))
    database = Database(f"sqlite:///{path}")
    database.write(lambda work: work.records.keep_text("TA-20931-7741", "two lamps are broken"))
    assert not database.read(audit).breaches
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM texts")
    connection.commit()
    assert not breaches(path)
