"""Only a clear other language counts; English with typos, names and ids never does."""

from __future__ import annotations

import pytest

from messenger.language import Languages

LANGUAGES = Languages({"en"})


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hola, necesito ayuda con un reembolso", "es"),
        ("meu pedido chegou quebrado", "pt"),
        ("je voudrais parler à quelqu'un", "fr"),
        ("wo ist meine Bestellung TA-20931-7741", "de"),
        ("vorrei un rimborso per la merce rotta", "it"),
        ("gdzie jest moje zamówienie", "pl"),
        ("di mana pesanan saya", "id"),
        ("我的订单在哪里", "zh"),
        ("订单 TA-20931-7741 什么时候到", "zh"),
        ("注文した商品はどこですか", "ja"),
        ("주문한 물건이 어디에 있나요", "ko"),
        ("где мой заказ", "ru"),
        ("أين طلبي", "ar"),
        ("όπου είναι η παραγγελία μου", "el"),
    ],
)
def test_a_clear_message_in_another_language_is_known(said: str, language: str) -> None:
    assert LANGUAGES.unspoken(said) == language


@pytest.mark.parametrize(
    "said",
    [
        "",
        "7741",
        "TA-20931-7741",
        "si",
        "ok si",
        "😀😀",
        "wher is my ordr",
        "gimme my mony bak",
        "lamps arived brokn wat now",
        "i wnat a refnd for teh lmaps",
        "Shenzhen Lumen does not answer",
        "my order from São Paulo has not arrived",
        "the supplier 深圳流明 does not answer",
        "cancel cancel cancel cancel",
        "ya sur why not",
        "L/C TT DDP FOB CIF what payment terms",
    ],
)
def test_english_as_people_type_it_and_what_shows_no_language_stay(said: str) -> None:
    assert LANGUAGES.unspoken(said) is None


def test_a_language_with_a_words_file_is_spoken() -> None:
    assert Languages({"en", "es"}).unspoken("hola, necesito ayuda con un reembolso") is None
