"""A quote that needs more than one person's yes: who gives it, in which order, and what is then done."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import Executable, text, update

from contract import asked, codes
from contract.answers import Effect
from contract.codes import Role
from escrow import quotes
from escrow.audit import audit
from escrow.callers import Caller
from escrow.claims import Claim
from escrow.deeds import DEEDS, Deed, Plan
from escrow.history import OWN_FUNDS
from escrow.refusals import Refusal
from escrow.store.database import Database
from escrow.store.work import Work
from escrow.tables import quotes as quotes_table
from tests.escrow.asking import (
    ALICE,
    CHEN,
    LAMPS,
    LATER,
    LUMEN,
    OMAR,
    TUNDE,
    builtins,
    claim,
    confirmed,
    fire_until,
    order,
    refused,
)
from tests.escrow.asking import (
    asked as quoted,
)
from tests.escrow.worlds import events

SARA = Caller("sara", "desk", "supervisor", "d1", "d1-1")
IVO = Caller("ivo", "desk", "supervisor", "d2", "d2-1")
MEI = Caller("mei", "desk", "mediator", "d3", "d3-1")
ESCALATE, OPEN = codes.Deed.ESCALATE, codes.Deed.OPEN_CLAIM
HALF: dict[str, Any] = {"order": LAMPS, "reason": "damaged", "share": "1/2"}


def with_the_desk(monkeypatch: pytest.MonkeyPatch, kind: codes.Deed, *roles: Role) -> None:
    """The deed takes the yes of who asks, and then of these."""
    deed = replace(DEEDS[kind], signers=lambda caller, plan: (Role(caller.role), *roles))
    monkeypatch.setitem(DEEDS, kind, deed)


@pytest.fixture
def signed_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    with_the_desk(monkeypatch, ESCALATE, Role.SUPERVISOR)


def plan_of_the_desk(work: Work, caller: Caller, wanted: Any, now: datetime, lock: bool) -> Plan:
    found: Claim = work.claims.get(wanted.claim)
    return Plan(work.orders.get(found.order), Effect(new_state="noted"), claim=found)


def do_of_the_desk(work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]) -> str:
    assert plan.claim is not None
    work.history.tell(plan.claim.order, "claim.noted", actor=caller.actor, at=now, facts=note)
    return plan.claim.id


@pytest.fixture
def of_two_supervisors(monkeypatch: pytest.MonkeyPatch) -> None:
    deed: Deed[Any] = Deed(
        kind=ESCALATE,
        roles=frozenset({Role.SUPERVISOR, Role.MEDIATOR}),
        asked=asked.Escalate,
        plan=plan_of_the_desk,
        do=do_of_the_desk,
        signers=lambda caller, plan: (Role(caller.role), Role.SUPERVISOR),
    )
    monkeypatch.setitem(DEEDS, ESCALATE, deed)


def waiting(world: Database, who: Caller, now: datetime = LATER, after: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: quotes.waiting(work, who, after, now)))
    return told


def ids(page: dict[str, Any]) -> list[str]:
    return [each["quote_id"] for each in page["items"]]


def became(world: Database, who: Caller, id: str, now: datetime = LATER) -> dict[str, Any]:
    told: dict[str, Any] = builtins(world.read(lambda work: quotes.became(work, who, id, now)))
    return told


def escalation(world: Database, now: datetime = LATER) -> dict[str, Any]:
    return quoted(world, CHEN, "escalate", now, claim="CLM-1001")


def test_one_yes_of_two_does_nothing_and_says_whose_is_next(world: Database, signed_by_two: None) -> None:
    before = claim(world, "CLM-1001")
    quote = escalation(world)
    assert quote["signatures"] == ["buyer", "supervisor"]
    first = confirmed(world, CHEN, quote)
    assert first == {
        "quote_id": quote["quote_id"],
        "order": quote["order"],
        "claim": "CLM-1001",
        "done": False,
        "waits_for": "supervisor",
    }
    assert claim(world, "CLM-1001") == before
    assert "waits_for" not in confirmed(world, SARA, quote)
    assert claim(world, "CLM-1001")["state"] == "in_mediation"


def test_it_is_done_in_the_name_of_who_asked_and_tells_who_signed(
    world: Database, signed_by_two: None
) -> None:
    quote = escalation(world)
    confirmed(world, CHEN, quote)
    confirmed(world, SARA, quote, LATER + timedelta(hours=3))
    (row,) = [each for each in events(world) if each.event == "claim.escalate"]
    assert row.actor == "buyer:chen"
    (signed,) = msgspec.json.decode(row.facts)["signed"].values()
    assert [each[:3] for each in signed] == [[1, "buyer", "chen"], [2, "supervisor", "sara"]]


def test_with_one_signer_nothing_is_told_of_signatures(world: Database) -> None:
    quote = escalation(world)
    assert quote["signatures"] == ["buyer"]
    assert confirmed(world, CHEN, quote)["done"]
    (row,) = [each for each in events(world) if each.event == "claim.escalate"]
    assert "signed" not in row.facts


@pytest.mark.parametrize("who", [OMAR, MEI, LUMEN, ALICE, TUNDE, replace(CHEN, conversation="c9")])
def test_nobody_else_signs_second(world: Database, signed_by_two: None, who: Caller) -> None:
    quote = escalation(world)
    confirmed(world, CHEN, quote)
    with refused("not_found"):
        confirmed(world, who, quote)


@pytest.mark.parametrize("who", [SARA, OMAR, TUNDE])
def test_nobody_signs_before_its_own_person(world: Database, signed_by_two: None, who: Caller) -> None:
    quote = escalation(world)
    with refused("not_found"):
        confirmed(world, who, quote)
    assert waiting(world, who)["items"] == []


def test_a_second_yes_of_the_same_person_gives_the_first_ones_answer(
    world: Database, signed_by_two: None
) -> None:
    quote = escalation(world)
    first = confirmed(world, CHEN, quote)
    assert confirmed(world, CHEN, quote) == first
    done = confirmed(world, SARA, quote)
    assert confirmed(world, CHEN, quote) == first
    assert confirmed(world, SARA, quote) == confirmed(world, SARA, quote, LATER + timedelta(days=9)) == done
    with refused("not_found"):
        confirmed(world, IVO, quote)


def test_two_supervisors_are_two_persons(world: Database, of_two_supervisors: None) -> None:
    quote = quoted(world, SARA, "escalate", claim="CLM-1001")
    assert quote["signatures"] == ["supervisor", "supervisor"]
    for _ in range(2):
        assert not confirmed(world, SARA, quote)["done"]
    assert waiting(world, SARA)["items"] == []
    assert ids(waiting(world, IVO)) == [quote["quote_id"]]
    assert confirmed(world, IVO, quote)["done"]
    assert [each.actor for each in events(world) if each.event == "claim.noted"] == ["supervisor:sara"]


def test_a_mediators_quote_waits_for_a_supervisor(world: Database, of_two_supervisors: None) -> None:
    quote = quoted(world, MEI, "escalate", claim="CLM-1001")
    assert confirmed(world, MEI, quote)["waits_for"] == "supervisor"
    assert confirmed(world, SARA, quote)["done"]


def test_three_sign_one_after_another(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with_the_desk(monkeypatch, ESCALATE, Role.MEDIATOR, Role.SUPERVISOR)
    quote = escalation(world)
    assert confirmed(world, CHEN, quote)["waits_for"] == "mediator"
    with refused("not_found"):
        confirmed(world, SARA, quote)
    assert waiting(world, SARA)["items"] == []
    assert confirmed(world, MEI, quote)["waits_for"] == "supervisor"
    assert confirmed(world, MEI, quote)["waits_for"] == "supervisor"
    assert confirmed(world, SARA, quote)["done"]


def test_one_person_never_signs_twice(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with_the_desk(monkeypatch, ESCALATE, Role.SUPERVISOR, Role.SUPERVISOR)
    quote = escalation(world)
    confirmed(world, CHEN, quote)
    for _ in range(3):
        assert confirmed(world, SARA, quote)["waits_for"] == "supervisor"
    assert claim(world, "CLM-1001")["state"] != "in_mediation"
    assert confirmed(world, IVO, quote)["done"]


def test_from_its_first_signature_it_waits_a_day(world: Database, signed_by_two: None) -> None:
    quote, signed = escalation(world), LATER + timedelta(minutes=14)
    confirmed(world, CHEN, quote, signed)
    (shown,) = waiting(world, SARA, signed)["items"]
    assert datetime.fromisoformat(shown["expires_at"]) == signed + timedelta(hours=24)
    end = signed + timedelta(hours=24)
    assert waiting(world, SARA, end)["items"] == []
    with refused("quote_expired"):
        confirmed(world, SARA, quote, end)
    assert confirmed(world, SARA, quote, end - timedelta(seconds=1))["done"]


def test_without_any_signature_it_runs_out_as_all_do(world: Database, signed_by_two: None) -> None:
    quote = escalation(world)
    with refused("quote_expired"):
        confirmed(world, CHEN, quote, LATER + timedelta(minutes=15))


def test_what_would_differ_by_now_is_not_signed(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with_the_desk(monkeypatch, OPEN, Role.SUPERVISOR)
    release = datetime.fromisoformat(order(world, LAMPS)["next"]["by"])
    quote = quoted(world, ALICE, "open_claim", release - timedelta(minutes=5), **HALF)
    confirmed(world, ALICE, quote, release - timedelta(minutes=4))
    fire_until(world, release)
    with refused("quote_changed"):
        confirmed(world, SARA, quote, release + timedelta(minutes=1))
    assert order(world, LAMPS)["claims"] == []


def test_where_more_must_sign_by_now_it_has_changed(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = escalation(world)
    with_the_desk(monkeypatch, ESCALATE, Role.SUPERVISOR)
    with refused("quote_changed"):
        confirmed(world, CHEN, quote)


def test_a_later_signer_must_have_seen_it_too(world: Database, signed_by_two: None) -> None:
    quote = escalation(world)
    confirmed(world, CHEN, quote)
    with refused("quote_not_shown"):
        confirmed(world, replace(SARA, shown=()), quote)
    assert confirmed(world, replace(SARA, shown=(quote["quote_id"],)), quote)["done"]


def test_what_waits_is_listed_as_it_was_quoted(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with_the_desk(monkeypatch, OPEN, Role.SUPERVISOR)
    quote = quoted(world, ALICE, "open_claim", **HALF)
    assert waiting(world, SARA)["items"] == []
    confirmed(world, ALICE, quote)
    (shown,) = waiting(world, SARA)["items"]
    assert {**shown, "expires_at": quote["expires_at"]} == quote
    assert waiting(world, MEI)["items"] == waiting(world, OMAR)["items"] == []
    confirmed(world, SARA, quote)
    assert waiting(world, SARA)["items"] == waiting(world, IVO)["items"] == []


def test_what_cannot_happen_any_more_is_listed_without_what_would_follow(
    world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_the_desk(monkeypatch, OPEN, Role.SUPERVISOR)
    stale, other = (quoted(world, ALICE, "open_claim", **HALF) for _ in range(2))
    for quote in (stale, other):
        confirmed(world, ALICE, quote)
    confirmed(world, SARA, other)
    (shown,) = waiting(world, SARA)["items"]
    assert (shown["quote_id"], shown["preview"], shown["effect"]) == (stale["quote_id"], {}, stale["effect"])


def test_the_list_goes_on_page_by_page(world: Database, signed_by_two: None) -> None:
    made = []
    for second in range(53):
        quote = escalation(world)
        confirmed(world, CHEN, quote, LATER + timedelta(seconds=second // 3))
        made.append(quote["quote_id"])
    first = waiting(world, SARA)
    rest = waiting(world, SARA, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (50, 3, None)
    assert sorted(ids(first) + ids(rest)) == sorted(made)


def test_of_two_who_sign_at_once_one_does_it(world: Database, signed_by_two: None) -> None:
    quote, told = escalation(world), list[str]()
    confirmed(world, CHEN, quote)

    def sign(who: Caller) -> None:
        try:
            told.append(f"done {confirmed(world, who, quote)['done']}")
        except Refusal as refusal:
            told.append(refusal.code)

    threads = [threading.Thread(target=sign, args=(who,)) for who in (SARA, IVO)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done True", "not_found"]


def test_what_became_of_it_is_told_to_its_own_person(world: Database, signed_by_two: None) -> None:
    quote = escalation(world)
    id, about = quote["quote_id"], {"order": quote["order"], "claim": "CLM-1001"}
    nothing = {"quote_id": id, **about, "done": False}
    assert became(world, CHEN, id) == nothing
    confirmed(world, CHEN, quote)
    assert became(world, CHEN, id) == nothing | {"waits_for": "supervisor"}
    assert became(world, CHEN, id, LATER + timedelta(days=1)) == nothing
    confirmed(world, SARA, quote)
    assert became(world, replace(CHEN, conversation="c9"), id) == nothing | {"done": True}
    for other in (SARA, IVO, ALICE, replace(CHEN, account="adeyemi-trading")):
        with refused("not_found"):
            became(world, other, id)


def of_an_account(work: Work, caller: Caller, wanted: Any, now: datetime, lock: bool) -> Plan:
    return Plan(None, Effect(new_state="noted"))


def told_of_an_account(
    work: Work, caller: Caller, plan: Plan, now: datetime, note: Mapping[str, Any]
) -> None:
    work.history.tell(OWN_FUNDS, "account.noted", actor=caller.actor, at=now, facts=note)


@pytest.fixture
def about_an_account(monkeypatch: pytest.MonkeyPatch, of_two_supervisors: None) -> None:
    deed = replace(DEEDS[ESCALATE], plan=of_an_account, do=told_of_an_account)
    monkeypatch.setitem(DEEDS, ESCALATE, deed)


def execute(statement: Executable, work: Work) -> None:
    work.connection.execute(statement)


def change(world: Database, statement: str) -> None:
    world.write(partial(execute, text(statement)))


def test_a_quote_need_not_be_about_an_order(world: Database, about_an_account: None) -> None:
    quote = quoted(world, SARA, "escalate", claim="CLM-1001")
    assert (quote.keys() & {"order", "claim"}, quote["postings"]) == (set(), [])
    confirmed(world, SARA, quote)
    (shown,) = waiting(world, IVO)["items"]
    assert {**shown, "expires_at": quote["expires_at"]} == quote
    assert confirmed(world, IVO, quote) == {"quote_id": quote["quote_id"], "done": True}
    assert became(world, SARA, quote["quote_id"])["done"]
    assert not world.read(audit).breaches


TAMPERED = {
    "what it showed": ("UPDATE quotes SET shown = '{{}}' WHERE id = '{id}'", "shows something else"),
    "its answer": ("UPDATE quotes SET answer = NULL WHERE id = '{id}'", "was answered and is not there"),
    "who signed": ("UPDATE quote_signatures SET person = 'x' WHERE n = 2", "was signed by others"),
    "one that nobody confirmed": ("UPDATE quotes SET answer = '{{}}'", "no history tells that quote"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_quote_without_an_order_is_held_against_the_history_too(
    world: Database, about_an_account: None, what: str
) -> None:
    quoted(world, SARA, "escalate", claim="CLM-1001")
    quote = quoted(world, SARA, "escalate", claim="CLM-1001")
    for who in (SARA, IVO):
        confirmed(world, who, quote)
    before = world.read(
        lambda work: work.connection.execute(text("SELECT id, shown, answer FROM quotes")).all()
    )
    statement, says = TAMPERED[what]
    change(world, statement.format(id=quote["quote_id"]))
    assert any(says in breach for breach in world.read(audit).breaches)
    for id, shown, answer in before:
        undo = update(quotes_table).where(quotes_table.c.id == id).values(shown=shown, answer=answer)
        world.write(partial(execute, undo))
    change(world, "UPDATE quote_signatures SET person = 'ivo' WHERE person = 'x'")
