"""Card numbers are found as people type them, and order ids, phones and amounts are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.cards import mask

THEIRS = frozenset({"20001234567890100", "4000001234567899", "TA-40015-2311", "TA-4111111111111111"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111111111111111", "••••"),
        ("card 4111 1111 1111 1111, thanks", "card ••••, thanks"),
        ("5555-5555-5555-4444", "••••"),
        ("378282246310005", "••••"),
        ("４１１１ １１１１ １１１１ １１１１", "••••"),
        ("4111 1111 1111 1111 12 27 123", "•••• 12 27 123"),
        ("4111 1111 1111 1111 and 5555 5555 5555 4444", "•••• and ••••"),
        ("我的卡4111111111111111号", "我的卡••••号"),
        ("card:4111.1111.1111.1111", "card:••••"),
        ("card4111111111111111", "card••••"),
        ("4111  1111  1111  1111", "••••"),
        ("4111/1111/1111/1111", "••••"),
        ("4111_1111_1111_1111", "••••"),
        ("4111\t1111\n1111\u200b1111", "••••"),
        ("4111111111111111exp12/28", "••••exp12/28"),
        ("5555555555554444 4111 1111 1111 1111", "•••• ••••"),
    ],
)
def test_a_card_number_is_masked(typed: str, kept: str) -> None:
    assert mask(typed) == (kept, True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111 1111 1111 1111 2 lamps", "•••• 2 lamps"),
        ("4111 1111 1111 1111 3 lamps", "•••• 3 lamps"),
        ("2 lamps 4111 1111 1111 1111 2 lamps", "2 lamps •••• 2 lamps"),
        ("2 4111 1111 1111 1111", "2 ••••"),
        ("40 4111-1111-1111-1111 40", "40 •••• 40"),
        ("3782 822463 10005 12", "•••• 12"),
        ("12 3782 822463 10005", "12 ••••"),
        ("1 3782-822463-10005 7", "1 •••• 7"),
        ("4111 1111 1111 1111\n1) broken\n2) late", "••••\n1) broken\n2) late"),
        ("4111 1111\r\n1111 1111", "••••"),
        ("3056 930902 5904 9", "•••• 9"),
        ("5555.5555.5555.4444 5", "•••• 5"),
        ("2 2223 0031 2200 3222 1", "2 •••• 1"),
        ("４１１１１１１１１１１１１１１１ ２个", "•••• ２个"),
        ("卡号4111 1111 1111 1111，2个灯", "卡号••••，2个灯"),
        ("4111 - 1111 - 1111 - 1111 2", "•••• 2"),
        ("4111－1111－1111－1111", "••••"),
        ("4111,1111,1111,1111", "••••"),
        ("4111, 1111, 1111, 1111, 2", "••••, 2"),
        ("4111、1111、1111、1111、2个", "••••、2个"),
        ("4111:1111:1111:1111", "••••"),
        ("4111*1111*1111*1111 x2", "•••• x2"),
        ("(4111) 1111 (1111) 1111", "(••••"),
        ("1) 2 lamps 2) 4111 1111 1111 1111 3) 5", "1) 2 lamps 2) •••• 3) 5"),
        ("4000 0000 0000 0000 006 2 pcs", "•••• 2 pcs"),
        ("6304000000000000000 2 pcs", "•••• 2 pcs"),
        ("4111111111111111 5555555555554444 3", "•••• •••• 3"),
        ("4111 1111 1111 1111 20001234567890100", "•••• 20001234567890100"),
        ("20001234567890100 4111 1111 1111 1111", "20001234567890100 ••••"),
        ("20001234567890123 4111 1111 1111 1111", "20001234567890123 ••••"),
        ("4111 1111 1111 1111 20001234567890123", "•••• 20001234567890123"),
        ("4000001234567899 4000001234567890 4111111111111111", "4000001234567899 4000001234567890 ••••"),
        ("TA-40015-2311 4111 1111 1111 1111 2", "TA-40015-2311 •••• 2"),
        ("VISA4111111111111111", "VISA••••"),
        ("VISA-4111-1111-1111-1111", "VISA-••••"),
        ("PAN 4111111111111111", "PAN ••••"),
        ("+49 171 3920000 4111 1111 1111 1111", "+49 171 3920000 ••••"),
        ("+4111111111111111", "+••••"),
    ],
)
def test_a_card_beside_other_digits_is_covered_and_they_are_not(typed: str, kept: str) -> None:
    assert mask(typed, THEIRS) == (kept, True)


@pytest.mark.parametrize(
    "typed",
    [
        "20001234567890100",
        "２０００１２３４５６７８９０１００",
        "订单20001234567890100坏了2个",
        "order 20001234567890100 2 lamps",
        "20001234567890100 20001234567890123",
        "2 20001234567890100 5",
        "4000001234567899 and TA-4111111111111111",
        "ta-40015-2311 1288",
    ],
)
def test_an_order_id_of_theirs_stays_readable(typed: str) -> None:
    assert mask(typed, THEIRS) == (typed, False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("20001234567890100", "••••"),
        ("order 20001234567890100", "order ••••"),
        ("4000001234567899", "••••"),
        ("VISA-4111111111111111", "VISA-••••"),
        ("TA-4111 1111 1111 1111", "TA-••••"),
        ("TA-4111111111111111", "TA-••••"),
        ("order ta-4111111111111111", "order ta-••••"),
    ],
)
def test_what_could_be_a_card_and_is_no_order_of_theirs_is_covered(typed: str, kept: str) -> None:
    assert mask(typed) == (kept, True)


CARD = ("4111", "1111", "1111", "1111")
NOTHING = "\u200e\u200f\u2061\u2066\u2069\u00ad\u061c\ufeff\u034f\ufe0f\u3164\u115f\u1160\uffa0"


@pytest.mark.parametrize(
    "sign",
    [
        *"+='#&¦‧∙…〜→$€%@^?!<>\\\"ー،٬•★",
        *(" + ", " → ", "][", "] [", " and ", " y ", "和", "     ", " " * 40, "\u3000" * 6, "\n\n\n\n\n\n"),
        *("-----", "----------", " -- ", "....", "\u2800", "\u00a0" * 9, ") (", "=>", "\0"),
    ],
)
def test_whatever_stands_between_a_cards_groups_it_is_covered(sign: str) -> None:
    assert mask(f"pay {sign.join(CARD)} now") == ("pay •••• now", True)
    assert mask(f"2 x {sign.join(('3782', '822463', '10005'))} now") == ("2 x •••• now", True)


@pytest.mark.parametrize("nothing", [*NOTHING, "\u200e\u200e", "\ufe0f\u20e3", "\u0336"])
def test_what_nobody_sees_hides_no_card(nothing: str) -> None:
    assert mask(f"pay {nothing.join(CARD)} now") == ("pay •••• now", True)
    assert mask(f"pay {nothing.join(''.join(CARD))} now") == ("pay •••• now", True)
    assert mask(f"pay {f' {nothing}'.join(CARD)} now") == ("pay •••• now", True)
    assert mask(f"{''.join(CARD)}{nothing}12")[0].startswith("••••")
    assert mask(f"pay {nothing.join('1234567890128')} now") == ("pay •••• now", True)


@pytest.mark.parametrize(
    "ones", ["4️⃣1️⃣", "④①", "⁴¹", "₄₁", "❹❶", "➃➀", "⒋⒈", "⑷⑴", "٤١", "𝟒𝟏", "４１", "४१", "🄅🄂"]
)
def test_a_card_is_covered_in_whatever_digits_it_is_written(ones: str) -> None:
    half = len(ones) // 2
    four, one = ones[:half], ones[half:]
    assert mask(f"pay {four}{one * 15} now") == ("pay •••• now", True)
    assert mask(f"pay {four}{one * 3} {' '.join([one * 4] * 3)} now") == ("pay •••• now", True)
    assert mask(f"{one} m² {four}{one}") == (f"{one} m² {four}{one}", False)


def test_two_digits_in_one_sign_are_two_digits() -> None:
    assert mask("4⑪1 1111 1111 1111") == ("••••", True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+378282246310005", "+••••"),
        ("+ 378282246310005", "+ ••••"),
        ("+3782 822463 10005", "+••••"),
        ("+30569309025904", "+••••"),
        ("+4111 1111 1111 1111", "+••••"),
        ("call +49 171 3920000, +378282246310005", "call +49 171 3920000, +••••"),
        ("41111111111111115555555555554444", "••••"),
        ("4111111111111111378282246310005", "••••"),
        ("411111111111111155555555555544444111111111111111", "••••"),
        ("994111111111111111", "••••"),
        ("pay 94111111111111111 now", "pay •••• now"),
        ("00004111111111111111", "••••"),
        ("4111111111111111123", "••••"),
        ("41111111111111111227", "••••"),
        ("41111111111111111227123", "••••"),
        ("3782822463100051234", "••••"),
        ("994111 1111 1111 1111", "••••"),
        ("4111 1111 1111 1111123", "••••"),
        ("3 3782 822463 100051234 3", "3 •••• 3"),
        ("order 20001234567890100 994111111111111111", "order 20001234567890100 ••••"),
    ],
)
def test_a_card_that_digits_or_a_plus_are_glued_to_is_covered(typed: str, kept: str) -> None:
    assert mask(typed, THEIRS) == (kept, True)


@pytest.mark.parametrize("theirs", ["94111111111111111", "994111111111111111", "4111111111111111123"])
def test_a_long_order_of_theirs_stays_readable_whatever_is_in_it(theirs: str) -> None:
    assert mask(f"order {theirs}, 2 lamps", frozenset({theirs})) == (f"order {theirs}, 2 lamps", False)
    assert mask(f"\u200e{theirs}\u200e", frozenset({theirs})) == (f"\u200e{theirs}\u200e", False)


def test_what_stands_outside_a_card_keeps_its_own_characters() -> None:
    typed = "①\u200e ２  lamps — ﬁne 👩‍👧 ½…  \u2066{}\u2069  ３️⃣ m²"
    assert mask(typed.format("4️⃣1️⃣1️⃣1️⃣ 1111   1111 1111")) == (typed.format("••••"), True)


@given(
    signs=st.lists(
        st.text(st.characters(exclude_categories=["L", "N", "Cs"], exclude_characters=","), max_size=8),
        min_size=3,
        max_size=3,
    ),
    around=st.text(st.characters(exclude_categories=["N", "Cs"]), max_size=12),
)
def test_no_signs_between_its_groups_uncover_a_card(signs: list[str], around: str) -> None:
    typed = "".join(group + sign for group, sign in zip(CARD, [*signs, ""], strict=True))
    masked, found = mask(f"{around}a {typed} a{around}")
    assert found and masked == f"{around}a •••• a{around}"


@given(
    begins=st.sampled_from(["4", "51", "2221", "6011", "62", "3528"]),
    rest=st.text("0123456789", min_size=14, max_size=14),
    before=st.lists(st.integers(0, 99_999), max_size=3),
    after=st.lists(st.integers(0, 99_999), max_size=3),
    grouped=st.booleans(),
    sign=st.sampled_from([" ", "-", ".", "\n", " - "]),
)
def test_no_digits_that_stand_beside_a_card_uncover_it(
    begins: str, rest: str, before: list[int], after: list[int], grouped: bool, sign: str
) -> None:
    card = next(
        number for last in "0123456789" if mask(number := (begins + rest)[:15] + last) != (number, False)
    )
    written = sign.join(card[at : at + 4] for at in range(0, 16, 4)) if grouped else card
    masked, _ = mask(sign.join([*map(str, before), written, *map(str, after)]))
    assert written not in masked
    assert card not in "".join(filter(str.isdecimal, masked))


def test_an_order_of_theirs_exempts_no_digits_that_are_only_together_its_id() -> None:
    assert mask("4111 1111 1111 1111", frozenset({"4111111111111111"})) == ("••••", True)


@pytest.mark.parametrize(
    "typed",
    [
        "imei 490154203237518",
        "IMEI: 490154203237518",
        "the imei is 490154203237518",
        "my imei number is 490154203237518, 2 lamps",
        "IMEI1: 490154203237518 IMEI2: 352099001761481",
        "imei 490154203237518 and 352099001761481",
        "IMEI 49-015420-323751-8",
        "imei 352099 00 176148 1",
        "imei/490154203237518",
        "490154203237518 is the imei",
        "490154203237518 (IMEI)",
        "el imei es 490154203237518",
        "número de IMEI: 490154203237518",
        "IMEI del teléfono 490154203237518",
        "IMEI码是490154203237518",
        "手机串号：490154203237518",
        "ｉｍｅｉ ４９０１５４２０３２３７５１８",
    ],
)
def test_a_phones_number_said_to_be_one_is_no_card(typed: str) -> None:
    assert mask(typed) == (typed, False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("490154203237518", "••••"),
        ("imei 490154203237518 card 4111 1111 1111 1111", "imei 490154203237518 card ••••"),
        ("imei 490154203237518 4111 1111 1111 1111", "imei 490154203237518 ••••"),
        ("imei 4111 1111 1111 1111", "imei ••••"),
        ("imei 378282246310005", "imei ••••"),
        ("imei 490154203237518 and 378282246310005", "imei 490154203237518 and ••••"),
        ("the imei is fine, my card is 490154203237518", "the imei is fine, my card is ••••"),
    ],
)
def test_a_card_beside_a_phones_number_is_covered(typed: str, kept: str) -> None:
    assert mask(typed) == (kept, True)


@pytest.mark.parametrize(
    "typed",
    [
        "TA-20931-7741",
        "20001234567890123",
        "ordr no 200012 3456 78901 23",
        "4111111111111112",
        "+49 171 3920 0000 80",
        "+86 138 0013 8000",
        "0086 138 0013 8000",
        "call +1 (415) 555-2671 or +234 803 123 4567",
        "+8613800138000",
        "1Z999AA10123456784",
        "LX123456789CN",
        "9400 1000 0000 0000 0000 00",
        "SF1234567890128",
        "US$1,280.00",
        "$4,500.00 + $1,280.00 = $5,780.00",
        "+49 171 3920000 / +49 171 3920001 & +44 7911 123456",
        "+1 415 555 2671, +4917139200006",
        "from 2026-11-24 09:00:00 +0800 to 2026-12-01 18:30:00 +0800",
        "+4420 7946 0958, +1 415 555 2671",
        "4 lamps and 5 bulbs and 6 cables, 2026-11-24 → 2026-12-01",
        "40 lamps, 30.00 each, 1,280.00 in all, 4,500.00 before",
        "2026-11-24 09:00",
        "41111111111111121111111",
        "9 411111111111111111 9",
        "",
    ],
)
def test_what_is_no_card_number_stays(typed: str) -> None:
    assert mask(typed) == (typed, False)


@pytest.mark.parametrize(
    "typed",
    [
        *("1 ", "4 ", "4", "4-", "41 1", "4111 1111 1111 1112 ", "4" * 500 + " ", "4 - ", "4    ", " ", "+"),
        *(
            "imei ",
            "imei" + " " * 40,
            "imei 49",
            "串号码号",
            "490154203237518 imei ",
            "490154203237518 ",
            "TA-",
        ),
        *(
            "4️⃣",
            "4\u200e",
            "4+",
            "4" + "+-" * 4,
            "\u200e",
            "4 and ",
            "4" * 30 + " ",
            "4444 4",
            "4⑪ ",
            " ,4",
            "+4 ",
        ),
    ],
)
def test_a_long_text_of_digits_is_looked_through_in_no_time(typed: str) -> None:
    text = (typed * 10_000)[:10_000]
    began = time.perf_counter()
    mask(text, THEIRS)
    mask(text + "a", THEIRS)
    assert time.perf_counter() - began < 1
