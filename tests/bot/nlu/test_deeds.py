"""Deeds on an order as people ask for them: what the trained model and the tasks together begin with.

None of these lines is a training line. The near misses beside each deed begin something else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import book, tasks
from bot.dialogue.policy import said_in
from bot.dialogue.tasks import State
from tests.bot.nlu.test_classifier import Parse, load
from tests.bot.nlu.test_training_data import lines

pytestmark = pytest.mark.rasa
BOOK = book.load(Path("data/tasks.yml"))
BEGUN = {
    "confirm_receipt": """
        i received the led strips all good, release the money
        everything arrived fine, you can pay them
        confirm delivery of 7741
        the led strips came, quality is great, let the supplier have his money
        we got all the floodlights in good shape, go on and pay the factory
        desk lamps unpacked and tested, everything works, please release
        i am happy with 7741, you may release the payment
        can you confirm that i got the goods and pay the seller
        finish the order, strips are perfect
        all forty lamps are here and undamaged, the seller can have the payment
        release the escrow money for the string lights
        pay the supplier for 20001234567890123, received in full
        nothing wrong with the lamps, close it and pay
        i approve, money can go to shenzhen lumen
        please mark 7741 as received and complete
        release
        pay them
    """,
    "release_or_claim": """
        received but 3 broken, don't release
        release the money but two lamps are cracked
        confirm receipt, although some strips are missing
        you can pay them, except that 5 are defective
        pay the supplier, but the colour is wrong on half of them
        i got everything, one box was damaged, release anyway
        release my money back to my card
        confirm delivery of 7741 but i want a refund for the broken ones
        the goods have come, 4 are faulty, so do not pay them
        do not release, the lamps are bad
        i accept the goods, only the quality is poor
        release it, i only got 38 of 40
    """,
    "cancel_order": """
        mistake, i paid the drill bits an hour ago, cancel it
        please cancel the drill bits, i ordered the wrong ones
        cancel TA-20951-0007, i have not paid it yet
        i paid 3310 by accident, undo that purchase
        could you call off the order of wall lamps
        sorry wrong item, take the order of drill bits back please
        i want to cancel the order i paid an hour ago
        we have no use for the wall lamps any longer, please cancel
        stop order 3310 before they send it
        cancel my unpaid order for the wall lamps
        changed my mind about the drill bits order, cancel it
        kill the order 3310
        can i still cancel the drill bits
    """,
    "extend": """
        hold it longer
        i need two more weeks to test, don't release yet
        please keep my payment a while longer, i am still testing the lamps
        could you extend the escrow on 7741
        give me ten days more before the supplier gets paid
        the inspection takes longer than planned, wait with the release
        don't let the money go to them yet, i have not opened the boxes
        can the automatic release be moved to later
        i am travelling, hold the release of the led strips
        extend the time for 20001234567890123
        we are not ready with checking, postpone the payment please
        15 more days for the strips
        i would like more time to look at the string lights
    """,
    "arrived": """
        it has arrived
        the floodlights have arrived this morning
        my package was delivered today
        order 1002 is here now
        just got the floodlights
        yes, we received the shipment yesterday
        the courier delivered 1002 an hour ago
        the boxes are in our store now
        good news, the floodlights came
        the goods reached us on tuesday
        TA-20944-1002 was handed over to us today
        parcel is here
    """,
    "ontime_credit": """
        the floodlights are late, do i get the credit
        1002 came too late, i would like my credit
        i want the credit for the late floodlights
        give me what the on-time guarantee promises for 1002
        please request the late delivery credit for TA-20944-1002
        the floodlights should be here since monday, may i have the credit
        can you apply for the delay credit on 1002 for me
        how do i get my credit for the delay of the floodlights
        do i get the 100 dollars because it is late
        the promised date is over, credit me please
        i'd like to use the on-time delivery guarantee for my late order
        am i due a credit, since the floodlights are overdue
    """,
}
NOT_BEGUN = {
    "confirm_receipt": """
        when is the money released
        has the money been released to the supplier
        why is the money not released yet
        i have not received anything
        release the money to me, i want it back
        i want my money back, the lamps are broken
        where is my order, i have not got it yet
        the supplier wants me to pay outside
        did the supplier receive my payment
        must i confirm the receipt today
        i received broken lamps
        i received only half of it
        open a claim for the strips
        how much have you paid out to the supplier
        did you get the payment for my order
        please send me the receipt of my payment
    """,
    "cancel_order": """
        cancel the claim
        what does it cost to cancel
        is there a fee when an order is cancelled
        cancel CLM-1001
        how do cancellations work
        i want to return the drill bits
        who cancelled my order
        withdraw my claim please
        the supplier has cancelled, where is my money
        can a seller cancel after i paid
        stop the robot and give me a person
        my payment was cancelled by the bank
    """,
    "extend": """
        how long do you hold the money
        how much longer does it take
        when does the money leave escrow
        can i claim later
        what if i wait two more weeks
        hold on please
        how long do i have to check the goods
        why is my money still held
        i need it faster
        the delivery takes too long
        can i pay later
        give me more details
    """,
    "arrived": """
        has it arrived
        when does it arrive
        did my parcel arrive
        it arrived broken
        what if it arrives on monday
        my refund has not arrived
        did my payment arrive
        the goods arrived but five are missing
        where is it
        tracking says delivered but i have nothing
        it should have arrived on monday
    """,
    "ontime_credit": """
        can i pay on credit
        what is the on-time guarantee
        do you take credit cards
        how long is the delay credit valid
        which products have guaranteed delivery
        the floodlights are late
        credit card declined
        do suppliers pay for the credit
        refund to my credit card
        i need trade credit
        where is my order, it is late
        how can i finance my order
    """,
}


# Asking which of both, where one of them was meant, and the verdict that ends in that question.
AS_GOOD = {"extend": {"release_or_claim"}, "release_or_claim": {"request_refund"}}


def said(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(text.strip(), task) for task, texts in table.items() for text in texts.strip().split("\n")]


@pytest.fixture(scope="module")
def parse(model_path: Path) -> Parse:
    return load(model_path)


def begun(parsed: dict[str, Any]) -> set[str]:
    """The tasks that stand open when the message was heard, with an order in focus."""
    state = State(recent={"order": "TA-20931-7741"})
    return {frame.task for frame in tasks.hear(BOOK, state, *said_in(parsed)).state.stack}


@pytest.mark.parametrize(("text", "task"), said(BEGUN))
def test_a_deed_is_begun_however_it_is_asked_for(parse: Parse, text: str, task: str) -> None:
    assert begun(parse(text)) & ({task} | AS_GOOD.get(task, set()))


@pytest.mark.parametrize("text", [text for text, task in said(BEGUN) if task == "release_or_claim"])
def test_no_money_goes_beside_a_complaint(parse: Parse, text: str) -> None:
    assert "confirm_receipt" not in begun(parse(text))


@pytest.mark.parametrize(("text", "task"), said(NOT_BEGUN))
def test_a_deed_is_not_begun_by_what_only_sounds_like_it(parse: Parse, text: str, task: str) -> None:
    assert task not in begun(parse(text))


def test_none_of_these_is_a_training_line() -> None:
    """The words of the issue itself may be."""
    trained = {line.lower().strip(" .!?") for known in lines().values() for line in known}
    mine = {text.lower().strip(" .!?") for text, _ in [*said(BEGUN), *said(NOT_BEGUN)]}
    assert mine & trained <= {"hold it longer", "it has arrived", "release", "pay them"} | {
        text for text, _ in said(NOT_BEGUN)
    }
