"""An order is found by what people remember of it, listed, or asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.orders import SHOWN
from tests.actions.conftest import Chat, Tell, render
from tests.actions.stories import (
    ANOTHERS,
    CLOSED,
    HELD,
    LAMPS,
    LATE,
    NOBODYS,
    UNPAID_OUT,
    by_id,
    only,
    quoted,
)


def test_another_persons_order_and_one_that_does_not_exist_get_the_same_words(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        said = []
        for number in (ANOTHERS, NOBODYS):
            chat = chats("alice")
            chat.open("order_status", order=by_id(number))
            saying = await only(chat.act("action_find_order"))
            said.append(saying)
            assert number not in render(saying)
            assert (chat.frame["asked"], chat.frame["problem"]) == ("order", "not_found")
        assert said[0] == said[1]

    tell(story)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (("order_id", LAMPS), LAMPS),
        (("order_id", HELD), HELD),
        (("order_tail", "7741"), LAMPS),
        (("product", "floodlights"), LATE),
        (("order_tail", "2150"), LATE),
    ],
)
def test_an_order_is_found_by_what_people_remember(tell: Tell, said: tuple[str, str], found: str) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("order_status", order=said)
        assert await chat.act("action_find_order") == []
        assert chat.frame["values"]["order"]["is"] == found

    tell(story)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("led strips damaged", HELD),
        ("cordless drill", UNPAID_OUT),
        ("desk lamps thieves", LAMPS),
        ("tool box", CLOSED),
    ],
)
def test_an_order_is_found_by_the_words_that_are_said_of_it(tell: Tell, words: str, found: str) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("open_claim", order=("words", words))
        assert await chat.act("action_find_order") == []
        assert chat.frame["values"]["order"]["is"] == found

    tell(story)


def test_words_that_fit_several_orders_are_asked_about_and_words_that_fit_none_are_lost(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("open_claim", order=("words", "lamps"))
        asked = await only(chat.act("action_find_order"))
        assert (asked["say"], len(asked["options"])) == ("order.several", 2)
        chat.open("open_claim", order=("words", "umbrellas"))
        assert await chat.act("action_find_order") == []
        assert chat.frame["problem"] == "lost"

    tell(story)


def test_beside_an_order_that_was_talked_about_a_name_has_to_be_whole(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        for words, lost in (("boxes smashed", True), ("tool boxes smashed", False)):
            chat = chats("alice")
            chat.slots["recent"] = {"order": LAMPS}
            chat.open("request_refund", order=("words", words))
            await chat.act("action_find_order")
            assert (chat.frame["problem"] == "lost") is lost

    tell(story)


def other_than(chat: Chat, order: str) -> None:
    chat.open("order_status", asked="order")
    chat.frame["values"]["order"] = {"was": {"said": {"entity": "order_id", "value": order}}}


def test_the_other_one_is_asked_for_without_the_present_one_and_taken_if_it_is_one(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        alice, chen, nordholm = map(chats, ("alice", "chen", "nordholm"))
        other_than(alice, LAMPS)
        asked = await only(alice.act("action_ask"))
        assert LAMPS not in {option["press"]["entities"][0]["value"] for option in asked["options"]}
        other_than(chen, "TA-40015-2200")
        assert await chen.act("action_ask") == []
        assert chen.frame["values"]["order"]["is"] == "TA-40015-2311"
        other_than(nordholm, ANOTHERS)
        assert (await only(nordholm.act("action_ask")))["say"] == "order.no_other"
        assert nordholm.frame["values"]["order"]["is"] == ANOTHERS

    tell(story)


def test_a_number_that_ends_no_order_is_the_new_amount_of_an_open_quote(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        await quoted(chat, HELD, ("share", "1/2"))
        before = chat.frame["values"]["order"]
        number = {"entity": "order_tail", "value": "1000"}
        chat.frame["values"]["order"] = {"said": number, "was": before}
        assert await chat.act("action_find_order") == []
        assert chat.frame["values"]["order"] == before
        assert chat.frame["values"]["amount"]["said"] == number

    tell(story)


def test_of_several_orders_that_fit_the_person_is_asked_which_and_the_choices_are_remembered(
    tell: Tell,
) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("order_status", order=("supplier", "ningbo"))
        saying = await only(chat.act("action_find_order"))
        assert saying["say"] == "order.several"
        assert chat.slots["recent"]["offered"] == [option["press"] for option in saying["options"]]

    tell(story)


@pytest.mark.parametrize(("person", "number"), [("alice", 7), ("bruno", 3), ("chen", 2), ("nordholm", 1)])
def test_every_order_of_the_demo_world_can_be_told(tell: Tell, person: str, number: int) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        listed = await only(chats(person).act("action_list_orders", intent="list_orders"))
        shown = [option["press"]["entities"][0]["value"] for option in listed["options"]]
        assert len(shown) == min(number, SHOWN)
        for order in shown:
            for action in ("action_order_status", "action_delivery_delay", "action_verdict"):
                chat = chats(person)
                chat.open("order_status", order=by_id(order))
                await chat.act("action_find_order")
                saying = await only(chat.act(action))
                assert saying["card"]["card"] in ("order", "verdict")
                assert chat.slots["recent"]["order"] == order

    tell(story)


def test_suppliers_are_told_of_their_orders_from_their_side(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("shenzhen-lumen")
        chat.open("order_status", order=by_id(LAMPS))
        await chat.act("action_find_order")
        saying = await only(chat.act("action_order_status"))
        assert ".supplier." in saying["facts"]["next_is"]
        assert "None of it has gone to you yet" in render(saying)

    tell(story)


def test_a_supplier_who_asks_about_claims_is_shown_the_one_that_waits_for_them(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("ningbo-tools")
        chat.open("open_claim", asked="order")
        saying = await only(chat.act("action_ask", intent="open_claim"))
        assert (saying["say"], saying["facts"]["id"]) == ("claim.status", "CLM-1001")
        assert chat.slots["tasks"] == []
        chat.open("open_claim", order=by_id(UNPAID_OUT))
        assert (await only(chat.act("action_find_order")))["say"] == "claim.for_buyers"
        chat = chats("fresh-supplier")
        chat.open("request_refund", asked="order")
        assert (await only(chat.act("action_ask")))["say"] == "claim.for_buyers"

    tell(story)


def test_a_person_without_orders_is_told_so_and_the_task_ends(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("nadia")
        assert (await only(chat.act("action_list_orders")))["say"] == "order.none"
        chat.open("order_status", asked="order")
        assert (await only(chat.act("action_ask")))["say"] == "order.none"
        assert chat.slots["tasks"] == []

    tell(story)


def test_a_person_with_one_order_is_not_asked_which(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("nordholm")
        chat.open("request_refund", asked="order")
        assert await chat.act("action_ask") == []
        assert chat.frame["values"]["order"]["is"] == ANOTHERS
        assert chat.frame["asked"] is None

    tell(story)
