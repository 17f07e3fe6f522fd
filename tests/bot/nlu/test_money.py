"""Questions about money on its way: what the trained model hears in them, and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.nlu.test_classifier import Parse, intents, load

pytestmark = pytest.mark.rasa
HEARD = {
    "release_time": [
        "when does the money for 7741 go out and until when can i claim",
        "when will lumen get my payment",
        "how long is it kept before they get paid",
        "what day is the payout for the street lamps",
        "when is the supplier getting his money",
        "how many days till the funds are released",
        "date when payment leaves escrow?",
        "when does our payout for 0450 land",
        "tell me when the money gets released to the factory",
        "when do i get paid for 7741",
        "until what day is my money protected in escrow",
        "when would the seller receive payment if i do nothing",
    ],
    "payout_problem": [
        "why is 7714 not paid out",
        "where is the payout for the cordless drills",
        "we still did not get any money for 7714",
        "why does the supplier not have his money yet",
        "what went wrong with the payout",
        "our payout bounced, what happens",
        "you have not transferred our money",
        "how come i still have not been paid",
        "why is it taking so long to pay us",
        "why is escrow still keeping the money",
        "no payout received for order 7714",
        "the transfer to us bounced, why",
    ],
    "my_money": [
        "all my held money",
        "what's the total you are holding for me",
        "how much cash of ours sits in escrow",
        "give me a total of everything held",
        "total amount in escrow please",
        "how much money is locked up with you",
        "upcoming releases",
        "list my payouts that are coming",
        "how much did you release to us so far",
        "what is our balance",
        "sum up all the money that is still held",
        "show me what is held and what was released",
    ],
    # Near misses: of one order, of a claim, of a card, of the programme.
    "order_status": ["who has the money for 7741 now", "how much is held for 7741", "where is my order 7741"],
    "request_refund": [
        "until when can i claim on 7741",
        "what is my last day for a refund",
        "can i still get my money back for 7741",
    ],
    "claim_status": ["where is my refund", "why have i not got my refund yet", "what about my claim"],
    "payment_issue": ["my payment failed", "i was charged twice", "i paid but it says unpaid"],
    "programme_info": ["what is escrow", "how does trade assurance work"],
    "refund_time": ["how long does a refund take"],
}
ELSEWHERE = [
    "when will my salary be paid",
    "why was my loan not paid out",
    "where is my paycheck",
    "what is my bank balance",
    "how much is in my savings account",
    "when does the bank open",
    "when is my pension paid",
]


@pytest.fixture(scope="module")
def parse(model_path: Path) -> Parse:
    return load(model_path)


@pytest.mark.parametrize(("intent", "text"), [(intent, text) for intent in HEARD for text in HEARD[intent]])
def test_what_is_asked_about_money_is_heard(parse: Parse, intent: str, text: str) -> None:
    heard = parse(text)
    assert (heard["intent"]["name"], intents(heard)) == (intent, [])


@pytest.mark.parametrize("text", ELSEWHERE)
def test_money_that_is_elsewhere_is_none_of_ours(parse: Parse, text: str) -> None:
    assert parse(text)["intent"]["name"] in ("out_of_scope", "nlu_fallback")
