"""The contract: a code is written once, the page has it from there, and answers encode as promised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from bot.nlu.lexicon import lexicon
from contract import page
from contract.answers import Done, Instant, Page, Quote
from contract.asked import Asked, Escalate, OpenClaim, Sum
from contract.codes import (
    ClaimState,
    Code,
    Deed,
    InstructionState,
    OrderState,
    Otherwise,
    Reason,
    SocketError,
    Tell,
    VerdictCode,
    What,
    WhatNext,
)
from tests import samples
from tests.test_layers import modules, name_of

PROGRAMS = ("contract", "escrow", "actions", "bot", "messenger", "ops")
# Roles, sides, tiers and modes are ordinary words and keys of data; remedies, payers and rules are few and
# stand where they are made.
WRITTEN_ONCE: tuple[type[StrEnum], ...] = (
    OrderState,
    ClaimState,
    Reason,
    InstructionState,
    Deed,
    What,
    Otherwise,
    Tell,
    VerdictCode,
    WhatNext,
    Code,
    SocketError,
)
CODES = {str(code) for codes in WRITTEN_ONCE for code in codes}
# Words that mean something else where they stand; a row that is not needed any more is an error.
NOT_THE_CODE = {
    "actions/app.py": {"malformed": "this server's own answer to Rasa"},
    "actions/moments.py": {
        "none": "a key of words: nothing to say of a claim",
        "refunded": "a key of words: what has become of the money",
    },
    "actions/money.py": {
        "none": "a key of words: nothing of the kind",
        "refunded": "a key of words: a sum",
    },
    "actions/delivery.py": {
        "none": "a key of words: no guarantee, no claim",
        "arrived": "a key of words: it is there",
    },
    "actions/orders.py": {
        "none": "a key of words: no orders",
        "payout_failed": "a key of words: where the money is",
        "payout_returned": "a key of words: where the money is",
        "refund_failed": "a key of words: where the money is",
        "refund_returned": "a key of words: where the money is",
        "refunded": "a key of words: where the money is",
    },
    "actions/verdicts.py": {
        "delivered": "a key of words: since when",
        "shipped": "a key of words: since when",
        "not_shipped": "a key of words: since when",
        "none": "a key of words: no release",
    },
    "bot/channel.py": {"malformed": "this channel's own answer"},
    "escrow/clocks.py": {
        "pay": "a clock, not what is waited for",
        "ship": "a clock",
        "respond": "a clock",
    },
    "escrow/machines/claim.py": {
        "escalate": "an event, not the deed that brings it about",
        "supervisor_alarm": "an event, as histories tell it",
    },
    "escrow/machines/instruction.py": {
        "pay_again": "an event, as the deed is called that brings it about",
        "supervisor_alarm": "an event, as histories tell it",
    },
    "escrow/machines/order.py": {
        "pay": "an event",
        "ship": "an event",
        "deliver": "an event",
        "confirm_receipt": "an event",
        "arrived": "an event",
        "extend": "an event",
        "payout_settled": "an event",
        "payout_returned": "an event",
        "refund_returned": "an event",
        "cancel": "an event, not the deed that brings it about",
    },
    "escrow/chart.py": dict.fromkeys(("ontime_credit", "goodwill"), "the name of an account"),
    "escrow/tables.py": {"refunded": "a sum"},
    "escrow/views/money.py": {"refunded": "a sum"},
    "escrow/deeds/arrived.py": {"claim_until": "an instant of a preview"},
    "escrow/deeds/confirm_receipt.py": {"claim_until": "an instant of a preview"},
    "escrow/demo.py": dict.fromkeys(("delivered", "shipped", "payout_failed"), "a row of demo.yml"),
    "messenger/console.py": {"missing": "which programs do not answer"},
    "ops/up.py": {"stopped": "what is said of the desk"},
    "ops/setup.py": {"failed": "what is said of a stage"},
    "messenger/web/console/console.js": {"failed": "the clock was not moved"},
    "messenger/web/shared/cards.js": {"eligible": "a key of words: what a card is headed"},
    "messenger/web/shared/transport.js": {
        "failed": "a message that was not sent",
        "pending": "a message that is not sent yet",
        "unauthenticated": "where the line stands",
    },
    "messenger/web/shared/words.js": {"other": "a plural form of CLDR"},
    "messenger/web/widget/assure-widget.js": {
        "closed": "a key of words: how a conversation stands",
        "failed": "a message that was not sent",
        "unauthenticated": "where the line stands",
    },
    "messenger/wording.py": {"none": "YAML's null", "other": "a plural form of CLDR"},
}
# Escrow still has its own enums beside the contract's.
HOME = {"contract/codes.py", "contract/talk.py", "contract/terms.py", name_of(page.PATH)}
PYTHON = [path for program in PROGRAMS for path in modules(program) if "migrations" not in path.parts]
SCRIPTS = sorted(path for path in page.PATH.parents[1].rglob("*.js") if path.parent.name != "vendor")
ELSEWHERE = [path for path in (*PYTHON, *SCRIPTS) if name_of(path) not in HOME]


def literals(source: str, *, script: bool = False) -> Iterator[str]:
    """Every whole text of a module; of a page's module, what stands between quotes."""
    if script:
        yield from re.findall(r"""["'`]([\w.]+)["'`]""", source)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in(path: Path) -> set[str]:
    return CODES & set(literals(path.read_text(), script=path.suffix == ".js"))


@pytest.mark.parametrize("path", ELSEWHERE, ids=name_of)
def test_a_code_of_the_contract_is_written_in_one_module_only(path: Path) -> None:
    assert codes_in(path) == set(NOT_THE_CODE.get(name_of(path), {}))


@pytest.mark.parametrize(
    ("source", "script"),
    [
        ('if claim.state == "in_mediation": pass', False),
        ('MAY = {"wrong_state": 1}', False),
        ('def f(state="negotiating"): ...', False),
        ('match x:\n    case "order_late": ...', False),
        ("x === 'in_mediation'", True),
        ("const may = [`negotiating`];", True),
    ],
)
def test_a_code_that_is_written_a_second_time_is_seen(source: str, script: bool) -> None:
    assert CODES & set(literals(source, script=script))


@pytest.mark.parametrize("key", ["claim.state.in_mediation", "in mediation", "x_in_mediation"])
def test_a_longer_text_with_a_code_in_it_is_not_the_code(key: str) -> None:
    assert not CODES & set(literals(repr(key)))


def test_every_exception_is_of_a_module_that_there_is() -> None:
    assert set(NOT_THE_CODE) <= {name_of(path) for path in ELSEWHERE}


def test_every_verdict_that_is_no_yes_is_a_refusal_too() -> None:
    yes = {VerdictCode.ELIGIBLE, VerdictCode.ELIGIBLE_AFTER_RELEASE}
    assert {str(code) for code in set(VerdictCode) - yes} <= {str(code) for code in Code}


def test_every_reason_but_the_other_one_can_be_heard_in_what_people_type() -> None:
    assert {*lexicon()["reasons"], "other"} == {str(reason) for reason in Reason}


def test_the_constants_of_the_page_are_those_of_the_contract() -> None:
    made = page.text()
    assert page.PATH.read_text() == made, "python -m contract.page"
    told = {
        name: set(re.findall(r'"(\w+)"', body))
        for name, body in re.findall(r"const (\w+) = [^{]*{([^}]*)}", made)
    }
    assert told["ClaimState"] == {str(state) for state in ClaimState}
    assert set(told) == {codes.__name__ for codes in page.SHOWN}


def test_what_the_page_takes_from_the_contract_is_there() -> None:
    """A member that is not there would be `undefined`, and equal to nothing without a word."""
    shown = {f"{codes.__name__}.{code.name}" for codes in page.SHOWN for code in codes}
    names = "|".join(codes.__name__ for codes in page.SHOWN)
    for path in SCRIPTS:
        source = path.read_text()
        if imported := re.search(r'import {([^}]*)} from "[^"]*/contract.js"', source):
            taken = {name.strip() for name in imported[1].split(",")}
            used = set(re.findall(rf"\b((?:{names})\.[A-Z_]+)\b", source))
            assert used and used <= shown
            assert {use.partition(".")[0] for use in used} == taken


# What is asked and answered


def test_a_deed_is_told_by_its_kind_and_says_nothing_that_was_not_given() -> None:
    asked = OpenClaim("TA-1", Reason.OTHER, share="1/2")
    assert msgspec.to_builtins(asked) == {
        "kind": "open_claim",
        "order": "TA-1",
        "reason": "other",
        "share": "1/2",
    }
    assert msgspec.convert(msgspec.to_builtins(asked), Asked) == asked
    assert msgspec.convert({"kind": "escalate", "claim": "CLM-1"}, Asked) == Escalate("CLM-1")


def test_every_deed_can_be_asked_for() -> None:
    kinds = {str(asked.__struct_config__.tag) for asked in get_args(Asked)}
    assert kinds == {str(deed) for deed in Deed}


CLAIMED = {"kind": "open_claim", "order": "TA-1", "reason": "other"}


@pytest.mark.parametrize(
    "body",
    [
        CLAIMED,
        CLAIMED | {"share": "1/2", "amount": {"minor": 1, "currency": "USD"}},
        CLAIMED | {"share": "3/2"},
        CLAIMED | {"share": "0/2"},
        CLAIMED | {"share": "1/2\n"},
        CLAIMED | {"share": "0.5"},
        CLAIMED | {"share": "1/2", "reason": "bored"},
        CLAIMED | {"share": "1/2", "order": "TA-1\n"},
        CLAIMED | {"share": "1/2", "colour": "red"},
        CLAIMED | {"amount": {"minor": 1.5, "currency": "USD"}},
        CLAIMED | {"amount": {"minor": 2**63, "currency": "USD"}},
        CLAIMED | {"amount": {"minor": 1, "currency": "usd"}},
        CLAIMED | {"amount": {"minor": 1, "currency": "USD\n"}},
        {"kind": "steal", "order": "TA-1"},
        {"order": "TA-1"},
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_runs(body: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Asked)


@pytest.mark.parametrize("minor", [-5, 0])
def test_a_sum_that_escrow_refuses_with_a_reason_is_no_wrong_form(minor: int) -> None:
    asked = msgspec.convert(CLAIMED | {"amount": {"minor": minor, "currency": "USD"}}, Asked)
    assert asked == OpenClaim("TA-1", Reason.OTHER, amount=Sum(minor, "USD"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:00:00+00:00",
        "2026-11-23T09:00:00.000001Z",
        "2026-11-23T09:00Z",
        "2026-11-23",
        "2026-11-23T09:00:00Z\n",
        datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=UTC),
    ],
)
def test_an_instant_has_one_form(text: object) -> None:
    assert msgspec.json.decode(msgspec.json.encode("2026-11-23T09:00:00Z"), type=Instant)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(text), type=Instant)


def test_a_quote_and_its_yes_leave_out_what_they_do_not_have_and_orders_say_null() -> None:
    quote = msgspec.convert(samples.ESCALATION, Quote)
    alone = msgspec.structs.replace(quote, claim=None)
    assert "claim" in msgspec.to_builtins(quote) and "claim" not in msgspec.to_builtins(alone)
    done = Done(quote_id="Q-1", order="TA-1", done=True)
    assert msgspec.to_builtins(done) == {"quote_id": "Q-1", "order": "TA-1", "done": True}
    unpaid = samples.ORDER | {"paid_at": None, "payout": None}
    assert set(unpaid) == set(samples.ORDER)
    page_of_one = msgspec.json.encode(Page[object]([1], None))
    assert page_of_one == b'{"items":[1],"next":null}'
