"""What an event does with the money, leg by leg; where the money then is; and which accounts there are."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from typing import Any

import pytest

from contract.codes import InstructionKind, InstructionState
from escrow import chart, effects
from escrow.chart import CHART, account_of
from escrow.instructions import UNNUMBERED, Instruction, back_to
from escrow.ledger import Journal, Kind
from escrow.payments import Payment
from escrow.position import CHARGED_BACK, PAID, REFUNDED, RELEASED, Position
from tests.escrow import samples
from tests.escrow.samples import (
    AT,
    CASH,
    CLAIM,
    ESCROW,
    FUNDED,
    HELD,
    HOLD,
    NOTHING,
    OWED,
    PAID_OUT,
    PAYABLE,
    PAYOUT,
    case,
    journal,
    usd,
)

Legs = tuple[str, int, str, str, str | None]


def moved(found: Any) -> list[Legs]:
    """Each journal as its kind, amount, debit, credit and claim."""
    legs = []
    for each in found:
        assert isinstance(each, Journal)
        debit, credit = each.postings
        assert debit.amount == -credit.amount == each.amount
        legs.append((str(each.kind), debit.amount.minor, debit.account, credit.account, each.claim))
    return legs


def money(*, escrow: int = 0, payable: int = 0, in_flight: int = 0) -> Position:
    """So much in escrow, and so much that the supplier is owed, of which payouts carry some."""
    position = NOTHING
    for minor, kind, debit, credit in (
        (escrow + payable, Kind.FUND, CASH, ESCROW),
        (payable, Kind.RELEASE, ESCROW, PAYABLE),
    ):
        position = position.moved(journal(kind, minor, debit, credit)) if minor else position
    return position.carrying(in_flight)


# Effects


@pytest.mark.parametrize("amount", [usd(300), usd(1), replace(usd(7), currency="JPY")])
def test_a_payment_is_in_the_bank_and_in_escrow(amount: Any) -> None:
    came, found = effects.fund(case(NOTHING, amount=amount, payment="PSP-1", payer="aunt"))
    assert came == Payment("PSP-1", "TA-1", amount, at=AT, payer="aunt")
    assert moved([found]) == [("E1", amount.minor, CASH, ESCROW, None)]
    assert isinstance(found, Journal) and found.currency == amount.currency


def test_no_payment_is_no_journal() -> None:
    assert not list(effects.fund(case(NOTHING, amount=usd(0), payment="PSP-1")))


def legs(found: Any) -> list[tuple[str, int]]:
    return [(leg.account, leg.amount.minor) for leg in found.postings]


def test_a_whole_refund_takes_what_a_claim_holds_and_the_rest_in_one_journal() -> None:
    booked, sent = effects.refund_all(case(HELD, claim=CLAIM))
    assert isinstance(booked, Journal) and (booked.kind, booked.claim) == (Kind.REFUND, "CLM-1")
    assert legs(booked) == [(HOLD, 120), (ESCROW, 180), (OWED, -300)]
    assert isinstance(sent, Instruction)
    assert (sent.kind, sent.amount, sent.refers_to) == (InstructionKind.REFUND, usd(300), "PSP-1")


def test_a_whole_refund_without_a_claim_takes_what_is_in_escrow() -> None:
    booked, _ = effects.refund_all(case(FUNDED))
    assert isinstance(booked, Journal) and legs(booked) == [(ESCROW, 300), (OWED, -300)]
    assert booked.claim is None
    assert not list(effects.refund_all(case(NOTHING)))


def paid_by(**sums: int) -> tuple[Payment, ...]:
    """In the order in which they came, a day after each other."""
    days = enumerate(sums.items())
    return tuple(Payment(id, "TA-1", usd(minor), at=AT + timedelta(days=n)) for n, (id, minor) in days)


@pytest.mark.parametrize(
    ("asked", "before", "back"),
    [
        (60, {}, {"C": 60}),
        (100, {}, {"C": 100}),
        (101, {}, {"C": 100, "B": 1}),
        (350, {}, {"C": 100, "B": 200, "A": 50}),
        (60, {"C": 60}, {"C": 40, "B": 20}),
        (10, {"C": 100, "B": 200}, {"A": 10}),
    ],
)
def test_a_refund_goes_to_the_latest_payment_first_within_what_it_brought_and_was_not_refunded(
    asked: int, before: dict[str, int], back: dict[str, int]
) -> None:
    sent = [
        replace(samples.REFUND, id=id, refers_to=id, amount=usd(minor), state=InstructionState.SETTLED)
        for id, minor in before.items()
    ]
    found = back_to(paid_by(A=100, B=200, C=100), usd(asked), [*sent, PAYOUT])
    assert {payment.id: part.minor for payment, part in found} == back


def test_what_has_no_place_in_the_order_goes_back_to_the_payment_that_brought_it() -> None:
    booked, sent = effects.send_back(case(PAID_OUT, amount=usd(70), payment="PSP-2"))
    assert moved([booked]) == [("E6b", 70, ESCROW, OWED, None)]
    assert isinstance(sent, Instruction) and (sent.amount, sent.refers_to) == (usd(70), "PSP-2")


def test_a_refund_that_is_sent_leaves_the_bank_and_one_that_comes_back_is_owed_again() -> None:
    there = case(samples.REFUNDING, instruction=samples.REFUND)
    assert moved(effects.refunded(there)) == [("E7", 300, OWED, CASH, None)]
    assert moved(effects.refund_returned(there)) == [("E7r", 300, CASH, OWED, None)]


FROM_ESCROW, FROM_UNPAID = ("E2", ESCROW), ("E2r", PAYABLE)


@pytest.mark.parametrize(
    ("where", "asked", "held"),
    [
        ({"escrow": 300}, 120, [(120, *FROM_ESCROW)]),
        ({"escrow": 120}, 120, [(120, *FROM_ESCROW)]),
        ({"escrow": 119, "payable": 181}, 120, [(119, *FROM_ESCROW), (1, *FROM_UNPAID)]),
        ({"escrow": 300, "payable": 300}, 120, [(120, *FROM_ESCROW)]),
        ({"escrow": 100, "payable": 10}, 120, [(100, *FROM_ESCROW), (10, *FROM_UNPAID)]),
        ({"escrow": 50}, 120, [(50, *FROM_ESCROW)]),
        ({"payable": 300}, 120, [(120, *FROM_UNPAID)]),
        ({"payable": 300, "in_flight": 200}, 120, [(100, *FROM_UNPAID)]),
        ({"payable": 300, "in_flight": 300}, 120, []),
        ({"escrow": 20, "payable": 300, "in_flight": 300}, 120, [(20, *FROM_ESCROW)]),
        ({}, 120, []),
        ({"escrow": 300}, 0, []),
    ],
)
def test_a_hold_takes_escrow_first_then_what_is_unpaid_and_never_what_is_on_its_way(
    where: dict[str, int], asked: int, held: list[tuple[int, str, str]]
) -> None:
    claim = replace(CLAIM, amount=usd(asked))
    found = moved(effects.hold(case(money(**where), claim=claim)))
    assert found == [(kind, minor, source, HOLD, "CLM-1") for minor, kind, source in held]


@pytest.mark.parametrize(("claim", "kind"), [(None, "E4"), (CLAIM, "E3")])
def test_a_release_gives_the_supplier_all_that_no_hold_covers(claim: Any, kind: str) -> None:
    assert moved(effects.release(case(HELD, claim=claim))) == [(kind, 180, ESCROW, PAYABLE, None)]
    assert moved(effects.release(case(money(escrow=1, payable=9), claim=claim))) == [
        (kind, 1, ESCROW, PAYABLE, None)
    ]
    assert not list(effects.release(case(money(payable=300), claim=claim)))


@pytest.mark.parametrize(
    ("where", "owed"),
    [
        ({"payable": 300}, 300),
        ({"payable": 300, "in_flight": 100}, 200),
        ({"escrow": 100, "payable": 200}, 200),
        ({"payable": 300, "in_flight": 300}, None),
        ({"escrow": 300}, None),
    ],
)
def test_what_the_supplier_is_owed_and_no_payout_carries_is_instructed(
    where: dict[str, int], owed: int | None
) -> None:
    found = list(effects.pay_out(case(money(**where), at=AT + timedelta(hours=1))))
    if owed is None:
        assert not found
        return
    at = AT + timedelta(hours=1)
    assert found == [
        Instruction(
            id=UNNUMBERED,
            kind=InstructionKind.PAYOUT,
            order="TA-1",
            amount=usd(owed),
            refers_to="lumen",
            at=at,
            changed_at=at,
        )
    ]
    assert found[0].state is InstructionState.PENDING


@pytest.mark.parametrize("before", [0, 1, 2, 7])
def test_each_payout_of_an_order_has_the_next_number(before: int) -> None:
    (found,) = effects.pay_out(case(money(payable=1)))
    assert found.numbered(before + 1).id == f"PAY-TA-1-{before + 1}"


@pytest.mark.parametrize("amount", [300, 40])
def test_a_payout_leaves_the_bank_with_its_own_amount_and_comes_back_with_it(amount: int) -> None:
    payout = replace(PAYOUT, amount=usd(amount))
    out = moved(effects.paid(case(money(payable=300), instruction=payout)))
    assert out == [("E5", amount, PAYABLE, CASH, None)]
    back = moved(effects.taken_back(case(money(payable=300), instruction=payout)))
    assert back == [("E5r", amount, CASH, PAYABLE, None)]


def test_a_payout_of_nothing_moves_nothing() -> None:
    payout = replace(PAYOUT, amount=usd(0))
    assert not list(effects.paid(case(instruction=payout)))
    assert not list(effects.taken_back(case(instruction=payout)))


def test_only_a_payout_without_an_outcome_is_in_flight() -> None:
    """Also one that was stopped: it may have been sent before."""
    found = {state for state in InstructionState if replace(PAYOUT, state=state).is_in_flight}
    assert found == {InstructionState.PENDING, InstructionState.UNKNOWN, InstructionState.STOPPED}


# Where the money is


def sums(position: Position) -> dict[str, int]:
    told = ("held", "on_hold", "released", "refunded", "charged_back", "paid")
    named = {name: getattr(position, name) for name in (*told, "in_escrow", "payable", "unpaid")}
    assert {amount.currency for amount in named.values()} == {"USD"}
    return {name: amount.minor for name, amount in named.items() if amount}


def test_a_life_of_an_order_is_told_sum_by_sum() -> None:
    position = NOTHING
    assert sums(position) == {}
    after = []
    for kind, minor, debit, credit in (
        (Kind.FUND, 300, CASH, ESCROW),
        (Kind.HOLD, 120, ESCROW, HOLD),
        (Kind.RELEASE_REST, 180, ESCROW, PAYABLE),
        (Kind.HOLD_AFTER_RELEASE, 30, PAYABLE, HOLD),
        (Kind.PAYOUT, 150, PAYABLE, CASH),
        (Kind.PAYOUT_RETURNED, 150, CASH, PAYABLE),
    ):
        position = position.moved(journal(kind, minor, debit, credit))
        after.append(sums(position))
    owed = {"paid": 300, "held": 150, "on_hold": 150, "released": 150, "payable": 150, "unpaid": 150}
    assert after == [
        {"paid": 300, "held": 300, "in_escrow": 300},
        {"paid": 300, "held": 300, "on_hold": 120, "in_escrow": 180},
        {"paid": 300, "held": 120, "on_hold": 120, "released": 180, "payable": 180, "unpaid": 180},
        owed,
        {"paid": 300, "held": 150, "on_hold": 150, "released": 150},
        owed,
    ]


def test_a_fee_is_released_and_nothing_else_that_a_release_touches() -> None:
    at_once = Position(
        "TA-1", "lumen", "USD", {("E4", chart.FEES()): -9, ("E4", PAYABLE): -91, ("E4", ESCROW): 100}
    )
    assert (at_once.released.minor, at_once.in_escrow.minor) == (100, -100)
    otherwise = Position(
        "TA-1", "lumen", "USD", {("E5", chart.FEES()): -9, ("E1", PAYABLE): -91, ("E4", HOLD): -5}
    )
    assert (otherwise.released.minor, otherwise.paid.minor) == (0, 0)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_journal_counts_where_it_is_written(kind: Kind) -> None:
    """As the balances stand, whatever they hold; what is told as paid and released, by kind alone."""
    on = {"escrow": ESCROW, "payable": PAYABLE, "fees": chart.FEES(), "refund": OWED}
    on |= {"credit": chart.CREDIT("adeyemi")}
    position = Position("TA-1", "lumen", "USD", {(str(kind), account): -7 for account in on.values()})
    released = kind in (Kind.RELEASE, Kind.RELEASE_REST, Kind.HOLD_AFTER_RELEASE)
    assert position.paid == usd(7 if kind in (Kind.FUND, Kind.CREDIT_SPENT) else 0)
    assert position.released == usd(14 if released else 0)
    assert position.refunded == usd(7 if kind in (Kind.REFUND, Kind.SENT_BACK, Kind.CREDIT_BACK) else 0)
    assert position.kept == position.paid - usd(7 if kind is Kind.SENT_BACK else 0)
    assert position.charged_back == usd(0)
    assert position.in_escrow == position.payable == position.unrefunded == usd(7)


def test_what_counts_where_is_written_down() -> None:
    """A kind that is added here is added on purpose, with what it counts as."""
    assert dict(PAID) == dict.fromkeys((Kind.FUND, Kind.CREDIT_SPENT), (chart.ESCROW,))
    assert set(RELEASED) == {Kind.RELEASE, Kind.RELEASE_REST, Kind.HOLD_AFTER_RELEASE}
    to_payments = dict.fromkeys((Kind.REFUND, Kind.SENT_BACK), (chart.REFUND_PAYABLE,))
    assert dict(REFUNDED) == to_payments | {Kind.CREDIT_BACK: (chart.CREDIT,)}
    assert CHARGED_BACK == {}


def test_each_hold_is_its_claims_and_all_of_them_are_on_hold() -> None:
    other = chart.HOLD("CLM-11")
    position = HELD.moved(journal(Kind.HOLD, 50, ESCROW, other))
    assert position.held_for("CLM-1") == usd(120)
    assert position.held_for("CLM-11") == usd(50)
    assert position.held_for("CLM-2") == usd(0)
    assert (position.on_hold, position.in_escrow, position.held) == (usd(170), usd(130), usd(300))


def test_only_this_orders_escrow_and_this_suppliers_debt_are_its_own() -> None:
    strange = {("E1", chart.ESCROW("TA-11")): -5, ("E4", chart.PAYABLE("lumens", "TA-1")): -7}
    position = Position("TA-1", "lumen", "USD", strange)
    assert (position.in_escrow, position.payable) == (usd(0), usd(0))


def test_a_payout_in_flight_counts_as_paid() -> None:
    carried = samples.RELEASED.carrying(100).carrying(150)
    assert (carried.payable, carried.unpaid, carried.in_flight) == (usd(300), usd(50), 250)
    landed = carried.carrying(-250)
    assert (landed.unpaid, landed.in_flight) == (usd(300), 0)


def test_a_journal_makes_a_new_position_and_leaves_the_old_one() -> None:
    once = FUNDED.moved(journal(Kind.HOLD, 100, ESCROW, HOLD))
    assert (FUNDED.held, FUNDED.in_escrow, FUNDED.on_hold) == (usd(300), usd(300), usd(0))
    twice = once.moved(journal(Kind.HOLD, 20, ESCROW, HOLD))
    assert (once.on_hold, twice.on_hold, twice.in_escrow) == (usd(100), usd(120), usd(180))
    assert once.carrying(5).moved(journal(Kind.HOLD, 1, ESCROW, HOLD)).in_flight == 5
    assert PAID_OUT.sums == {
        ("E1", CASH): 300,
        ("E1", ESCROW): -300,
        ("E4", ESCROW): 300,
        ("E4", PAYABLE): -300,
        ("E5", PAYABLE): 300,
        ("E5", CASH): -300,
    }


def test_a_position_and_an_account_stay_as_they_are() -> None:
    for fixed, name in ((FUNDED, "in_flight"), (chart.ESCROW, "number")):
        with pytest.raises(FrozenInstanceError):
            setattr(fixed, name, 1)


# The chart


def test_an_account_is_named_by_its_number_and_whose_it_is() -> None:
    assert chart.CLIENT_FUNDS() == "1010"
    assert chart.ESCROW("TA-1") == "2000:TA-1"
    assert chart.PAYABLE("lumen", "TA-1") == "2100:lumen:TA-1"


@pytest.mark.parametrize(
    ("account", "of", "said"),
    [
        (chart.CLIENT_FUNDS, ("TA-1",), "client_funds is kept by nothing"),
        (chart.ESCROW, (), "escrow is kept by order"),
        (chart.PAYABLE, ("lumen",), "payable is kept by supplier, order"),
        (chart.PAYABLE, ("lumen", "TA-1", "more"), "payable is kept by supplier, order"),
    ],
)
def test_an_account_of_somebody_else_than_it_is_kept_by_cannot_be_named(
    account: chart.Account, of: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        account(*of)


def test_an_account_has_its_own_postings_and_no_others() -> None:
    assert chart.ESCROW.has("2000:TA-1") and chart.CLIENT_FUNDS.has("1010:".rstrip(":"))
    for other in ("20001:TA-1", "2010:CLM-1", "200", "12000:TA-1", ""):
        assert not chart.ESCROW.has(other)


def test_a_posting_is_found_in_the_chart_or_refused() -> None:
    assert account_of("2100:lumen:TA-1") is chart.PAYABLE
    assert account_of("1010") is chart.CLIENT_FUNDS
    for strange in ("9999", "", "2100x:lumen", "escrow"):
        with pytest.raises(KeyError):
            account_of(strange)


ACCOUNTS = """
1000 psp_clearing Assets
1010 client_funds Assets
1020 own_funds Assets
1100 supplier_receivable Assets supplier order
1110 chargeback_receivable Assets order
2000 escrow Liabilities order
2010 hold Liabilities claim-or-chargeback
2100 payable Liabilities supplier order
2200 refund_payable Liabilities buyer order
2300 credit Liabilities buyer
3000 equity Equity
4000 fees Income
4010 recovered Income
5000 goodwill Expenses
5010 ontime_credit Expenses
5020 guarantee_loss Expenses
5030 chargeback_loss Expenses
5040 psp_fees Expenses
5050 credit_breakage Expenses
"""


def test_the_chart_is_that_of_the_rules() -> None:
    of = [[part.replace(" ", "-") for part in each.of] for each in CHART]
    told = [
        " ".join([each.number, each.name, each.kind, *whose]) for each, whose in zip(CHART, of, strict=True)
    ]
    assert told == ACCOUNTS.strip().splitlines()


def test_what_is_owed_to_somebody_may_not_be_in_debit_and_nothing_else_is_forbidden() -> None:
    assert {each.number for each in CHART if each.is_owed} == {"2000", "2010", "2100", "2200", "2300"}
    assert chart.NEVER_IN_DEBIT == "(account NOT LIKE '2%' OR minor <= 0)"


def test_what_is_owed_to_others_is_covered_by_their_cash_and_credits_by_ours() -> None:
    assert {each.number for each in chart.OTHERS} == {"2000", "2010", "2100", "2200"}
    assert {each.number for each in chart.THEIR_CASH} == {"1000", "1010", "1110"}
    owed = {each for each in CHART if each.is_owed}
    assert owed - set(chart.OTHERS) == {chart.CREDIT}
    assert chart.OWN_FUNDS not in chart.THEIR_CASH
