"""Each action against a real escrow: what it says, that it can be said, and what it leaves in the slots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.actions.conftest import Chat, Tell, render
from tests.actions.stories import (
    ANOTHERS,
    CLOSED,
    HELD,
    LAMPS,
    UNPAID,
    UNPAID_OUT,
    by_id,
    only,
    quoted,
    verdict_of,
)


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
