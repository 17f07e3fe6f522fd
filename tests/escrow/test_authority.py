"""Whose token it is: what a token may name, and that no name means everybody."""

from __future__ import annotations

import threading
import time
from typing import Any

import jwt
import pytest

from escrow import service
from escrow.auth import Authority
from escrow.callers import Caller
from escrow.refusals import Refusal
from escrow.requests import ClaimSearch
from escrow.routes import ROUTES
from escrow.store.database import Database
from escrow.store.searches import Search
from messenger import tokens
from tests.escrow.conftest import Escrow
from tests.escrow.worlds import MADE, demo_world

NOBODYS = ["*", "", " ", "%", "adeyemi trading", "adeyemi-trading\n", "\x00", "a\x00", "-", "None", "_"]
CHENS = "CLM-1001"


def signed(escrow: Escrow, **claims: Any) -> str:
    """A token that messenger's own key signed, whatever it says; None leaves a claim out."""
    now = int(time.time())
    told: dict[str, Any] = {"iss": "messenger", "aud": "escrow", "iat": now, "exp": now + 300}
    told |= {"sub": "alice", "account": "adeyemi-trading", "role": "buyer"}
    told |= {"conversation": "c", "turn": "c-1"}
    told = {name: value for name, value in (told | claims).items() if value is not None}
    return jwt.encode(told, tokens.load_keys(escrow.home).messenger, "EdDSA")


@pytest.mark.parametrize("account", NOBODYS, ids=repr)
def test_an_account_of_a_strange_name_reads_nobodys_rows(escrow: Escrow, account: str) -> None:
    bearer = signed(escrow, account=account)
    for path in ("/v1/claims", f"/v1/claims/{CHENS}", "/v1/orders", "/v1/orders?after=TA-40015-2200"):
        given = escrow.ask(None, "GET", path, bearer=bearer)
        known = account == "None"
        assert given.status == (401 if not known else 404 if path.endswith(CHENS) else 200), path
        assert not given.json.get("items"), path


@pytest.mark.parametrize("name", ["sub", "account", "conversation", "turn"])
@pytest.mark.parametrize("value", ["", "\x00", "a\nb", "x" * 300, 5, ["*"], {}], ids=repr)
def test_a_name_that_is_no_plain_text_is_unauthenticated(escrow: Escrow, name: str, value: Any) -> None:
    bearer = signed(escrow, **{name: value})
    assert escrow.ask(None, "GET", "/v1/orders", bearer=bearer).status == 401
    quote = {"kind": "open_claim", "order": "TA-20931-7741", "reason": "damaged", "share": "1/2"}
    assert escrow.ask(None, "POST", "/v1/quotes", quote, bearer=bearer).status == 401


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return demo_world(f"sqlite:///{tmp_path_factory.mktemp('authority')}/e.db")


@pytest.mark.parametrize("account", ["*", "", "%", "None"])
def test_no_query_has_a_name_for_everybody(world: Database, account: str) -> None:
    whose = ("buyer", account)
    page = world.read(lambda work: work.claims.page(whose, order=None, state=None, after=None))
    assert page == ([], None)
    search = Search(whose=whose, after="TA-40015-2200")
    assert world.read(lambda work: work.orders.search(search)) == ([], None)
    caller = Caller("x", account, "buyer", "c", "t")
    for get in (
        lambda work: service.claim(work, caller, CHENS, MADE),
        lambda work: work.orders.get("TA-40015-2200", account=account),
    ):
        with pytest.raises(Refusal, match="not_found"):
            world.read(get)


def test_agents_read_everybodys_by_naming_nobody(world: Database) -> None:
    omar = Caller("omar", "desk", "agent", "c", "t")
    assert omar.scope is None
    assert world.read(lambda work: service.whose(work, omar)) is None
    listed = world.read(lambda work: service.list_claims(work, omar, ClaimSearch(), MADE))
    assert [claim.id for claim in listed.items] == [CHENS]
    orders, _ = world.read(lambda work: work.orders.search(Search(after="TA-40015-2200")))
    assert orders


def claimed(escrow: Escrow, bearer: str, order: str) -> list[Any]:
    """The answers to a quote and to the yes that follows it, if there was one to follow."""
    asked = {"kind": "open_claim", "order": order, "reason": "damaged", "share": "1/4"}
    quoted = escrow.ask(None, "POST", "/v1/quotes", asked, bearer=bearer)
    if quoted.status != 200:
        return [quoted]
    return [quoted, escrow.ask(None, "POST", f"/v1/quotes/{quoted.json['quote_id']}/confirm", bearer=bearer)]


def test_a_person_who_is_new_to_a_known_account_becomes_known_by_the_first_write(escrow: Escrow) -> None:
    zoe = signed(escrow, sub="zoe@adeyemi.example")
    _, done = claimed(escrow, zoe, "TA-20931-7741")
    assert done.status == 200
    claim = escrow.ask(None, "GET", f"/v1/claims/{done.json['claim']}", bearer=zoe).json
    assert claim["opened_by"] == "zoe@adeyemi.example"


def test_of_first_writes_at_once_none_fails(escrow: Escrow) -> None:
    nils = signed(escrow, sub="nils", account="nordholm-handel")
    statuses: list[int] = []

    def quote() -> None:
        asked = {"kind": "open_claim", "order": "TA-55801-0032", "reason": "damaged", "share": "1/4"}
        statuses.append(escrow.ask(None, "POST", "/v1/quotes", asked, bearer=nils).status)

    threads = [threading.Thread(target=quote) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8


STRANGERS = {
    "an account that is not known": {"account": "nobodys-trading"},
    "a supplier's account": {"account": "shenzhen-lumen"},
    "the desk's own account": {"account": "desk"},
}


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("sub", ["stranger", "alice"])
def test_whoever_does_not_fit_their_account_can_write_nothing(escrow: Escrow, who: str, sub: str) -> None:
    bearer = signed(escrow, sub=sub, **STRANGERS[who])
    unknown = escrow.ask("alice", "GET", "/v1/orders/TA-99999-9999")
    for order in ("TA-20931-7741", "20001234567890123", "TA-99999-9999"):
        (given,) = claimed(escrow, bearer, order)
        assert (given.status, given.body) == (404, unknown.body)
    confirm = escrow.ask(None, "POST", "/v1/quotes/Q-none/confirm", bearer=bearer)
    assert (confirm.status, confirm.body) == (404, unknown.body)


def test_a_stranger_leaves_no_trace_and_reads_nothing(escrow: Escrow) -> None:
    bearer = signed(escrow, sub="stranger", account="nobodys-trading")
    assert escrow.ask(None, "GET", "/v1/orders", bearer=bearer).json["items"] == []
    assert escrow.ask(None, "GET", "/v1/claims", bearer=bearer).json["items"] == []
    assert escrow.ask(None, "GET", "/v1/accounts/me/money", bearer=bearer).json["items"] == []
    database = Database(escrow.database)
    known = database.read(
        lambda work: {id: work.parties.persons_of(id) for id in ("adeyemi-trading", "desk")}
    )
    database.close()
    assert known == {
        "adeyemi-trading": ["alice", "tunde", "zoe@adeyemi.example"],
        "desk": ["ivo", "mei", "omar", "sara"],
    }


DOORS = {
    "messenger": {"turns", "notices"},
    "executor": {"instructions"},
    "marketplace": {"accounts", "suppliers", "products", "orders"},
}


@pytest.mark.parametrize("program", DOORS)
def test_a_program_has_its_own_doors_and_no_other(escrow: Escrow, program: str) -> None:
    own = {route.path.split("/")[2] for route in ROUTES if route.roles and program in route.roles}
    assert own == DOORS[program]
    assert all(len(route.roles) == 1 for route in ROUTES if route.roles and route.roles & DOORS.keys())


@pytest.mark.parametrize("role", ["marketplace", "executor", "service", "visitor", "", "messenger "])
def test_messengers_signature_makes_nobody_another_program(escrow: Escrow, role: str) -> None:
    bearer = signed(escrow, sub=role or "x", account=role.strip() or "x", role=role)
    for path in ("/v1/instructions", "/v1/notices", "/v1/orders"):
        assert escrow.ask(None, "GET", path, bearer=bearer).status == 401


def test_two_programs_cannot_have_one_key() -> None:
    with pytest.raises(ValueError, match="marketplace and executor have the same key"):
        Authority(messenger_public_key=b"", keys={"marketplace": "k" * 40, "executor": "k" * 40})


@pytest.mark.parametrize(
    ("role", "account"),
    [
        ("supplier", "adeyemi-trading"),
        ("buyer", "shenzhen-lumen"),
        ("buyer", "nobody-known"),
        ("agent", "adeyemi-trading"),
        ("agent", "nobody-known"),
        ("supervisor", "shenzhen-lumen"),
    ],
)
def test_a_role_that_does_not_fit_the_account_reads_nothing_of_it(
    escrow: Escrow, role: str, account: str
) -> None:
    bearer = signed(escrow, sub="mallory", role=role, account=account)
    for path in (
        "/v1/orders",
        "/v1/claims",
        "/v1/accounts/me/money",
        "/v1/orders/TA-20931-7741",
        f"/v1/claims/{CHENS}",
    ):
        given = escrow.ask(None, "GET", path, bearer=bearer)
        assert given.status == 404 or not given.json.get("items", ["something"]), path
