"""Each action against a real escrow: what it says, that it can be said, and what it leaves in the slots."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actions.orders import SHOWN
from tests.actions.conftest import Chat, Server, render

LAMPS, HELD, LATE, CLOSED = "TA-20931-7741", "20001234567890123", "TA-20944-1002", "TA-20931-6650"
FRESH, UNPAID, UNPAID_OUT = "TA-20950-3310", "TA-20951-0007", "TA-20931-7714"
ANOTHERS, NOBODYS = "TA-55801-0032", "TA-99999-9999"

Story = Callable[[Callable[[str | None], Chat]], Awaitable[None]]


@pytest.fixture
def tell(escrow_url: str, escrow_home: Path) -> Callable[[Story], None]:
    """Run a story with chats of demo people."""

    def run(story: Story) -> None:
        async def told() -> None:
            async with Server(escrow_url, escrow_home) as server:
                await story(server.chat)

        asyncio.run(told())

    return run


Tell = Callable[[Story], None]


async def only(sayings: Awaitable[list[dict[str, Any]]]) -> dict[str, Any]:
    (saying,) = await sayings
    assert render(saying).strip()
    return saying


def by_id(order: str) -> tuple[str, str]:
    return "order_id", order


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


async def verdict_of(chat: Chat, order: str, task: str = "request_refund", **said: Any) -> dict[str, Any]:
    chat.open(task, order=by_id(order), **said)
    await chat.act("action_find_order")
    return await only(chat.act("action_verdict", intent="request_refund"))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (HELD, "eligible"),
        (UNPAID_OUT, "eligible_after_release"),
        (CLOSED, "window_closed"),
        (UNPAID, "nothing_paid"),
    ],
)
def test_a_verdict_is_told_with_its_card_and_what_to_do_next(tell: Tell, order: str, code: str) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        saying = await verdict_of(chat, order)
        assert saying["say"] == f"verdict.{code}"
        assert saying["card"]["facts"]["code"] == code
        eligible = code.startswith("eligible")
        offer = chat.slots["recent"].get("offer")
        wanted = {"task": "open_claim", "values": {"order": order}, "orders": [order]}
        assert offer == (wanted if eligible else None)

    tell(story)


def test_two_offers_in_one_message_become_one_that_asks_which(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        for order in (HELD, UNPAID_OUT, CLOSED):
            await verdict_of(chat, order)
        assert set(chat.slots["recent"]["offer"]["orders"]) == {HELD, UNPAID_OUT}
        chat.slots["tasks"] = []
        chat.open("open_claim", asked="order")
        chat.frame["among"] = [HELD, UNPAID_OUT]
        asked = await only(chat.act("action_ask"))
        named = {option["press"]["entities"][0]["value"] for option in asked["options"]}
        assert named == {HELD, UNPAID_OUT}

    tell(story)


def day_of(instant: str) -> str:
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo("Africa/Lagos"))
    return f"{local:%A} {local.day} {local:%B}"


def test_a_day_before_the_money_leaves_escrow_says_nothing_of_it(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        saying = await verdict_of(chats("alice"), HELD, "what_if", at=("date", {"date": tomorrow}))
        assert saying["facts"]["release_is"] == "none" and render(saying)

    tell(story)


def test_a_what_if_without_a_day_is_the_verdict_of_now(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        assert (await verdict_of(chats("alice"), HELD, "what_if"))["say"] == "verdict.eligible"

    tell(story)


def test_a_day_that_is_only_supposed_is_marked_so_and_offers_nothing(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        saying = await verdict_of(
            chat, HELD, "what_if", at=("date", {"date": "2099-12-03", "text": "3 December"})
        )
        assert saying["say"] == "verdict.supposing"
        assert "Suppose it were Thursday 3 December 2099." in render(saying)
        assert saying["facts"]["release_is"] == "by_silence"
        assert f"goes to the supplier on {day_of(saying['facts']['release_at'])}" in render(saying)
        assert "options" not in saying
        assert chat.slots["recent"]["offer"] is None

    tell(story)


async def quoted(chat: Chat, order: str, amount: tuple[str, Any]) -> dict[str, Any]:
    chat.open("open_claim", order=by_id(order), reason=("reason", "damaged"), amount=amount)
    await chat.act("action_find_order")
    return await only(chat.act("action_quote", intent="open_claim"))


def test_a_claim_opens_by_its_quote_and_by_a_second_yes_only_once(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        quote = await quoted(chat, LAMPS, ("share", "1/2"))
        assert quote["card"]["facts"]["effect"]["amount"] == {"minor": 64000, "currency": "USD"}
        assert [option["press"]["intent"] for option in quote["options"]] == ["affirm", "deny"]
        before = chat.slots["tasks"]
        done = await only(chat.act("action_confirm_quote", intent="affirm"))
        assert (done["say"], done["done"]) == ("confirmed.open_claim", True)
        chat.slots["tasks"] = before
        again = await only(chat.act("action_confirm_quote", intent="affirm"))
        assert again["facts"]["claim"] == done["facts"]["claim"]
        assert (await verdict_of(chats("alice"), LAMPS))["say"] == "verdict.claim_already_open"
        chat.open("claim_status")
        assert await chat.act("action_find_claim") == []
        status = await only(chat.act("action_claim_status"))
        assert status["card"]["facts"]["id"] == done["facts"]["claim"]

    tell(story)


def test_an_open_quote_is_asked_about_again_in_one_line_with_its_buttons(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        quote = await quoted(chat, HELD, ("share", "1/2"))
        again = await only(chat.act("action_ask_again"))
        assert "US$2,100.00" in render(again) and "card" not in again
        assert again["options"] == quote["options"]
        assert chat.frame["quote"] == quote["card"]["facts"]["quote_id"]

    tell(story)


def test_a_yes_to_what_was_not_shown_is_refused_by_escrow(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        await quoted(chat, HELD, ("share", "1/2"))
        chat.shown.clear()
        saying = await only(chat.act("action_confirm_quote", intent="affirm"))
        assert saying["say"] == "refused.quote_not_shown"

    tell(story)


def test_an_amount_above_what_was_paid_is_refused_with_the_cap_and_asked_anew(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        saying = await quoted(chat, HELD, ("amount", {"minor": None, "currency": None, "decimal": "99999"}))
        assert saying["say"] == "refused.amount_above_cap"
        assert "US$4,200.00" in render(saying)
        assert chat.frame["asked"] == "amount"
        assert chat.frame["quote"] is None

    tell(story)


def yen(decimal: str) -> tuple[str, Any]:
    return "amount", {"minor": None, "currency": "JPY", "decimal": decimal}


def test_an_amount_finer_than_its_currency_is_asked_anew_and_never_cut(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("bruno")
        saying = await quoted(chat, "TA-31207-7777", yen("100.50"))
        assert (saying["say"], chat.frame["asked"]) == ("amount.too_precise", "amount")
        assert "¥1" in render(saying)
        chat.slots["tasks"] = []
        quote = await quoted(chat, "TA-31207-7777", yen("1000.00"))
        assert quote["card"]["facts"]["effect"]["amount"] == {"minor": 1000, "currency": "JPY"}

    tell(story)


def test_a_lone_number_that_was_read_as_the_end_of_an_id_is_an_amount_where_one_is_asked(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        quote = await quoted(chats("alice"), HELD, ("order_tail", "1280"))
        assert quote["card"]["facts"]["effect"]["amount"] == {"minor": 128000, "currency": "USD"}

    tell(story)


def test_a_quote_that_is_answered_with_no_leaves_everything_as_it_was(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        await quoted(chat, HELD, ("share", "1/1"))
        assert (await only(chat.act("action_cancel_quote", intent="deny")))["say"] == "cancelled.open_claim"
        assert (await verdict_of(chats("alice"), HELD))["say"] == "verdict.eligible"

    tell(story)


def test_a_no_after_a_yes_whose_answer_got_lost_tells_what_is_true(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("bruno")
        await quoted(chat, "TA-31200-0450", ("share", "1/2"))
        before = chat.slots["tasks"]
        done = await only(chat.act("action_confirm_quote"))
        chat.slots["tasks"] = before
        told = await only(chat.act("action_cancel_quote", intent="deny"))
        assert told["say"] == "done_already.open_claim"
        assert done["facts"]["claim"] in render(told)

    tell(story)


def test_the_question_for_the_amount_names_the_most_and_ends_where_nothing_can_be_claimed(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("alice")
        chat.open("open_claim", asked="amount", order=by_id(HELD), reason=("reason", "damaged"))
        await chat.act("action_find_order")
        chat.frame["asked"] = "amount"
        assert "US$4,200.00" in render(await only(chat.act("action_ask")))
        chat.slots["tasks"] = []
        chat.open("open_claim", order=by_id(CLOSED), reason=("reason", "damaged"))
        await chat.act("action_find_order")
        chat.frame["asked"] = "amount"
        assert (await only(chat.act("action_ask")))["say"] == "verdict.window_closed"
        assert chat.slots["tasks"] == []

    tell(story)


def test_the_one_open_claim_is_meant_when_none_is_named_and_it_escalates_by_quote(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("chen")
        chat.open("escalate")
        assert await chat.act("action_find_claim") == []
        assert chat.frame["values"]["claim"]["is"] == "CLM-1001"
        assert (await only(chat.act("action_claim_status")))["facts"]["held_is"] == "all"
        quote = await only(chat.act("action_quote", intent="escalate"))
        assert quote["card"]["facts"]["kind"] == "escalate"
        assert (await only(chat.act("action_confirm_quote")))["say"] == "confirmed.escalate"
        assert "mediators" in render(await only(chat.act("action_claim_status")))
        chat.open("escalate", claim=("claim_id", "CLM-1001"))
        again = await only(chat.act("action_quote", intent="escalate"))
        assert again["say"] == "claim.status" and "they look at it by" in render(again)

    tell(story)


def test_a_claim_of_today_cannot_be_escalated_yet_and_the_instant_is_named(tell: Tell) -> None:
    async def story(chats: Callable[[str | None], Chat]) -> None:
        chat = chats("nordholm")
        await quoted(chat, ANOTHERS, ("share", "1/2"))
        await chat.act("action_confirm_quote")
        chat.open("escalate")
        await chat.act("action_find_claim")
        saying = await only(chat.act("action_quote", intent="escalate"))
        assert saying["say"] == "refused.not_yet_escalatable"

    tell(story)


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
    "cancel_order",
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
