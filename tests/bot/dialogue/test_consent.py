"""What executes a quote: a plain yes, and nothing that only sounds like one."""

from __future__ import annotations

import pytest

from bot.dialogue.consent import is_begun_with_no, is_plain_yes

YES = """
yes
Yes.
YES!
yeah
yep
y
ok
OK
okay
sure
confirm
confirmed
I confirm
yes please
yes, please
please do
do it
yes do it
go ahead
ok go ahead please
please go ahead
correct
that's right
that’s right
that is correct
agreed
of course
absolutely
yes, absolutely
yes yes
yes yes yes yes yes yes yes yes
ok, confirm it
yes thanks
ｙｅｓ
proceed
"""
NOT = """
why?
is that right?
is that right
yes?
ok?
proceed?
confirm?
fine, whatever
whatever
i guess
i guess so
i guess yes
what do i confirm
no 1,000
no, 1000
no, the first one
no
no yes
not yes
not sure
sure, but not now
yes but only half
yes 300
yes, 1/2
yes for TA-20931-7741
yes if the supplier pays
yes and list my orders
yes, when?
yes what happens then
ok and then
ok what
ok thanks
maybe
yeah right
yes no
do not do it
don't do it
do it not
the first one
the claim
open the claim
please
it
hmm ok lah
да
好的
yes 好的
👍
yes \N{INVERTED QUESTION MARK}
eyes
yesterday
okra

#
yes yes yes yes yes yes yes yes yes
"""


@pytest.mark.parametrize("text", YES.strip().split("\n"))
def test_a_plain_yes_executes(text: str) -> None:
    assert is_plain_yes(text)


OWN_WORDS = {
    "open_claim": ["yes please open the claim", "yes, open it", "sure, open the claim"],
    "escalate": ["yes, escalate it", "yes, take it to mediation"],
    "confirm_receipt": [
        "yes, release it",
        "ok release the money",
        "yes pay them",
        "yes please pay the supplier",
    ],
    "cancel": ["yes, cancel it", "ok, cancel the order", "yes cancel"],
    "extend": ["yes, hold it longer", "sure, extend it", "yes keep the money"],
    "arrived": ["yes, it has arrived", "yes record it"],
    "ontime_credit": ["yes, give me the credit", "yes please the credit"],
}


@pytest.mark.parametrize(("deed", "text"), [(deed, text) for deed, own in OWN_WORDS.items() for text in own])
def test_a_yes_may_name_its_own_deed_and_no_other(deed: str, text: str) -> None:
    assert [other for other in OWN_WORDS if is_plain_yes(text, other)] == [deed]


@pytest.mark.parametrize("text", ["release the money", "cancel it", "hold it longer", "cancel", "the credit"])
@pytest.mark.parametrize("deed", OWN_WORDS)
def test_the_words_for_a_deed_are_no_yes_by_themselves(deed: str, text: str) -> None:
    assert not is_plain_yes(text, deed)


@pytest.mark.parametrize("text", NOT.strip("\n").split("\n"))
def test_whatever_is_more_or_less_than_a_yes_executes_nothing(text: str) -> None:
    assert not is_plain_yes(text)


@pytest.mark.parametrize("text", ["no", "No, yes", "nope ok", "not that", "don't", " no 1,000", "wait, yes"])
def test_a_message_that_begins_with_no(text: str) -> None:
    assert is_begun_with_no(text)


@pytest.mark.parametrize("text", ["nothing arrived", "yes", "notify me", "number 2"])
def test_a_message_that_only_looks_so(text: str) -> None:
    assert not is_begun_with_no(text)
