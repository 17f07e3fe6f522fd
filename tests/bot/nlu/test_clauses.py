"""Where a message is cut, and which cuts are requests of their own."""

from __future__ import annotations

from typing import Any

from bot.nlu.clauses import Heard, Part, join, split


def parts(text: str) -> list[str]:
    return [text[part.start : part.end] for part in split(text)]


def heard(at: int, intent: str | None, *ids: str) -> Heard:
    entities: list[dict[str, Any]] = [{"entity": "order_id", "value": one} for one in ids]
    return Heard(part=Part(start=at, end=at + 5), intent=intent, confidence=0.9, entities=entities)


def intents(*said: Heard) -> list[str | None]:
    return [one.intent for one in join(list(said))]


def test_a_message_is_cut_at_sentence_ends_commas_and_conjunctions() -> None:
    text = "status of TA-1 and open a claim. what is escrow? then a person, please"
    assert parts(text) == ["status of TA-1", "open a claim", "what is escrow", "then a person", "please"]


def test_a_word_that_only_joins_sentences_is_no_part_of_them() -> None:
    assert parts("where is 1002? And what is easy return?") == ["where is 1002", "what is easy return?"]


def test_an_amount_is_not_cut_at_its_marks() -> None:
    assert parts("claim 1,280.00 for it") == ["claim 1,280.00 for it"]


def test_a_chinese_message_is_cut_at_its_own_marks() -> None:
    assert parts("订单坏了，我要退款。") == ["订单坏了", "我要退款"]


def test_a_message_of_a_thousand_clauses_is_read_as_far_as_its_first() -> None:
    assert len(split("a, " * 1000)) == 8


def test_two_matters_are_two_requests() -> None:
    assert intents(heard(0, "order_status"), heard(9, "open_claim")) == ["order_status", "open_claim"]


def test_a_problem_and_the_wish_for_money_are_one_matter() -> None:
    assert intents(heard(0, "item_problem"), heard(9, None), heard(20, "request_refund")) == ["item_problem"]


def test_the_deed_names_a_matter() -> None:
    assert intents(heard(0, "item_problem"), heard(9, "open_claim")) == ["open_claim"]
    assert intents(heard(0, "claim_status", "CLM-1"), heard(9, "escalate")) == ["escalate"]


def test_the_same_question_about_two_orders_is_two_requests() -> None:
    assert intents(heard(0, "order_status", "TA-1"), heard(9, "inform", "TA-2")) == [
        "order_status",
        "order_status",
    ]


def test_small_talk_around_a_request_is_no_request() -> None:
    assert intents(heard(0, "greet"), heard(9, "order_status"), heard(20, "thanks")) == ["order_status"]


def test_a_value_after_a_request_belongs_to_it() -> None:
    (one,) = join([heard(0, "open_claim"), heard(9, "inform", "TA-2")])
    assert [entity["value"] for entity in one.entities] == ["TA-2"]
    assert (one.part.start, one.part.end) == (0, 14)


def test_goods_that_are_late_and_the_wish_for_money_are_one_matter() -> None:
    assert intents(heard(0, "delivery_delay"), heard(9, "request_refund")) == ["request_refund"]
    assert intents(heard(0, "order_status"), heard(9, "delivery_delay")) == ["order_status"]


def test_an_id_before_the_first_request_is_what_that_request_is_about() -> None:
    (one,) = join([heard(0, "inform", "TA-1"), heard(9, "request_refund")])
    assert one.intent == "request_refund"
    assert [entity["value"] for entity in one.entities] == ["TA-1"]


def test_every_id_before_a_request_without_one_gets_it() -> None:
    assert intents(heard(0, "inform", "TA-1"), heard(9, "inform", "TA-2"), heard(20, "order_status")) == [
        "order_status",
        "order_status",
    ]


def test_an_id_beside_a_request_about_another_is_not_lost() -> None:
    assert intents(heard(0, "inform", "TA-1"), heard(9, "request_refund", "TA-2")) == [
        "inform",
        "request_refund",
    ]
    assert intents(heard(0, "inform", "TA-1"), heard(9, "request_refund", "TA-1")) == ["request_refund"]


def test_a_question_about_a_service_is_a_request_beside_a_claim() -> None:
    assert intents(heard(0, "easy_return"), heard(9, "open_claim", "TA-1")) == ["easy_return", "open_claim"]


def test_what_is_doubtful_beside_all_of_the_money_is_a_part_of_it() -> None:
    part = Part(start=0, end=1)
    money = Heard(part=part, intent="my_money", confidence=0.8, entities=[])
    for confidence, requests in ((0.47, 1), (0.8, 2)):
        beside = Heard(part=part, intent="order_status", confidence=confidence, entities=[])
        assert len(join([money, beside])) == requests
