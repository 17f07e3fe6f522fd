"""Whether there are books at all, and what a server on them says to whatever fits its document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from escrow.routes import ROUTES
from escrow.store import schema
from tests.escrow.conftest import Escrow
from tests.escrow.worlds import empty

pytestmark = pytest.mark.slow


def test_books_are_there_once_they_are_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/e.db"
    empty(url).close()
    assert schema.exists(url)


def test_looking_for_books_makes_none(tmp_path: Path) -> None:
    assert not schema.exists(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def test_whatever_fits_the_document_is_never_an_error_of_the_server(escrow: Escrow) -> None:
    document: Any = schemathesis.openapi.from_url(f"{escrow.url}/openapi.json")
    asked = 0
    for person in ("alice", "omar", "messenger"):
        headers = {"Authorization": f"Bearer {escrow.token(person)}"}
        for operation in document.get_all_operations():
            asked += 1
            _try(operation.ok(), headers)
    assert asked == 3 * len(ROUTES)


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def never_fails(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        case.call_and_validate(headers=headers, checks=[not_a_server_error])

    never_fails()
