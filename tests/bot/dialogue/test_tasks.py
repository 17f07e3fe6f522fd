"""The pure part of the dialogue: what a message does to the open tasks, and what is done next."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import frames, tasks
from bot.dialogue.said import Said
from bot.dialogue.tasks import State
from contract.dialogue import Mention, Phase, Value
from tests.bot.dialogue.talk import BOOK, CLAIM, DAMAGED, HALF, ORDER, OTHER, Talk, amount, quoted


def test_a_claim_in_one_breath_is_found_and_quoted() -> None:
    assert quoted().done == ["action_find_order", "action_quote"]


def test_a_claim_in_four_steps_asks_for_what_is_missing_in_order() -> None:
    talk = Talk().hear("open_claim")
    assert (talk.done, talk.top.asked) == (["action_ask"], "order")
    talk.hear("inform", ORDER)
    assert (talk.done[-1], talk.top.asked) == ("action_ask", "reason")
    talk.hear("item_problem", DAMAGED)
    assert (talk.done[-1], talk.top.asked) == ("action_ask", "amount")
    assert talk.hear("inform", HALF).done == ["action_quote"]


@pytest.mark.parametrize("said", [(), (ORDER,), (ORDER, DAMAGED)])
def test_stop_leaves_a_task_at_every_question(said: tuple[dict[str, Any], ...]) -> None:
    talk = Talk().hear("open_claim", *said).hear("stop", text="forget it")
    assert talk.done == ["action_left"] and not talk.state.stack


def test_a_person_can_be_called_from_within_any_task() -> None:
    talk = quoted().hear("human_handoff")
    assert talk.done == ["action_hand_off"] and not talk.state.stack


def test_a_general_question_is_answered_and_the_open_one_asked_again_once() -> None:
    talk = Talk().hear("open_claim", ORDER).hear("refund_time")
    assert talk.done == ["a rule", "action_ask_again"]
    assert talk.top.asked == "reason"


def test_an_open_quote_is_asked_about_again_and_not_made_anew() -> None:
    assert quoted().hear("refund_time").done == ["a rule", "action_ask_again"]
    assert quoted().hear("open_claim").done == ["action_ask_again"]
    assert quoted().hear("order_status", OTHER).done == ["action_order_status", "action_ask_again"]


def test_another_task_is_done_in_between_and_the_first_goes_on() -> None:
    talk = Talk().hear("open_claim", ORDER).hear("order_status", OTHER)
    assert talk.done == ["action_order_status", "action_ask_again"]
    assert talk.top.task == "open_claim"
    assert talk.top.values["order"].found == ORDER["value"]


def test_a_correction_replaces_the_value_and_the_quote_that_hung_on_it() -> None:
    talk = quoted().hear("inform", amount("300"), text="I meant 300")
    assert talk.done == ["action_quote"]
    assert talk.said("amount")["decimal"] == "300"


def test_a_refused_change_goes_back_to_what_was_quoted_last() -> None:
    talk = quoted().hear("inform", amount("300")).hear("inform", {"entity": "share", "value": "2/3"})
    talk.hear("inform", HALF)
    talk.refuses = True
    talk.hear("inform", amount("640"))
    assert talk.top.asked == "amount"
    talk.refuses = False
    assert talk.hear("deny", text="no").done == ["action_quote"]
    assert talk.top.values["amount"].said == Mention("share", "1/2")


def test_a_look_up_that_is_not_answered_is_asked_about_once_more_and_then_dropped() -> None:
    talk = Talk().hear("order_status")
    assert talk.hear("refund_time").done == ["a rule", "action_ask_again"]
    assert talk.hear("payment_safety").done == ["a rule"]
    assert not talk.state.stack


def test_a_look_up_that_is_not_answered_does_not_stand_on_an_open_quote() -> None:
    talk = quoted().hear("claim_status")
    assert talk.top.task == "claim_status" and talk.top.asked == "claim"
    assert talk.hear("refund_time").done == ["a rule", "action_ask_again"]
    assert (talk.top.task, talk.top.quote) == ("open_claim", "Q-1")


def test_a_what_if_without_a_day_is_the_verdict_of_now() -> None:
    assert Talk().hear("what_if", ORDER).done == ["action_verdict"]


def test_two_requests_in_one_message_are_both_done_in_order() -> None:
    said = [Said(intent="order_status", entities=[ORDER]), Said(intent="request_refund", entities=[OTHER])]
    assert Talk().hear_all(said).done == ["action_order_status", "action_verdict"]


def test_a_request_beside_a_general_question_loses_neither() -> None:
    said = [Said(intent="payment_safety"), Said(intent="list_orders")]
    assert Talk().hear_all(said).done == ["action_answer", "action_list_orders"]


def test_another_request_beside_one_about_the_open_quote_comes_before_its_question() -> None:
    said = [Said(intent="request_refund", entities=[ORDER]), Said(intent="order_status", entities=[OTHER])]
    assert quoted().hear_all(said).done == ["action_order_status", "action_ask_again"]


def test_what_was_talked_about_carries_to_the_next_task() -> None:
    talk = Talk().hear("request_refund", ORDER, DAMAGED).hear("open_claim", HALF)
    assert talk.done == ["action_quote"]


def test_a_reason_does_not_carry_to_another_order() -> None:
    talk = Talk().hear("request_refund", ORDER, DAMAGED).hear("open_claim", OTHER, HALF)
    assert (talk.done[-1], talk.top.asked) == ("action_ask", "reason")


def test_a_bare_yes_begins_what_was_offered_and_only_right_after() -> None:
    talk = Talk(recent=offer()).hear("affirm", text="yes")
    assert talk.top.task == "open_claim"
    assert Talk(recent=offer()).hear("thanks").hear("affirm", text="yes").done == ["a rule"]


def offer(*orders: str) -> dict[str, Any]:
    about = {"order": OTHER["value"], "reason": "damaged"}
    offered = {"task": "open_claim", "values": about, "orders": orders or [OTHER["value"]]}
    return {"order": ORDER["value"], "offer": offered}


def test_a_bare_yes_begins_with_what_the_offer_was_about() -> None:
    talk = Talk(recent=offer()).hear("affirm", text="yes")
    assert {name: value.found for name, value in talk.top.values.items()} == {
        "order": OTHER["value"],
        "reason": "damaged",
    }
    assert talk.top.asked == "amount"


def test_of_two_offers_in_one_message_it_is_asked_which_order() -> None:
    talk = Talk(recent=offer(ORDER["value"], OTHER["value"])).hear("affirm", text="yes")
    assert (talk.done, talk.top.asked) == (["action_ask"], "order")
    assert talk.top.among == [ORDER["value"], OTHER["value"]]
    assert talk.hear("inform", ORDER).top.values["order"].found == ORDER["value"]


def test_an_offer_outlives_one_general_question() -> None:
    talk = Talk(recent=offer()).hear("payment_safety")
    assert talk.hear("affirm", text="yes").top.task == "open_claim"
    talk = Talk(recent=offer()).hear("payment_safety").hear("refund_time")
    assert talk.hear("affirm", text="yes").done == ["a rule"]


def test_a_bare_order_number_is_looked_up() -> None:
    said = {**ORDER, "start": 0, "end": 13}
    talk = Talk().hear("out_of_scope", said, text="TA-20931-7741")
    assert talk.done == ["action_order_status"]


HUNDRED = amount("100")


def placed(text: str, *entities: dict[str, Any]) -> list[dict[str, Any]]:
    """The entities where they stand in the text, given as `said` in them."""
    return [
        {**one, "start": text.index(one["said"]), "end": text.index(one["said"]) + len(one["said"])}
        for one in entities
    ]


@pytest.mark.parametrize(
    ("intent", "text", "entities", "task"),
    [
        ("open_claim", "open a claim on X, damaged, 100 dollars", (ORDER, DAMAGED, HUNDRED), "open_claim"),
        ("open_claim", "open claim X broken half", (ORDER, DAMAGED, HALF), "open_claim"),
        ("inform", "claim X", (ORDER,), "open_claim"),
        ("inform", "X", (ORDER,), "order_status"),
        ("payment_terms", "order number X please", (ORDER,), "order_status"),
        ("inform", "X damaged 100", (ORDER, DAMAGED, HUNDRED), "open_claim"),
        ("list_orders", "list X", (ORDER,), "order_status"),
        ("open_claim", "claim X", (CLAIM,), "claim_status"),
        ("inform", "claim X", (CLAIM,), "claim_status"),
    ],
)
def test_a_sure_intent_wins_over_a_bare_value(
    intent: str, text: str, entities: tuple[dict[str, Any], ...], task: str
) -> None:
    said = {"order_id": "X", "claim_id": "X", "reason": "damaged", "share": "half", "amount": "100"}
    named = placed(
        text.replace("broken", "damaged"), *({**one, "said": said[one["entity"]]} for one in entities)
    )
    heard = Said(intent=intent, entities=named, text=text.replace("broken", "damaged"))
    move = tasks.hear(BOOK, State(), [heard])
    assert move.state.stack[-1].task == task


@pytest.mark.parametrize(("intent", "entities"), [("request_refund", (ORDER,)), ("inform", (ORDER, DAMAGED))])
def test_a_reason_beside_an_order_asks_what_is_possible(intent: str, entities: tuple[Any, ...]) -> None:
    talk = Talk().hear(intent, *entities, text="Refund 300 of those, 10 lamps dead")
    assert talk.done == ["action_verdict"]
    assert talk.state.recent["order"] == ORDER["value"]


def test_another_request_inside_a_claim_is_not_taken_for_its_answer() -> None:
    text = "status X"
    said = Said(intent="order_status", entities=placed(text, {**OTHER, "said": "X"}), text=text)
    talk = Talk().hear("open_claim").hear_all([said])
    assert talk.done == ["action_order_status", "action_ask_again"]


def test_a_part_of_a_number_is_found_first() -> None:
    talk = Talk().hear("order_status", {"entity": "order_tail", "value": "7741"})
    assert talk.done == ["action_find_order", "action_order_status"]


def test_a_number_that_names_nothing_is_forgotten_and_asked_again() -> None:
    talk = Talk()
    talk.nothing_there = True
    talk.hear("order_status", OTHER)
    assert (talk.done, talk.top.asked) == (["action_order_status"], "order")
    assert "order" not in talk.top.values
    talk.nothing_there = False
    assert talk.hear("inform", ORDER).done == ["action_order_status"]


def test_the_second_one_is_the_second_that_was_offered() -> None:
    presses = [{"intent": "order_status", "entities": [each]} for each in (ORDER, OTHER)]
    talk = Talk(recent={"offered": presses}).hear("inform", {"entity": "ordinal", "value": 2})
    assert talk.state.recent["order"] == OTHER["value"]


def test_the_third_misunderstanding_in_a_row_offers_choices() -> None:
    talk = Talk()
    assert talk.hear("out_of_scope").done == ["a rule"]
    assert talk.hear("out_of_scope").done == ["a rule"]
    assert talk.hear("out_of_scope").done == ["action_fallback"]


def test_an_understood_message_ends_the_row_of_misunderstandings() -> None:
    talk = Talk().hear("out_of_scope").hear("out_of_scope").hear("greet").hear("out_of_scope")
    assert talk.done == ["a rule"]


def test_two_close_readings_are_asked_about() -> None:
    said = [Said(intent="order_status", entities=[], text="what about it")]
    assert Talk().hear_all(said, readings=("order_status", "delivery_delay")).done == ["action_readings"]


@pytest.mark.parametrize("phase", Phase)
def test_a_turn_that_broke_off_in_any_phase_is_gone_on_with(phase: Phase) -> None:
    frame = frames.new(
        BOOK, "open_claim", values={"order": Value(found=ORDER["value"])}, doing="action_quote"
    )
    asked = "reason" if phase is Phase.ASKED else None
    quote = "Q-1" if phase in (Phase.QUOTED, Phase.DOING) else None
    talk = Talk(stack=(replace(frame, phase=phase, asked=asked, quote=quote),)).hear("refund_time")
    assert talk.done[1:] == ["action_ask" if not (asked or quote) else "action_ask_again"]
