"""Whatever stands in a query, a path or a token: refused in words or answered, never an error of ours."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from escrow.routes import ROUTES, Route
from tests.escrow.conftest import Escrow
from tests.escrow.test_authority import signed

NASTY = [
    "",
    " ",
    "0",
    "-1",
    "0.5",
    "1e3",
    "1e400",
    "NaN",
    "Infinity",
    "true",
    "null",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 40,
    "999999999999999",
    "999999999999999.9999",
    "%",
    "_",
    "\\",
    "'",
    "\x00",
    "a\n",
    "USD\n",
    "1280\n",
    "TA-20931-7741\n",
    "TA-20931-7741\x0b",
    "2026-01-01T00:00:00Z\n",
    "2026-01-01T00:00:00+23:59",
    "1970-01-01T00:00:00Z",
    "2199-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "\U0001f680",
    "İstanbul",
    "٣",
    "x" * 5000,
]
WHO = {"/v1/notices": "messenger", "/v1/instructions": "executor"}


def names(query: Any) -> list[str]:
    return [each.encode_name for each in msgspec.structs.fields(query)]


READS = [route for route in ROUTES if route.method == "GET"]
ASKED = [(route, name) for route in READS for name in names(route.query)]


def who(route: Route) -> str:
    return WHO.get(route.path, "alice" if "me/money" in route.path else "omar")


def address(route: Route) -> str:
    return route.path.replace("{id}", "CLM-1001" if "claims" in route.path else "TA-20931-7741")


@pytest.mark.parametrize(("route", "name"), ASKED, ids=lambda each: getattr(each, "path", each))
def test_no_value_of_a_parameter_is_an_error_of_the_server(escrow: Escrow, route: Route, name: str) -> None:
    token = escrow.token(who(route))
    for value in [*NASTY, "%ED%A0%80", "%FF"]:
        told = value if value.startswith("%") and len(value) > 1 else quote(value)
        if name == "wait" and value in ("1", "true"):
            continue
        given = escrow.ask(None, "GET", f"{address(route)}?{name}={told}", bearer=token)
        assert given.status in (200, 404, 422), (value, given.body)


@pytest.mark.parametrize("route", [each for each in READS if "{id}" in each.path], ids=lambda each: each.path)
def test_no_id_in_a_path_is_an_error_of_the_server(escrow: Escrow, route: Route) -> None:
    token = escrow.token(who(route))
    for value in NASTY:
        path = route.path.replace("{id}", quote(value, safe=""))
        given = escrow.ask(None, "GET", path, bearer=token)
        assert given.status in (200, 404), (value, given.body)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/orders", "to=0.5"),
        ("/v1/orders", "from=1767225600"),
        ("/v1/orders", "to=1767225600.25"),
        ("/v1/orders", "from=-1"),
        ("/v1/orders", "to=1e9"),
        ("/v1/orders", "from=2026-01-01"),
        ("/v1/orders", "from=2026-01-01T00:00:00Z%0A"),
        ("/v1/orders", "currency=USD%0A"),
        ("/v1/orders", "amount=1280%0A"),
        ("/v1/orders", "after=TA-20931-7741%0A"),
        ("/v1/orders", "q=lamps%0A"),
        ("/v1/orders/TA-20931-7741/verdict", "at=0.5"),
        ("/v1/orders/TA-20931-7741/verdict", "delivered_at=1767225600"),
        ("/v1/claims", "order=TA-20931-7741%0A"),
    ],
)
def test_what_only_nearly_has_its_form_is_malformed(escrow: Escrow, path: str, query: str) -> None:
    given = escrow.ask("omar", "GET", f"{path}?{query}")
    assert (given.status, given.json.get("code")) == (422, "malformed")
    assert given.json["facts"]["field"] == query.split("=")[0]


@pytest.mark.parametrize("after", [2**31 - 1, 2**31, 2**31 + 1, 2**63 - 1])
def test_a_page_after_all_notices_is_empty_however_far(escrow: Escrow, after: int) -> None:
    given = escrow.ask("messenger", "GET", f"/v1/notices?after={after}")
    assert given.status in (200, 422)
    assert not given.json.get("items")


@pytest.mark.parametrize(
    "body",
    [
        {"order": "TA-20931-7741\n"},
        {"share": "1/2\n"},
        {"share": None, "amount": {"minor": 1, "currency": "USD\n"}},
        {"order": "TA-20931-7741", "reason": "damaged\n"},
    ],
    ids=str,
)
def test_a_line_feed_at_the_end_of_a_field_is_malformed(escrow: Escrow, body: dict[str, Any]) -> None:
    assert escrow.quote(**body).status == 422


def test_a_trailing_line_feed_is_no_id(escrow: Escrow) -> None:
    for path in ("/v1/orders/TA-20931-7741%0A", "/v1/claims/CLM-1001%0A"):
        assert escrow.ask("omar", "GET", path).status == 404


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"iat": 3}, 200),
        ({"nbf": 3}, 200),
        ({"exp": -3}, 200),
        ({"iat": 60}, 401),
        ({"nbf": 60}, 401),
        ({"exp": -60}, 401),
        ({"iat": -86400, "exp": 60}, 200),
    ],
    ids=str,
)
def test_clocks_may_differ_by_seconds_and_not_by_minutes(
    escrow: Escrow, claims: dict[str, int], status: int
) -> None:
    """Two machines' clocks are never quite the same: a token that was signed a moment ago is no forgery."""
    now = int(time.time())
    bearer = signed(escrow, **{name: now + seconds for name, seconds in claims.items()})
    assert escrow.ask(None, "GET", "/v1/orders", bearer=bearer).status == status


@pytest.mark.parametrize(
    "value", ["soon", True, [], 2**70, -1, 1e400, "9" * 5000], ids=lambda it: repr(it)[:9]
)
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_a_time_that_is_none_is_unauthenticated(escrow: Escrow, name: str, value: Any) -> None:
    given = escrow.ask(None, "GET", "/v1/orders", bearer=signed(escrow, **{name: value}))
    assert given.status in (200, 401)


def test_the_documents_patterns_are_those_that_every_reader_knows(escrow: Escrow) -> None:
    told = escrow.ask(None, "GET", "/openapi.json").body
    assert rb"[A-Za-z0-9._:-]*(?!\\n)$" in told
    assert rb"\\A" not in told and rb"\\Z" not in told


@pytest.mark.parametrize(
    "q", ["\U0010ffff", "\ud7ff", "\ud7ffx", "\ue000", "~", "~~~", "\uffff", "7741\U0010ffff", "_", "\\"]
)
def test_a_search_for_the_last_signs_there_are_finds_nothing_and_breaks_nothing(
    escrow: Escrow, q: str
) -> None:
    given = escrow.ask("alice", "GET", f"/v1/orders?q={quote(q)}")
    assert (given.status, given.json["items"]) == (200, [])
