"""General answers, misses and readings: what needs no order."""

from __future__ import annotations

from collections.abc import Callable

from tests.actions.conftest import Chat, Tell
from tests.actions.stories import LAMPS, by_id, only

GENERAL = [
    "programme_info",
    "payment_safety",
    "refund_time",
    "refund_policy",
    "ontime_guarantee",
    "easy_return",
    "payment_terms",
    "payment_methods",
    "payment_issue",
    "inspection",
    "onsite_services",
    "badge",
    "shipping_policy",
    "return_item",
    "cancel_policy",
    "invoice",
]


def test_a_visitor_gets_every_general_answer_and_nothing_about_orders(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        for intent in GENERAL:
            saying = await only(chats(None).act("action_answer", intent=intent))
            assert saying["say"] == f"faq.{intent}"
        chat = chats(None)
        chat.open("order_status", order=by_id(LAMPS))
        assert (await only(chat.act("action_find_order")))["say"] == "sign_in.needed"

    tell(story)


def test_the_third_miss_in_a_row_offers_choices_and_a_person(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        said = [await only(chat.act("action_fallback", intent="nlu_fallback")) for _ in range(3)]
        assert [saying["say"] for saying in said] == ["fallback.first", "fallback.second", "fallback.third"]
        assert said[2]["options"][-1]["press"]["intent"] == "human_handoff"

    tell(story)


def test_the_third_question_that_is_none_of_ours_is_not_called_a_misunderstanding(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.slots["misses"] = 2
        said = await only(chat.act("action_fallback", intent="out_of_scope"))
        assert said["say"] == "out_of_scope"
        assert said["options"][-1]["press"]["intent"] == "human_handoff"

    tell(story)


def test_two_readings_become_two_buttons(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        readings = ["order_status", "claim_status"]
        saying = await only(chats("alice").act("action_readings", readings=readings))
        assert [option["press"]["intent"] for option in saying["options"]] == readings

    tell(story)


def test_a_person_is_called_by_the_saying_itself(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        (saying,) = await chats(None).act("action_hand_off", intent="human_handoff")
        assert saying["hand_off"] == {"reason": "asked"}

    tell(story)
