"""The interface as its callers meet it: who may ask what, in which shape, and what comes back."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from datetime import datetime
from typing import Any

import jwt
import pytest

from escrow.routes import ROUTES, Route
from tests.escrow.conftest import Answer, Escrow

PEOPLE = {
    "buyer": "alice",
    "supplier": "shenzhen-lumen",
    "agent": "omar",
    "mediator": "mei",
    "supervisor": "sara",
    "marketplace": "marketplace",
    "messenger": "messenger",
    "executor": "executor",
}
BODIES: dict[str, Any] = {
    "/v1/quotes": {"kind": "open_claim", "order": "TA-20931-7741", "reason": "damaged", "share": "1/2"},
    "/v1/verdicts/check": {"facts": {}},
    "/v1/instructions/{id}/result": {"result": "settled"},
    "/v1/demo/advance": {"days": 0},
    "/v1/accounts/{id}": {"name": "Ayo", "role": "buyer", "zone": "Africa/Lagos"},
    "/v1/suppliers/{id}": {"badge": True},
    "/v1/products/{id}": {"supplier": "shenzhen-lumen", "title": "Desk lamp"},
    "/v1/orders/{id}/events": {"event": "delivered", "id": "E-1", "at": "2026-11-24T09:00:00Z"}
    | {"shipment": "S-1", "source": "carrier"},
}
IDS = {"/v1/orders": "TA-20931-7741", "/v1/claims": "CLM-1001", "/v1/quotes": "Q-none", "/v1/turns": "c9-9"}


def address(route: Route) -> str:
    return route.path.replace("{id}", IDS.get(route.path.split("/{id}")[0], "1"))


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_door_that_is_not_for_a_role_is_not_there(escrow: Escrow, route: Route, role: str) -> None:
    given = escrow.ask(PEOPLE[role], route.method, address(route), BODIES.get(route.path))
    if route.roles is not None and role not in route.roles:
        assert (given.status, given.body) == (404, unknown(escrow).body)
    else:
        assert given.status in (200, 404, 409, 422)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_nobody_gets_in_without_a_token_except_where_visitors_may(escrow: Escrow, route: Route) -> None:
    given = escrow.ask(None, route.method, address(route), BODIES.get(route.path))
    assert (given.status == 401) == (route.roles is not None)


def unknown(escrow: Escrow) -> Answer:
    return escrow.ask("alice", "GET", "/v1/orders/TA-99999-9999")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders/TA-55801-0032",
        "/v1/orders/TA-55801-0032/verdict",
        "/v1/claims/CLM-1001",
        "/v1/orders/%00",
        "/v1/orders/" + "A" * 300,
        "/v1/nothing",
    ],
)
def test_unknown_and_not_yours_are_the_same_answer_byte_for_byte(escrow: Escrow, path: str) -> None:
    given = escrow.ask("alice", "GET", path)
    assert (given.status, given.body) == (404, unknown(escrow).body)


def test_a_quote_on_anothers_order_is_not_found_either(escrow: Escrow) -> None:
    assert escrow.quote(order="TA-55801-0032").body == escrow.quote(order="TA-99999-9999").body


def test_every_answer_tells_the_desks_time(escrow: Escrow) -> None:
    for given in (
        unknown(escrow),
        escrow.ask(None, "GET", "/v1/orders"),
        escrow.ask(None, "GET", "/healthz"),
    ):
        assert datetime.fromisoformat(given.headers["Assure-Now"]).tzinfo


def test_both_persons_of_an_account_see_its_orders(escrow: Escrow) -> None:
    mine, theirs = (escrow.ask(person, "GET", "/v1/orders").json["items"] for person in ("alice", "tunde"))
    assert [each["id"] for each in mine] == [each["id"] for each in theirs]
    assert len(mine) == 7


def forged(escrow: Escrow) -> dict[str, str]:
    good = escrow.token("alice")
    head, body, sign = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    other = base64.urlsafe_b64encode(json.dumps(claims | {"account": "nordholm-handel"}).encode())
    return {
        "garbage": "x.y.z",
        "no algorithm": f"{none}.{body}.",
        "another account": f"{head}.{other.rstrip(b'=').decode()}.{sign}",
        "symmetric": jwt.encode(claims, "x" * 32, "HS256"),
        "run out": escrow.token("alice", lives_s=-60),
        "a session token": good.replace(good, _session(escrow)),
        "no text": "\xff\xfe",
        "nearly the marketplace's key": escrow.token("marketplace")[:-1],
        "nearly the executor's key": escrow.token("executor")[:-1],
    }


def _session(escrow: Escrow) -> str:
    from messenger import demo, tokens

    return tokens.session_token(tokens.of_demo(demo.people()["alice"]), tokens.load_keys(escrow.home))


def test_no_forged_token_gets_in(escrow: Escrow) -> None:
    for how, token in forged(escrow).items():
        given = escrow.ask(None, "GET", "/v1/orders", bearer=token)
        assert (given.status, given.code) == (401, "unauthenticated"), how


MALFORMED = [
    (b"", "kind"),
    (b"[]", ""),
    (b"{", ""),
    (b'{"kind": "bribe"}', "kind"),
    (b'{"kind": "open_claim", "order": "TA-1", "reason": "ugly", "share": "1/2"}', "reason"),
    (b'{"kind": "open_claim", "order": "TA-1", "reason": "damaged", "share": "3/2"}', ""),
    (b'{"kind": "open_claim", "order": "TA-1", "reason": "damaged", "share": "1/0"}', "share"),
    (b'{"kind": "open_claim", "order": "TA-1", "reason": "damaged"}', ""),
    (b'{"kind": "open_claim", "order": "", "reason": "damaged", "share": "1/2"}', "order"),
    (b'{"kind": "open_claim", "order": "TA-1", "reason": "damaged", "share": "1/2", "to": "me"}', "to"),
    (
        b'{"kind":"open_claim","order":"TA-1","reason":"damaged","amount":{"minor":1.5,"currency":"USD"}}',
        "amount.minor",
    ),
    (
        b'{"kind":"open_claim","order":"TA-1","reason":"damaged","amount":{"minor":true,"currency":"USD"}}',
        "amount.minor",
    ),
    (
        b'{"kind":"open_claim","order":"TA-1","reason":"damaged","amount":{"minor":1,"currency":"ZZZ"}}',
        "amount",
    ),
    (
        b'{"kind":"open_claim","order":"TA-1","reason":"damaged","amount":{"minor":1e30,"currency":"USD"}}',
        "amount.minor",
    ),
]


@pytest.mark.parametrize(("raw", "field"), MALFORMED)
def test_a_malformed_body_names_the_field_and_changes_nothing(escrow: Escrow, raw: bytes, field: str) -> None:
    given = escrow.ask("alice", "POST", "/v1/quotes", raw=raw)
    assert (given.status, given.code) == (422, "malformed")
    assert given.json["facts"]["field"] == field


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "amount=1,5",
        "amount=-1",
        "from=yesterday",
        "from=2026-01-01T00:00:00",
        "state=lost",
        "q=%00",
        "from=9999-12-31T23:59:59-14:00",
        "to=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_a_malformed_query_is_refused(escrow: Escrow, query: str) -> None:
    assert escrow.ask("alice", "GET", f"/v1/orders?{query}").status == 422


@pytest.mark.parametrize("given", ["at=9999-12-31T23:59:59Z", "delivered_at=0001-01-01T00:00:00%2B14:00"])
def test_a_what_if_beyond_all_calendars_is_refused(escrow: Escrow, given: str) -> None:
    assert escrow.ask("alice", "GET", f"/v1/orders/TA-20931-7741/verdict?{given}").status == 422


def test_a_page_after_anothers_order_is_the_one_after_an_unknown_order(escrow: Escrow) -> None:
    anothers, unknown, own = (
        escrow.ask("alice", "GET", f"/v1/orders?after={id}").json["items"]
        for id in ("TA-31207-7777", "TA-99999-9999", "TA-20951-0007")
    )
    assert anothers == unknown == [] != own


def test_goods_that_are_not_due_have_not_failed_to_arrive(escrow: Escrow) -> None:
    path = "/v1/orders/TA-20950-3310/verdict?reason="
    assert escrow.ask("alice", "GET", f"{path}not_delivered").json["code"] == "not_yet_due"
    assert escrow.ask("alice", "GET", f"{path}not_shipped").json["eligible"]


def test_agents_read_an_orders_postings_as_money(escrow: Escrow) -> None:
    items = escrow.ask("omar", "GET", "/v1/orders/TA-20931-7741/journal").json["items"]
    funded = next(each for each in items if each["kind"] == "E1" and "credit" in each)
    assert funded["account"] == "2000:TA-20931-7741"
    assert funded["credit"] == {"minor": 128000, "currency": "USD"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", funded["at"])


def test_the_same_key_moves_the_clock_once_also_when_sent_at_once(escrow: Escrow) -> None:
    given: list[Answer] = []
    before = escrow.ask("omar", "GET", "/healthz").headers["Assure-Now"]
    body = {"days": 1}
    race(lambda _: given.append(escrow.ask("omar", "POST", "/v1/demo/advance", body, key="once")), 3)
    assert {answer.status for answer in given} == {200} and len({answer.body for answer in given}) == 1
    moved = datetime.fromisoformat(given[0].json["now"]) - datetime.fromisoformat(before)
    assert 23 <= moved.total_seconds() / 3600 <= 25


def test_orders_are_found_by_what_people_remember(escrow: Escrow) -> None:
    def found(query: str) -> list[str]:
        return [each["id"] for each in escrow.ask("alice", "GET", f"/v1/orders?{query}").json["items"]]

    assert found("q=desk%20LAMPS") == ["TA-20931-7741"]
    assert found("amount=1280&currency=USD") == found("amount=1280.00") == ["TA-20931-7741"]
    assert set(found("supplier=ningbo")) == {"TA-20950-3310", "TA-20931-7714", "TA-20931-6650"}
    assert found("state=shipped") == ["TA-20944-1002"]
    assert found("q=%25") == found("q=street") == []


def test_a_write_without_a_key_is_refused(escrow: Escrow) -> None:
    assert escrow.ask("alice", "POST", "/v1/quotes", BODIES["/v1/quotes"], key=None).code == "key_missing"


def test_the_same_key_gives_the_same_answer_byte_for_byte(escrow: Escrow) -> None:
    first, second = (
        escrow.ask("alice", "POST", "/v1/quotes", BODIES["/v1/quotes"], key="same-1") for _ in range(2)
    )
    assert (first.status, first.body) == (200, second.body)


def test_a_refusal_is_kept_under_its_key_too(escrow: Escrow) -> None:
    body = BODIES["/v1/quotes"] | {"order": "TA-20931-6650"}
    first, second = (escrow.ask("alice", "POST", "/v1/quotes", body, key="same-2") for _ in range(2))
    assert (first.status, first.code, first.body) == (409, "window_closed", second.body)


def test_a_yes_that_came_too_early_does_not_spoil_the_quote(escrow: Escrow) -> None:
    """The key of a confirmation is the quote's id, so the refusal must not be what the next yes gets."""
    quote = escrow.quote("nordholm", order="TA-55801-0032", conversation="early").json["quote_id"]
    path, where = f"/v1/quotes/{quote}/confirm", {"key": quote, "conversation": "early"}
    assert escrow.ask("nordholm", "POST", path, shown=[], **where).code == "quote_not_shown"
    elsewhere = {"key": quote, "conversation": "another", "shown": [quote]}
    assert escrow.ask("nordholm", "POST", path, **elsewhere).code == "not_found"
    assert escrow.ask("nordholm", "POST", path, shown=[quote], **where).json["claim"]


def test_a_key_with_another_body_is_refused(escrow: Escrow) -> None:
    escrow.ask("alice", "POST", "/v1/quotes", BODIES["/v1/quotes"], key="same-3")
    other = BODIES["/v1/quotes"] | {"share": "1/3"}
    given = escrow.ask("alice", "POST", "/v1/quotes", other, key="same-3")
    assert (given.status, given.code) == (422, "key_reused")


def test_another_persons_key_does_not_collide(escrow: Escrow) -> None:
    mine = escrow.ask("alice", "POST", "/v1/quotes", BODIES["/v1/quotes"], key="same-4")
    theirs = escrow.ask("tunde", "POST", "/v1/quotes", BODIES["/v1/quotes"], key="same-4")
    assert mine.json["quote_id"] != theirs.json["quote_id"]


def test_a_body_that_is_too_large_is_refused(escrow: Escrow) -> None:
    assert escrow.ask("alice", "POST", "/v1/quotes", raw=b" " * 70_000).status == 413


def test_a_wrong_method_says_which_is_right(escrow: Escrow) -> None:
    given = escrow.ask("alice", "DELETE", "/v1/orders/TA-20931-7741")
    assert given.status == 405 and "GET" in given.headers["Allow"]


def test_a_verdict_proves_itself_and_a_changed_one_does_not(escrow: Escrow) -> None:
    for id in ("TA-20931-7741", "TA-20931-6650", "TA-20931-7714", "TA-20944-1002", "TA-20951-0007"):
        told = escrow.ask("alice", "GET", f"/v1/orders/{id}/verdict").json
        assert escrow.ask(None, "POST", "/v1/verdicts/check", told).json == {"same": True, "verdict": told}
    assert not escrow.ask(None, "POST", "/v1/verdicts/check", told | {"eligible": True}).json["same"]
    assert escrow.ask(None, "POST", "/v1/verdicts/check", {"facts": {"order": 1}}).status == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"zones": ["Mars/Secret 4111111111111111", "Asia/Shanghai"]},
        {"zones": ["../etc/passwd", "UTC"]},
        {"now": "2026-11-24T09:00:00"},
        {"window_days": 10**12},
        {"window_days": -1},
        {"delivered_at": "9999-12-31T00:00:00Z"},
        {"paid": 2**70},
    ],
    ids=str,
)
def test_a_verdict_that_nobody_can_have_given_is_malformed(escrow: Escrow, wrong: dict[str, Any]) -> None:
    verdict = escrow.ask("alice", "GET", "/v1/orders/TA-20931-7741/verdict").json
    told = verdict | {"facts": verdict["facts"] | wrong}
    given = escrow.ask(None, "POST", "/v1/verdicts/check", told, key=None)
    assert (given.status, given.code) == (422, "malformed")
    assert b"4111" not in given.body


def test_what_is_nested_too_deep_is_malformed(escrow: Escrow) -> None:
    raw = b'{"facts":' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert escrow.ask(None, "POST", "/v1/verdicts/check", raw=raw, key=None).status == 422


def test_what_if_is_marked_and_changes_nothing(escrow: Escrow) -> None:
    before = escrow.ask("alice", "GET", "/v1/orders/TA-20931-7741").body
    late = escrow.ask("alice", "GET", "/v1/orders/TA-20931-7741/verdict?at=2031-01-01T00:00:00Z").json
    assert late["facts"]["hypothetical"] and late["code"] == "window_closed"
    pro = escrow.ask("alice", "GET", "/v1/orders/TA-20931-6650/verdict?tier=enterprise").json
    assert pro["facts"]["hypothetical"] and pro["eligible"]
    assert escrow.ask("alice", "GET", "/v1/orders/TA-20931-7741").body == before


def test_a_revoked_turn_writes_nothing_any_more(escrow: Escrow) -> None:
    escrow.ask("messenger", "POST", "/v1/turns/c7-1/revoke")
    late = escrow.ask("alice", "POST", "/v1/quotes", BODIES["/v1/quotes"], conversation="c7", turn="c7-1")
    assert (late.status, late.code) == (409, "turn_revoked")
    assert escrow.ask("alice", "GET", "/v1/orders", conversation="c7", turn="c7-1").status == 200


def test_twenty_confirms_at_once_make_one_claim(escrow: Escrow) -> None:
    quote = escrow.quote("bruno", order="TA-31200-0450").json["quote_id"]
    given: list[Answer] = []

    def confirm(n: int) -> None:
        given.append(escrow.ask("bruno", "POST", f"/v1/quotes/{quote}/confirm", key=f"race-{n % 5}"))

    race(confirm, 20)
    assert {answer.status for answer in given} == {200}
    assert len({answer.body for answer in given}) == 1
    assert len(escrow.ask("bruno", "GET", "/v1/orders/TA-31200-0450").json["claims"]) == 1


def test_of_two_quotes_on_one_order_only_one_becomes_a_claim(escrow: Escrow) -> None:
    quotes = [escrow.quote("bruno", order="TA-31207-7777").json["quote_id"] for _ in range(8)]
    given: list[Answer] = []
    race(lambda n: given.append(escrow.ask("bruno", "POST", f"/v1/quotes/{quotes[n]}/confirm")), 8)
    assert sorted(answer.status for answer in given) == [200, *[409] * 7]
    assert {answer.code for answer in given if answer.status == 409} == {"claim_already_open"}


def race(run: Any, n: int) -> None:
    threads = [threading.Thread(target=run, args=(each,)) for each in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_outbox_is_waited_for_and_accepted_once(escrow: Escrow) -> None:
    after = escrow.ask("messenger", "GET", "/v1/notices").json["next"]
    waited: list[Any] = []

    def wait() -> None:
        started = time.monotonic()
        page = escrow.ask("messenger", "GET", f"/v1/notices?after={after}&wait=10").json
        waited.append((time.monotonic() - started, page))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    quote = escrow.quote("chen", order="TA-40015-2311").json["quote_id"]
    escrow.ask("chen", "POST", f"/v1/quotes/{quote}/confirm")
    thread.join()
    ((took, page),) = waited
    assert took < 5
    (item,) = page["items"]
    assert (item["kind"], item["role"], item["persons"]) == ("claim_opened", "supplier", ["shenzhen-lumen"])
    for _ in range(2):
        assert escrow.ask("messenger", "POST", f"/v1/notices/{item['id']}/accepted").status == 200
    assert escrow.ask("messenger", "POST", "/v1/notices/99999/accepted").status == 404


def test_the_programme_tells_everybody_its_numbers(escrow: Escrow) -> None:
    told = escrow.ask(None, "GET", "/v1/programme").json
    assert told["claim"]["window_days"] == {"standard": 30, "enterprise": 60, "enterprise_pro": 60}
    assert (told["dispute"]["respond_days"], told["ontime"]["cap"]["minor"]) == (3, 10000)


def test_the_document_names_every_route(escrow: Escrow) -> None:
    told = escrow.ask(None, "GET", "/openapi.json").json
    drawn = {(method.upper(), path) for path, each in told["paths"].items() for method in each}
    assert drawn == {(route.method, route.path) for route in ROUTES}
