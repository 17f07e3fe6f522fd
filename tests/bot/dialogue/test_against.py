"""What is said against letting money go: seen in any words, and not seen where it is denied."""

from __future__ import annotations

import pytest

from bot.dialogue.against import COMPLAINT, OWED, REFUSAL, against
from bot.nlu.extractors import extract

COMPLAINTS = """
the lamps are here but two are missing, pay them the rest
all fine except the colour
got everything, some scratches though, you can release
not happy with the quality, release?
i received 38 of 40, release
received, only 30 of 40 though
confirm receipt but i want a refund for one
i got them, three of them are not working
the strips came, half is dead, pay
all arrived but the packaging is wrong
everything arrived, quality is poor, release anyway
received with two cracked lamps, confirm
some are not working
it is here, not complete though
i did not open it and it is broken, release
i confirm receipt, 5 pieces short
release it, i only have a small complaint
pay them but i open a dispute for the rest
"""
REFUSALS = """
received the goods, please don't pay the supplier yet
do not release the payment
hold the money, i got the goods
never release it before i have tested
i got it, don’t give them the money
keep the money until monday
stop the payout
"""
CLAIMS_BACK = """
release the money back to me
release my money to my card
give me my money
pay me back
send the payment back to us
return my money to me
"""
NOTHING = """
i received the led strips all good, release the money
everything arrived fine, you can pay them
confirm delivery of 7741
nothing broken, nothing missing, release it
no problems at all, pay the supplier
all 40 lamps are here, nothing is damaged or missing, let them have the money
not a single scratch, release
got all 1000 of them, confirm
no complaints from my side, pay them
no damage, no defects. please release payment
i can't complain, release the money
40 of 40 received, release
everything works, none are broken, money can go
without any issues, confirm receipt
there is nothing wrong with the goods, release the funds
we checked all boxes, zero defects, release payment to supplier
received in good condition, please transfer the payment to the seller
i'm happy, release my money to the supplier
give the supplier my money, all good
no broken or missing ones, pay
i don't need a refund, pay them
no need to open a claim, release
pay out the seller
release
"""


def said(text: str) -> frozenset[str]:
    return against(text, extract(text))


def lines(text: str) -> list[str]:
    return text.strip().split("\n")


@pytest.mark.parametrize("text", lines(COMPLAINTS))
def test_a_complaint_is_seen(text: str) -> None:
    assert COMPLAINT in said(text)


@pytest.mark.parametrize("text", lines(REFUSALS))
def test_that_the_money_is_to_stay_is_seen(text: str) -> None:
    assert said(text) == {REFUSAL}


@pytest.mark.parametrize("text", lines(CLAIMS_BACK))
def test_that_the_money_is_to_come_back_is_seen(text: str) -> None:
    assert OWED in said(text)


@pytest.mark.parametrize("text", lines(NOTHING))
def test_praise_and_denied_trouble_speak_against_nothing(text: str) -> None:
    assert said(text) == set()


def test_both_at_once() -> None:
    assert said("received but 3 broken, don't release") == {COMPLAINT, REFUSAL}
