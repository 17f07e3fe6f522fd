"""A claim from its quote to mediation, and what falls due on the way: in the demo world, on both engines."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert

from contract.codes import Tell
from escrow import engine, outbox, poller, service
from escrow.audit import audit
from escrow.callers import Caller
from escrow.store.database import Database
from escrow.store.instants import sure
from escrow.store.work import Work
from escrow.tables import clocks
from tests.escrow.asking import (
    ALICE,
    CHEN,
    DRILLS,
    LAMPS,
    LATER,
    LUMEN,
    OMAR,
    TUNDE,
    asked,
    builtins,
    claim,
    confirmed,
    fire_until,
    half_claim,
    journal,
    notices,
    order,
    refused,
    usd,
)
from tests.escrow.worlds import MADE


def test_a_quote_shows_effect_and_postings_and_changes_nothing(world: Database) -> None:
    before = order(world, LAMPS)
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/2")
    assert quote["effect"]["amount"] == quote["effect"]["held"] == usd(64000)
    hold, escrow = sorted(quote["postings"], key=lambda each: str(each["account"]), reverse=True)
    assert hold == {"account": "2010:new", "credit": usd(64000)}
    assert escrow == {"account": f"2000:{LAMPS}", "debit": usd(64000)}
    assert order(world, LAMPS) == before


def test_half_of_it_is_held_from_what_is_in_escrow(world: Database) -> None:
    opened = half_claim(world)
    assert (opened["state"], opened["held"]) == ("awaiting_supplier", usd(64000))
    money = order(world, LAMPS)["money"]
    assert (money["held"], money["on_claim"]) == (usd(128000), usd(64000))


def test_a_claim_after_release_holds_what_the_supplier_has_not_been_paid(world: Database) -> None:
    opened = half_claim(world, DRILLS)
    assert opened["held"] == usd(32000)
    kinds = [row["kind"] for row in journal(world, DRILLS)]
    assert kinds[-2:] == ["E2r", "E2r"]


def test_a_claim_after_the_payout_holds_nothing_and_names_the_guarantee(world: Database) -> None:
    bruno = Caller("bruno", "bruno-comercio", "buyer", "c", "t")
    quote = asked(world, bruno, "open_claim", order="TA-31200-0450", reason="defective", share="1/1")
    assert (quote["effect"]["held"], quote["effect"]["payer"]) == (usd(0), "guarantee")
    assert quote["postings"] == []


def test_confirming_twice_makes_one_claim_and_gives_the_same_answer(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    first, second = confirmed(world, ALICE, quote), confirmed(world, ALICE, quote)
    assert first == second
    assert len(order(world, LAMPS)["claims"]) == 1


def test_an_amount_above_what_was_paid_is_refused_with_the_cap(world: Database) -> None:
    with refused("amount_above_cap") as refusal:
        asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", amount=usd(128001))
    assert refusal.value.facts["cap"] == usd(128000)


@pytest.mark.parametrize("minor", [0, -1, -128000])
def test_a_sum_of_nothing_or_less_is_refused_and_never_the_whole(world: Database, minor: int) -> None:
    with refused("amount_not_positive") as refusal:
        asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", amount=usd(minor))
    assert refusal.value.facts["cap"] == usd(128000)


def test_an_old_yes_executes_nothing(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    with refused("quote_expired"):
        confirmed(world, ALICE, quote, LATER + timedelta(minutes=15))
    assert order(world, LAMPS)["claims"] == []


@pytest.mark.parametrize("other", [TUNDE, CHEN, Caller("alice", "adeyemi-trading", "buyer", "c9", "t")])
def test_a_quote_is_bound_to_its_person_and_conversation(world: Database, other: Caller) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    with refused("not_found"):
        confirmed(world, other, quote)


def test_a_quote_that_was_not_shown_before_the_yes_is_not_executed(world: Database) -> None:
    quote = asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share="1/1")
    blind = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-3", shown=())
    with refused("quote_not_shown"):
        confirmed(world, blind, quote)
    seen = Caller("alice", "adeyemi-trading", "buyer", "c1", "c1-4", shown=(quote["quote_id"],))
    assert confirmed(world, seen, quote)["claim"]


def test_a_yes_does_what_was_shown_or_nothing(world: Database) -> None:
    """Between the look and the yes, the silent release takes the money away that would have been held."""
    release = datetime.fromisoformat(order(world, LAMPS)["next"]["by"])
    quote = asked(
        world, ALICE, "open_claim", release - timedelta(minutes=5), order=LAMPS, reason="damaged", share="1/1"
    )
    fire_until(world, release)
    with refused("quote_changed"):
        confirmed(world, ALICE, quote, release + timedelta(minutes=1))
    assert order(world, LAMPS)["claims"] == []
    again = asked(
        world, ALICE, "open_claim", release + timedelta(minutes=1), order=LAMPS, reason="damaged", share="1/1"
    )
    assert again["effect"]["held"] == usd(0) != quote["effect"]["held"]
    assert confirmed(world, ALICE, again, release + timedelta(minutes=2))["claim"]


@pytest.mark.parametrize("who", [LUMEN, CHEN, OMAR])
def test_only_the_buyer_of_an_order_opens_a_claim_on_it(world: Database, who: Caller) -> None:
    with refused("not_found"):
        asked(world, who, "open_claim", order=LAMPS, reason="damaged", share="1/1")


def test_a_second_claim_beside_an_open_one_is_refused(world: Database) -> None:
    half_claim(world)
    with refused("claim_already_open"):
        asked(world, ALICE, "open_claim", order=LAMPS, reason="missing", share="1/2")


def test_after_the_window_nothing_is_quoted(world: Database) -> None:
    with refused("window_closed"):
        asked(world, ALICE, "open_claim", order="TA-20931-6650", reason="damaged", share="1/1")


def test_the_suppliers_time_begins_when_their_notice_is_accepted(world: Database) -> None:
    opened = half_claim(world)
    assert opened["respond_by"] is None
    told = notices(world)["items"]
    (theirs,) = [each["id"] for each in told if each["role"] == "supplier"]
    world.write(lambda work: outbox.accept(work, theirs, LATER))
    accepted = claim(world, opened["id"])["respond_by"]
    world.write(lambda work: outbox.accept(work, theirs, LATER + timedelta(days=1)))
    assert claim(world, opened["id"])["respond_by"] == accepted
    assert accepted == (LATER + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")


def mediation_told(world: Database) -> set[str]:
    told = notices(world)["items"]
    return {each["role"] for each in told if each["kind"] == "claim_in_mediation"}


def test_chen_escalates_and_the_other_side_is_told(world: Database) -> None:
    confirmed(world, CHEN, asked(world, CHEN, "escalate", claim="CLM-1001"))
    assert claim(world, "CLM-1001")["state"] == "in_mediation"
    assert mediation_told(world) == {"supplier"}


def test_when_a_timer_escalates_both_sides_are_told(world: Database) -> None:
    while world.write(lambda work: engine.fire_next(work, MADE + timedelta(days=2))):
        pass
    assert mediation_told(world) == {"buyer", "supplier"}


def test_before_day_four_the_refusal_names_the_instant_it_opens(world: Database) -> None:
    opened = half_claim(world)
    with refused("not_yet_escalatable") as refusal:
        asked(world, ALICE, "escalate", claim=opened["id"])
    opens = refusal.value.facts["opens_at"]
    with refused("not_yet_escalatable"):
        asked(world, ALICE, "escalate", opens - timedelta(seconds=1), claim=opened["id"])
    assert asked(world, ALICE, "escalate", opens, claim=opened["id"])["effect"]["new_state"] == "in_mediation"


def test_advancing_fires_each_deadline_at_its_own_instant(world: Database) -> None:
    opened = half_claim(world)
    world.write(lambda work: work.records.advance_to(LATER))
    start = world.read(lambda work: work.records.now())
    poller.advance(world, 8)
    assert claim(world, opened["id"])["state"] == claim(world, "CLM-1001")["state"] == "in_mediation"
    rows = world.read(lambda work: list(work.ledger.journal(LAMPS)))
    assert [row["kind"] for row in rows][-4:] == ["E3", "E3", "E5", "E5"]
    left = order(world, LAMPS)
    assert left["state"] == "delivered" and left["money"]["held"] == left["money"]["on_claim"] == usd(64000)
    assert world.read(lambda work: work.records.now()) >= start + timedelta(days=8)


def test_the_silent_release_pays_out_and_completes(world: Database) -> None:
    world.write(lambda work: work.records.advance_to(LATER))
    poller.advance(world, 5)
    assert order(world, LAMPS)["state"] == "completed"
    kinds = [each["kind"] for each in notices(world)["items"]]
    assert {"order_released_by_silence", "payout_settled"} <= set(kinds)


def told(world: Database, id: str) -> set[str]:
    items = notices(world)["items"]
    return {each["kind"] for each in items if each["order"] == id}


def test_who_reads_the_outbox_on_misses_none_that_was_being_written(world: Database) -> None:
    """Two at once: the one that got its number first is seen first, however long it takes to commit."""
    began, may_end = threading.Event(), threading.Event()

    def tell(work: Work, wait: bool) -> None:
        told: dict[str, Any] = {
            "account": "adeyemi-trading",
            "persons": ["alice"],
            "order": LAMPS,
            "claim": None,
        }
        facts = {"told": [[Tell.ORDER_CLOSED, "adeyemi-trading"]]}
        n = work.history.tell(LAMPS, "order.told", actor="timer:desk", at=LATER, facts=facts)
        work.notices.notify(Tell.ORDER_CLOSED, n=n, at=LATER, **told)
        work.flush()
        if wait:
            began.set()
            may_end.wait(10)

    slow = threading.Thread(target=lambda: world.write(lambda work: tell(work, True)))
    quick = threading.Thread(target=lambda: world.write(lambda work: tell(work, False)))
    slow.start()
    began.wait(10)
    quick.start()
    quick.join(0.3)
    seen = notices(world)
    may_end.set()
    slow.join()
    quick.join()
    rest = notices(world, seen["next"])
    assert len(seen["items"]) + len(rest["items"]) == 2


@pytest.mark.parametrize(("share", "kinds"), [("1/1", set()), ("1/2", {"order_rest_released"})])
def test_with_a_claim_open_the_silent_release_tells_what_it_moved(
    world: Database, share: str, kinds: set[str]
) -> None:
    confirmed(world, ALICE, asked(world, ALICE, "open_claim", order=LAMPS, reason="damaged", share=share))
    fire_until(world, MADE + timedelta(days=3))
    assert told(world, LAMPS) - {"claim_opened", "order_release_soon"} == kinds
    money = builtins(world.read(lambda work: service.my_money(work, ALICE, None)))
    assert LAMPS not in {each["order"] for each in money["releases"] if not each["amount"]["minor"]}


def test_what_a_timer_ends_is_told(world: Database) -> None:
    poller.advance(world, 70)
    assert "order_cancelled" in told(world, "TA-20951-0007")
    assert order(world, LAMPS)["state"] == "closed" and "order_closed" in told(world, LAMPS)


def broken_clock(entity: str, clock: str, work: Work) -> None:
    row = {"entity": entity, "clock": clock, "order_id": LAMPS, "due_at": sure(MADE), "try_at": sure(MADE)}
    of = {"buyer": "adeyemi-trading", "supplier": "shenzhen-lumen"}
    work.connection.execute(insert(clocks), row | of)


def test_a_deadline_that_cannot_fire_holds_up_no_other(world: Database) -> None:
    for entity, clock in (("nobody", "ship"), ("CLM-9999", "respond"), (LAMPS, "of-a-newer-version")):
        world.write(partial(broken_clock, entity, clock))
    poller.advance(world, 5)
    assert order(world, LAMPS)["state"] == "completed"
    assert (
        len({breach for breach in world.read(audit).breaches if "no history tells of clock" in breach}) == 3
    )
    broken = clocks.c.clock.in_(["of-a-newer-version"]) | clocks.c.entity.in_(["nobody", "CLM-9999"])
    world.write(lambda work: work.connection.execute(delete(clocks).where(broken)))


def test_the_instant_that_is_told_for_an_answer_is_the_one_that_ends_it(world: Database) -> None:
    """A notice that was accepted late leaves less than the days to answer: mediation comes first."""
    opened = half_claim(world)
    day_seven = opened["auto_escalates_at"]
    assert (opened["next"]["by"], opened["next"]["otherwise"]) == (day_seven, "in_mediation")
    late = MADE + timedelta(days=6)
    for id, _ in world.read(lambda work: work.notices.unaccepted()):
        world.write(partial(outbox.accept, id=id, at=late))
    assert claim(world, opened["id"])["next"]["by"] == day_seven
    fire_until(world, datetime.fromisoformat(day_seven))
    assert claim(world, opened["id"])["state"] == "in_mediation"


def test_a_deadline_fires_once_however_often_it_is_polled(world: Database) -> None:
    due = MADE + timedelta(days=2)
    while world.write(lambda work: engine.fire_next(work, due)):
        pass
    assert claim(world, "CLM-1001")["state"] == "in_mediation"
    before = notices(world)
    assert not world.write(lambda work: engine.fire_next(work, due))
    assert notices(world) == before


def test_a_deadline_whose_matter_is_settled_changes_nothing(world: Database) -> None:
    quote = asked(world, CHEN, "escalate", claim="CLM-1001")
    confirmed(world, CHEN, quote)
    before = claim(world, "CLM-1001")
    while world.write(lambda work: engine.fire_next(work, MADE + timedelta(days=2))):
        pass
    assert claim(world, "CLM-1001") == before
