"""A number with a unit or a counted noun is no money, wherever it stands; a bare one may be."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.nlu.extractors import extract

NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
COUNTS = [
    "6 of the 40 lamps are broken",
    "6 of 40",
    "6 of 40 are broken",
    "6/40 lamps",
    "6/40",
    "6/12 lamps are dead",
    "6 from 40 lamps",
    "12 out of 60",
    "12 out of the 60 stage lights",
    "8 pieces",
    "8 pcs",
    "8pcs",
    "2 boxes",
    "2 boxes of lamps",
    "5 units",
    "3 cartons are missing",
    "one carton",
    "1 lamp",
    "1 lamp is broken",
    "6 lamps",
    "6 desk lamps",
    "6 broken desk lamps",
    "six lamps",
    "six of the lamps",
    "one of the lamps is broken",
    "two hundred lamps are broken",
    "twelve hundred pieces",
    "1,000 led strips",
    "1 000 pieces",
    "6-8 lamps",
    "5 or 6 lamps",
    "a dozen",
    "a dozen of the lamps",
    "two dozen lamps",
    "a couple of lamps",
    "6 are broken",
    "6 broken",
    "6 not working",
    "6 and 7 are broken",
    "for 6 lamps",
    "for 6 of the 40 lamps",
    "only 6 of them",
    "quantity 6",
    "quantity: 6",
    "qty 6",
    "broken lamps: 6",
    "pieces: 6",
    "i got 34",
    "we received only 34",
    "they sent just 34",
    "6 x lamp",
    "all 40 lamps",
    "the 6 broken ones",
    "one in four lamps",
    "2 sets of drill bits",
    "1 box of 20",
    "x6",
    "x 6",
    "6x",
    "6个",
    "40件中的6件",
    "6盏灯坏了",
]
SHARES_OF_SOMETHING_ELSE = [
    "half of the 300 lights",
    "half of the 300 lights are broken",
    "half of the lamps",
    "half the lamps are broken",
    "half lamps broken",
    "half are broken",
    "half of them",
    "half of it is broken",
    "50% of the lamps",
    "50% are damaged",
    "a third of the lamps do not work",
    "2/3 of the lamps",
    "1/2 of the cartons",
    "一半的灯坏了",
    "150%",
    "150 %",
    "150 percent",
    "1000%",
    "0%",
    "百分之150",
    "25% of 400",
    "25 % of 400",
    "25 percent of 400 dollars",
    "25% of $400",
    "half of 400",
    "half of the shipping",
    "three quarters of the boxes",
    "50% of lamps",
    "30% of 40 lamps",
    "half a dozen",
    "half of 200 dollars",
]
UNITS = [
    "5 kg",
    "5kg",
    "5 kilos",
    "12.5 kilos of lamps",
    "5 m",
    "5 m of cable",
    "for 5 m of cable",
    "30 days",
    "3 weeks",
    "in 5 days",
    "24 hours",
    "3公斤",
    "the 2nd",
    "the 5th lamp",
    "3rd",
    "the first 6",
    "3 december",
    "05/06",
    "12/25/2026",
    "2026-12-03",
    "31/02",
    "30 february",
    "0803 555 1234",
    "08035551234",
    "+2348035551234",
    "call me on 0803 555 1234",
    "phone: 5551234",
    "order 7741",
    "the one ending 7741",
    "order no. 1280",
    "300₫",
    "₱300",
    "300‰",
    "300°",
]
PRICES = [
    "30 dollars each",
    "30 dollars each for 6 lamps",
    "6 lamps at 30 dollars each",
    "6 lamps at 30 dollars",
    "$30 x 6",
    "$30 a piece",
    "30 dollars per lamp",
    "30 dollars for each lamp",
    "5 dollars off each",
    "2x $30",
    "6 * 30 dollars",
    "6 x 30 dollars",
    "30 + 50 dollars",
    "$30 + $50",
    "$30 plus $50",
    "6*30",
]
SUMS = [
    "300",
    "300.",
    "300 please",
    "300 instead",
    "300 back",
    "300 🙏",
    "no, 300",
    "1.280,00",
    "1,280.00",
    "250.50",
    "300 usd",
    "300 dollars",
    "$300",
    "US$1,280",
    "twelve hundred",
    "two hundred",
    "i want 300",
    "i want 300 back",
    "for 300",
    "300 for 7741",
    "300 for the damage",
    "300 from the supplier",
    "300 of it",
    "1.2k",
    "$1.2k",
    "damaged, 750",
    "amount: 300",
    "total: 300",
    "6 lamps, 300 dollars",
    "6 lamps, so 180",
    "6 lamps, 180 in total",
    "30 dollars each, 180 in total",
    "6 of the 40 lamps are broken, i want 180 dollars",
    "half",
    "half please",
    "half of it",
    "half of the money",
    "half of what i paid",
    "half of it is fine",
    "half back",
    "50%",
    "50 %",
    "50% of the price",
    "50% of my order",
    "100%",
    "all of it",
    "1/2",
    "2/3",
    "一半",
    "一半的钱",
    "百分之三十",
    "the lamps are broken, half of it",
]


def said(text: str) -> list[str]:
    return [one["entity"] for one in extract(text, now=NOW, zone="Africa/Lagos")]


@pytest.mark.parametrize("text", [*COUNTS, *SHARES_OF_SOMETHING_ELSE, *UNITS, *PRICES])
@pytest.mark.parametrize(
    "around", ["{}", "{}.", "{}, open a claim for TA-20931-7741", "open a claim on TA-20931-7741, {}"]
)
def test_a_number_of_something_else_is_no_money(text: str, around: str) -> None:
    assert not {"amount", "share"} & set(said(around.format(text)))


@pytest.mark.parametrize("text", COUNTS)
def test_a_count_is_heard_as_one(text: str) -> None:
    assert "quantity" in said(text)


@pytest.mark.parametrize("text", SHARES_OF_SOMETHING_ELSE)
def test_a_share_that_is_none_of_the_money_is_heard_as_a_figure(text: str) -> None:
    assert {"figure", "quantity"} & set(said(text))


@pytest.mark.parametrize("text", SUMS)
def test_a_bare_number_and_a_share_of_the_whole_stay_money(text: str) -> None:
    assert {"amount", "share"} & set(said(text))
