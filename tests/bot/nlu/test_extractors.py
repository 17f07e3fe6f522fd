"""What people type, and the values that stand in it."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from bot.nlu.extractors import extract

NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")  # a Tuesday
TA = ("order_id", "TA-20931-7741")
LONG = ("order_id", "20001234567890123")


def money(currency: str | None, decimal: str, minor: int | None = None) -> tuple[str, dict[str, Any]]:
    return "amount", {"minor": minor, "currency": currency, "decimal": decimal}


def day(date: str) -> tuple[str, str]:
    return "date", date


def values(text: str, zone: str = "Africa/Lagos", now: datetime = NOW) -> list[tuple[str, Any]]:
    found = extract(text, now=now, zone=zone)
    return [
        (one["entity"], one["value"]["date"] if one["entity"] == "date" else one["value"]) for one in found
    ]


IDS = [
    ("TA-20931-7741", [TA]),
    ("ta-20931-7741", [TA]),
    ("ta 20931 7741", [TA]),
    ("TA209317741", [TA]),
    ("#TA-20931-7741", [TA]),
    ("status of TA–20931–7741?", [TA]),
    ("TA_20931_7741.", [TA]),
    ("20931-7741", [TA]),
    ("ＴＡ－２０９３１－７７４１", [TA]),
    ("订单TA-20931-7741在哪里", [TA]),
    ("TA-\u200f20931-7741", [TA]),
    ("ordr no 200012 3456 78901 23", [LONG]),
    ("20001234567890123", [LONG]),
    ("订单20001234567890123坏了", [LONG, ("reason", "damaged")]),
    ("２０００１２３４５６７８９０１２３", [LONG]),
    ("order 20001234567890123 and 300 dollars", [LONG, money("USD", "300", 30000)]),
    ("the one ending 7741", [("order_tail", "7741")]),
    ("why is 7714 not paid out", [("order_tail", "7714")]),
    ("why was 2200 not paid", [("order_tail", "2200")]),
    ("how come 7714 is still not released", [("order_tail", "7714")]),
    ("when is 7741 released", [("order_tail", "7741")]),
    ("why is 2026 not over", []),
    ("the one that ends with 7741 please", [("order_tail", "7741")]),
    ("...7741", [("order_tail", "7741")]),
    ("…7741", [("order_tail", "7741")]),
    ("7741", [("order_tail", "7741")]),
    ("where is order 7741", [("order_tail", "7741")]),
    ("尾号7741", [("order_tail", "7741")]),
    ("order number 88123456", [("order_id", "88123456")]),
    ("PO 4711-AB-9", [("order_id", "4711-AB-9")]),
    ("CLM-1001", [("claim_id", "CLM-1001")]),
    ("clm 1001", [("claim_id", "CLM-1001")]),
    ("claim number 1001", [("claim_id", "CLM-1001")]),
    ("what about my claim 1001", [("claim_id", "CLM-1001")]),
    ("TA-20931-7741 and TA-20931-7714", [TA, ("order_id", "TA-20931-7714")]),
]
MONEY = [
    ("US$1,280", [money("USD", "1280", 128000)]),
    ("US$1,280.50", [money("USD", "1280.5", 128050)]),
    ("1.280,00 €", [money("EUR", "1280", 128000)]),
    ("€ 50", [money("EUR", "50", 5000)]),
    ("$300", [money("USD", "300", 30000)]),
    ("300 dollars", [money("USD", "300", 30000)]),
    ("300usd", [money("USD", "300", 30000)]),
    ("usd 300", [money("USD", "300", 30000)]),
    ("$1.2k", [money("USD", "1200", 120000)]),
    ("¥480,000", [money("JPY", "480000", 480000)]),
    ("1,250.500 KWD", [money("KWD", "1250.5", 1250500)]),
    ("1.2万", [money(None, "12000")]),
    ("1.2万元", [money("CNY", "12000", 1200000)]),
    ("100美元", [money("USD", "100", 10000)]),
    ("twelve hundred", [money(None, "1200")]),
    ("twelve hundred dollars", [money("USD", "1200", 120000)]),
    ("three hundred and fifty euros", [money("EUR", "350", 35000)]),
    ("I meant 300", [money(None, "300")]),
    ("make it 250.50", [money(None, "250.5")]),
    ("300", [money(None, "300")]),
    ("0.005 dollars", [money("USD", "0.005")]),
]
SHARES = [
    ("half of it", [("share", "1/2")]),
    ("a third", [("share", "1/3")]),
    ("two thirds of the price", [("share", "2/3")]),
    ("30 %", [("share", "3/10")]),
    ("12.5% of it", [("share", "1/8")]),
    ("30 percent", [("share", "3/10")]),
    ("百分之十", [("share", "1/10")]),
    ("百分之30", [("share", "3/10")]),
    ("一半", [("share", "1/2")]),
    ("all of it", [("share", "1/1")]),
    ("the full amount", [("share", "1/1")]),
    ("1/2 of the price", [("share", "1/2")]),
]
COUNTS = [
    ("5 pieces", [("quantity", 5)]),
    ("three of them are missing", [("quantity", 3), ("reason", "missing")]),
    ("the second one", [("ordinal", 2)]),
    ("the last one", [("ordinal", -1)]),
    ("second", [("ordinal", 2)]),
    ("number two", [("ordinal", 2)]),
    ("#3", [("ordinal", 3)]),
]
DAYS = [
    ("last tuesday", [day("2026-11-17")]),
    ("next friday", [day("2026-11-27")]),
    ("it came on monday", [day("2026-11-23")]),
    ("by friday", [day("2026-11-27")]),
    ("3 weeks ago", [day("2026-11-03")]),
    ("in two weeks", [day("2026-12-08")]),
    ("if I wait 10 more days", [day("2026-12-04")]),
    ("yesterday", [day("2026-11-23")]),
    ("until 3 December", [day("2026-12-03")]),
    ("December 3rd", [day("2026-12-03")]),
    ("the 5th of november", [day("2026-11-05")]),
    ("3 march 2027", [day("2027-03-03")]),
    ("05/06", [day("2026-06-05")]),
    ("12/25/2026", [day("2026-12-25")]),
    ("3.12.2026", [day("2026-12-03")]),
    ("if it had been delivered on 1 January 0001", []),
    ("january 1, 1999", []),
    ("on 3 november 1000 lamps came", [day("2026-11-03"), ("quantity", 1000)]),
    ("2026-12-03", [day("2026-12-03")]),
]
REASONS = [
    ("my goods arrived broken", [("reason", "damaged")]),
    ("they are damged", [("reason", "damaged")]),
    ("the drill does not turn on", [("reason", "defective")]),
    ("some are missing", [("reason", "missing")]),
    ("you sent the wrong colour", [("reason", "wrong_item")]),
    ("that is not what I ordered", [("reason", "wrong_item")]),
    ("it is not as described", [("reason", "terms_not_met")]),
    ("it never arrived", [("reason", "not_delivered")]),
    ("i havent recieved it", [("reason", "not_delivered")]),
    ("they have not shipped it", [("reason", "not_shipped")]),
    ("another reason", [("reason", "other")]),
    ("my package is missing", [("reason", "not_delivered")]),
    ("wrong color", [("reason", "wrong_item")]),
    ("the colour is wrong", [("reason", "wrong_item")]),
    ("do not switch on", [("reason", "defective")]),
    ("two of them don't switch on", [("quantity", 2), ("reason", "defective")]),
    ("the battery is dead", [("reason", "defective")]),
    ("rusty", [("reason", "defective")]),
]
NAMES = [
    ("the lamps order", [("product", "lamps")]),
    ("the one with the drills", [("product", "drills")]),
    ("orders from ningbo tools", [("supplier", "ningbo tools")]),
    ("the lamps", [("product", "lamps")]),
    ("no, my tool boxes are late", [("product", "tool boxes")]),
    ("where are my desk lamps?", [("product", "desk lamps")]),
    ("the goods are late", []),
]
TRAPS = [
    ("the digits of an order id are not an amount: refund TA-20931-7741", [TA]),
    ("claim 300 for TA-20931-7741", [money(None, "300"), TA]),
    ("30% of TA-20931-7741", [("share", "3/10"), TA]),
    ("card 4111 1111 1111 1111", []),
    ("my card is 4111111111111111", []),
    ("120001234567890123", []),
    ("I waited 30 days", []),
    ("net 30 terms", []),
    ("nothing is missing", []),
    ("they are not damaged", []),
    (
        "half of the lamps do not light up",
        [("figure", "half"), ("product", "lamps"), ("reason", "defective")],
    ),
    ("I paid 2,150 dollars on 3 november", [money("USD", "2150", 215000), day("2026-11-03")]),
    ("it may be late", []),
    ("order 1000 lamps", [("quantity", 1000)]),
    ("call me at 0803 555 1234", []),
    ("25:99", []),
    ("I want one", []),
    ("for one hundred", [money(None, "100")]),
    ("31/02", []),
    ("thank you", []),
]
PUT_RIGHT = [
    ("not half, 200 dollars", [money("USD", "200", 20000)]),
    ("no, not 30%, half", [("share", "1/2")]),
    ("why not half?", [("share", "1/2")]),
    ("not 200 but 350", [money(None, "350")]),
    ("not $200 but $350", [money("USD", "350", 35000)]),
    ("$350 instead of $200", [money("USD", "350", 35000)]),
    ("I don't want half, I want all of it", [("share", "1/1")]),
    ("no 1,000", [money(None, "1000")]),
    ("no 1.2k", [money(None, "1200")]),
    ("no, 300", [money(None, "300")]),
    ("no, i meant the first order", [("ordinal", 1)]),
    ("another order came", [("ordinal", 0)]),
    ("another", []),
    ("not the other one, the first one", [("ordinal", 1)]),
    ("not the first one, the second one", [("ordinal", 2)]),
    ("option no. 2", [("ordinal", 2)]),
    ("order nr 2", [("ordinal", 2)]),
    ("order 5 pieces", [("quantity", 5)]),
    ("it's 200", [money(None, "200")]),
]
NO_SUM: list[tuple[str, list[tuple[str, Any]]]] = [
    ("-50", []),
    ("-100 dollars", []),
    ("-$100", []),
    ("$-100", []),
    ("-10%", []),
    ("minus 20 dollars", []),
    ("1e5 dollars", []),
    ("$1e5", []),
    ("USD 12.50.30", []),
    ("12.50.30 dollars", []),
    ("100 or 200 dollars", []),
    ("$100 or $200", []),
    ("100-200 dollars", []),
    ("half or a third", []),
    ("half of half", [("figure", "half")]),
    ("half of 200 dollars", [("figure", "half")]),
]
CONCLUDED = [
    ("three hundred dollars and fifty cents", [money("USD", "300.5", 30050)]),
    ("$300 and 50 cents", [money("USD", "300.5", 30050)]),
    (
        "one lamp is 30 dollars and 5 are broken so 150",
        [("quantity", 5), ("reason", "damaged"), money(None, "150")],
    ),
    ("20 dollars each, in total 100 dollars", [money("USD", "100", 10000)]),
    ("30 dollars a piece, 150 altogether", [money(None, "150")]),
    ("open a claim on TA-20931-7741, damaged, 750", [TA, ("reason", "damaged"), money(None, "750")]),
    ("3 of 40 lamps", [("quantity", 3), ("quantity", 40)]),
    ("3 out of 40", [("quantity", 3)]),
]
WHOLE = [
    "max",
    "the maximum",
    "claim the maximum",
    "the maximum you can get me",
    "the whole lot",
    "everything you can",
    "as much as possible",
    "refund in full",
    "in full",
]


def tails(*ends: str) -> list[tuple[str, Any]]:
    return [("order_tail", end) for end in ends]


ENDS_OF_IDS: list[tuple[str, list[tuple[str, Any]]]] = [
    ("open a claim on 7741", tails("7741")),
    ("And open a claim for 7741 please", tails("7741")),
    ("status of 7741, 7714 and 6650", tails("7741", "7714", "6650")),
    ("can you refund 7741 and also 7714", tails("7741", "7714")),
    ("status of TA-20931-7741 and 7714", [TA, *tails("7714")]),
    ("where is 1002", tails("1002")),
    ("where's 1002?", tails("1002")),
    ("and 7714?", tails("7714")),
    ("what about 7714", tails("7714")),
    ("claim 7741", tails("7741")),
    ("order number 7741", tails("7741")),
    ("order no. 7741", tails("7741")),
    ("order 88451", tails("88451")),
    ("7741 broken", [*tails("7741"), ("reason", "damaged")]),
    ("7741 does not work", [*tails("7741"), ("reason", "defective")]),
    ("7741 has not arrived", [*tails("7741"), ("reason", "not_delivered")]),
    ("7741 please", tails("7741")),
    ("refund 7741", tails("7741")),
    ("refund 7741 dollars", [money("USD", "7741", 774100)]),
    ("claim $1280", [money("USD", "1280", 128000)]),
    ("claim 1280 on 7741", [money(None, "1280"), *tails("7741")]),
    ("open a claim for 1280 on 7741", [money(None, "1280"), *tails("7741")]),
    ("open a claim on 7741 for 1280", [*tails("7741"), money(None, "1280")]),
    ("7741 or 7714", tails("7741", "7714")),
    ("claim 1280 for TA-20931-7741", [money(None, "1280"), TA]),
    ("i want 1280 back", [money(None, "1280")]),
    ("I'd like 1280 for 7741", [money(None, "1280"), *tails("7741")]),
    ("give me 300 and it is settled", [money(None, "300")]),
    ("make it 1280", [money(None, "1280")]),
    ("claim 1200", [money(None, "1200")]),
    ("1000 pieces", [("quantity", 1000)]),
    ("refund 1000 lamps", [("quantity", 1000)]),
    ("of 2026", []),
    ("it came on 3 november 2026", [day("2026-11-03")]),
    ("1280", tails("1280")),
    ("call me on 0803 555 1234", []),
    ("i received order PO-55, please confirm receipt", [("order_id", "PO-55")]),
    ("cancel order B-3", [("order_id", "B-3")]),
    ("where is my order M-10?", [("order_id", "M-10")]),
    ("payout for order no. F-2", [("order_id", "F-2")]),
    ("order SO-2026-1 is late", [("order_id", "SO-2026-1")]),
    ("order 3 boxes more", [("quantity", 3)]),
    (
        "6 of the 40 lamps are broken, open a claim for 7741",
        [("quantity", 6), ("quantity", 40), ("reason", "damaged"), *tails("7741")],
    ),
    ("20 are broken", [("quantity", 20), ("reason", "damaged")]),
    ("10 lamps are broken", [("quantity", 10), ("reason", "damaged")]),
    ("300 lamps are defective", [("quantity", 300), ("reason", "defective")]),
    ("0 lamps are broken", [("quantity", 0)]),
    ("no lamps are broken", []),
    ("order TA-20931-7741 now", [TA]),
    ("why is 7714 not paid out", tails("7714")),
    ("why was 7714 not released yet", tails("7714")),
    ("why hasn't 7714 been paid", tails("7714")),
    ("why hasnt 7714 been paid", tails("7714")),
    ("why isn't 7714 paid", tails("7714")),
    ("how come 7714 is still waiting", tails("7714")),
    ("when is 7714 paid out", tails("7714")),
    ("when will 7714 be released", tails("7714")),
    ("when does 7741 go out", tails("7741")),
    ("when do you pay 7714", tails("7714")),
    ("when was 7741 delivered", tails("7741")),
    ("hold 7741 longer", tails("7741")),
    ("please hold 7741 for two more weeks", tails("7741")),
    ("why don't you pay 7714", tails("7714")),
    ("why was 1280 not refunded to me", tails("1280")),
    ("when is 2026 over", []),
    ("why are 1000 lamps gone", [("quantity", 1000)]),
    ("why is 6 not working", [("quantity", 6)]),
]
OTHERS = [
    "the other one",
    "no, the other one",
    "the other order",
    "another one",
    "not that one",
    "not this order",
]
CASES = [*IDS, *MONEY, *SHARES, *COUNTS, *DAYS, *REASONS, *NAMES, *TRAPS, *PUT_RIGHT, *NO_SUM, *CONCLUDED]
CASES += [*ENDS_OF_IDS, *((text, [("ordinal", 0)]) for text in OTHERS)]
CASES += [(text, [("share", "1/1")]) for text in WHOLE]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_message_names_exactly_these_values(text: str, expected: list[tuple[str, Any]]) -> None:
    assert values(text) == expected


def test_a_weekday_is_counted_in_the_zone_of_the_person() -> None:
    late = datetime.fromisoformat("2026-11-24T12:30:00+00:00")
    assert values("yesterday", zone="Australia/Sydney", now=late) == [day("2026-11-23")]
    assert values("yesterday", zone="Pacific/Kiritimati", now=late) == [day("2026-11-24")]


def test_the_month_comes_first_where_people_write_it_so() -> None:
    assert values("05/06", zone="America/New_York") == [day("2026-05-06")]
    assert values("05/06", zone="America/Sao_Paulo") == [day("2026-06-05")]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("next week", ("2026-11-30", "2026-12-06")),
        ("last week", ("2026-11-16", "2026-11-22")),
        ("next month", ("2026-12-01", "2026-12-31")),
        ("last month", ("2026-10-01", "2026-10-31")),
        ("this weekend", ("2026-11-28", "2026-11-29")),
        ("last year", ("2025-01-01", "2025-12-31")),
    ],
)
def test_a_span_has_its_first_and_last_day(text: str, span: tuple[str, str]) -> None:
    (found,) = extract(text, now=NOW, zone="Africa/Lagos")
    assert found["entity"] == "span"
    assert (found["value"]["from"], found["value"]["to"]) == span


def test_places_are_those_of_the_text_as_typed() -> None:
    text = "请问\u200fＴＡ-20931-7741 … US$1,280 please"
    assert [text[one["start"] : one["end"]] for one in extract(text, now=NOW)] == [
        "ＴＡ-20931-7741",
        "US$1,280",
    ]


def test_no_two_values_share_a_place() -> None:
    text = "open a claim for 30% of TA-20931-7741 because 5 pieces are missing since last tuesday, about $300"
    found = extract(text, now=NOW)
    assert all(one["end"] <= other["start"] for one, other in pairwise(found))
    assert [one["entity"] for one in found] == ["share", "order_id", "quantity", "reason", "date", "amount"]


def test_a_marketplace_may_write_its_ids_in_another_shape() -> None:
    (found,) = extract("where is po 77 ab 1234", shapes=("AB-####",), now=NOW)
    assert (found["entity"], found["value"]) == ("order_id", "AB-1234")


HOSTILE = ["", " ", "\0", "\ud800", "😀" * 5000, "\u202eabc\u202c", "1 " * 2500, "1,1." * 1250, "a" * 5000]
HOSTILE += [
    "hundred " * 625,
    "order number a-" * 300,
    "never been " * 450,
    "half of " * 600,
    "İß" * 2500,
    "²①½" * 100,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_survived_quickly(text: str) -> None:
    started = time.monotonic()
    extract(text, now=NOW)
    assert time.monotonic() - started < 1
