"""The pure part of the dialogue: what a message does to the open tasks, and what is done next."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import book, frames, tasks
from bot.dialogue.said import Said
from bot.dialogue.tasks import Move, State
from contract.dialogue import Frame, Mention, Phase, Value

BOOK = book.load(Path("data/tasks.yml"))
ORDER = {"entity": "order_id", "value": "TA-20931-7741"}
OTHER = {"entity": "order_id", "value": "20001234567890123"}
DAMAGED = {"entity": "reason", "value": "damaged"}
HALF = {"entity": "share", "value": "1/2"}


def amount(decimal: str) -> dict[str, Any]:
    return {"entity": "amount", "value": {"decimal": decimal, "currency": None, "minor": None}}


class Talk:
    """A conversation without Rasa: actions do what the real ones do to the slots, as docs/slots.md says."""

    def __init__(self, **state: Any) -> None:
        self.state = State(**state)
        self.done: list[str] = []
        self.nothing_there = False
        self.refuses = False
        self.loses_the_answer = False

    def hear(self, intent: str, *entities: dict[str, Any], text: str = "could you do it") -> Talk:
        return self.hear_all([Said(intent=intent, entities=entities, text=text)])

    def hear_all(self, said: list[Said], readings: tuple[str, ...] = ()) -> Talk:
        self.done = []
        move = self._unchanged(lambda: tasks.hear(BOOK, self.state, said, readings))
        self.state = move.state
        if move.action is None:
            self.done.append("a rule")
            move = self._step("a rule")
        while move.action and len(self.done) < 12:
            self.done.append(move.action)
            self._act(move.action)
            move = self._step(move.action)
        assert len(self.done) < 12, self.done
        return self

    def _step(self, last: str) -> Move:
        move = self._unchanged(lambda: tasks.step(BOOK, self.state, last))
        self.state = move.state
        return move

    def _unchanged(self, decide: Callable[[], Move]) -> Move:
        """Deciding leaves what it was given as it was; and what it gives survives the slot."""
        before = copy.deepcopy(self.state)
        move = decide()
        assert self.state == before
        assert frames.read(json.loads(json.dumps(frames.written(move.state.stack)))) == move.state.stack
        return move

    def _act(self, action: str) -> None:
        if not self.state.stack:
            return
        if action == "action_order_status" and self.nothing_there:
            self._write(phase=Phase.ASKED, asked="order", problem="not_found")
        elif action == "action_find_order":
            said = self.top.values["order"].said
            assert said
            self._find(said.entity, said.value)
        elif action == "action_find_claim":
            said = self.top.values["claim"].said
            assert said
            self._resolve("claim", said.value)
        elif action == "action_quote" and self.refuses:
            self._write(phase=Phase.ASKED, asked="amount", problem="wrong_currency")
        elif action == "action_quote":
            self._write(phase=Phase.QUOTED, quote="Q-1", asked=None)
        elif action == "action_confirm_quote" and not self.loses_the_answer:
            self._write(phase=Phase.OVER, quote=None)

    def _find(self, entity: str, value: str) -> None:
        """By words, there are only LED strips."""
        if entity == "words" and "strips" not in value:
            self._write(problem="lost")
        else:
            self._resolve("order", OTHER["value"] if entity in ("words", "product") else value)

    def _resolve(self, name: str, found: str) -> None:
        values = {**self.top.values, name: replace(self.top.values[name], found=found)}
        self._write(phase=Phase.GATHERING, values=values, asked=None, problem=None)

    def _write(self, **changes: Any) -> None:
        self.state = dataclasses.replace(
            self.state, stack=(*self.state.stack[:-1], replace(self.top, **changes))
        )

    def said(self, name: str) -> Any:
        said = self.top.values[name].said
        return said and said.value

    @property
    def top(self) -> Frame:
        assert self.state.top is not None
        return self.state.top


def quoted() -> Talk:
    return Talk().hear("open_claim", ORDER, DAMAGED, HALF)


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


def test_only_a_yes_to_the_quote_does_it() -> None:
    talk = quoted()
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]
    assert not talk.state.stack


CONFIRM_OR_CANCEL = {"offered": [{"intent": "affirm", "entities": []}, {"intent": "deny", "entities": []}]}


@pytest.mark.parametrize(
    "text", ["why?", "is that right?", "yes?", "proceed?", "fine, whatever", "i guess", "what do i confirm"]
)
def test_what_only_sounds_like_a_yes_is_asked_about_again(text: str) -> None:
    talk = quoted().hear("affirm", text=text)
    assert (talk.done, talk.top.quote) == (["action_ask_again"], "Q-1")


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform"])
@pytest.mark.parametrize("value", [1, 2, -1])
def test_an_ordinal_never_stands_for_confirm(intent: str, value: int) -> None:
    talk = quoted()
    talk.state = dataclasses.replace(talk.state, recent={**talk.state.recent, **CONFIRM_OR_CANCEL})
    talk.hear(intent, {"entity": "ordinal", "value": value}, text="no, the first one")
    assert "action_confirm_quote" not in talk.done


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform"])
def test_a_no_with_an_amount_is_a_correction(intent: str) -> None:
    assert quoted().hear(intent, amount("1000"), text="no 1,000").done == ["action_quote"]


def test_a_lone_number_never_stands_for_confirm() -> None:
    talk = quoted()
    talk.state = dataclasses.replace(talk.state, recent={**talk.state.recent, **CONFIRM_OR_CANCEL})
    talk.hear("affirm", {**amount("1"), "start": 0, "end": 1}, text="1")
    assert "action_confirm_quote" not in talk.done


def test_the_pressed_button_does_it_and_a_press_of_something_else_does_not() -> None:
    assert quoted().hear_all([Said(intent="affirm", pressed=True)]).done == ["action_confirm_quote"]
    assert "action_confirm_quote" not in quoted().hear_all([Said(intent="list_orders", pressed=True)]).done


def test_a_plain_yes_does_it_however_it_was_classified() -> None:
    talk = quoted().hear("open_claim", text="yes please open the claim")
    assert talk.done == ["action_confirm_quote"]


def test_a_yes_that_is_one_of_several_requests_does_nothing() -> None:
    said = [Said(intent="affirm", text="yes", whole=False), Said(intent="list_orders", whole=False)]
    assert "action_confirm_quote" not in quoted().hear_all(said).done


@pytest.mark.parametrize("intent", ["affirm", "deny", "stop", "inform"])
def test_a_yes_or_no_without_a_question_does_nothing(intent: str) -> None:
    assert Talk().hear(intent, text="yes").done == ["a rule"]


@pytest.mark.parametrize("intent", ["deny", "stop"])
def test_a_no_to_the_quote_cancels_it(intent: str) -> None:
    talk = quoted().hear(intent, text="no")
    assert talk.done == ["action_cancel_quote"] and not talk.state.stack


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


def test_a_lone_number_is_an_amount_where_one_is_asked() -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED).hear("inform", {"entity": "order_tail", "value": "1280"})
    assert talk.done == ["action_quote"]
    assert talk.said("amount") == "1280"


SIX = {"entity": "quantity", "value": 6}
TOO_MUCH = {"entity": "figure", "value": "150%"}


@pytest.mark.parametrize("said", [SIX, TOO_MUCH])
def test_what_can_be_no_sum_is_asked_about_and_never_quoted(said: dict[str, Any]) -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED, said)
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.asked, talk.top.problem) == ("amount", said["entity"])
    talk.hear("inform", said)
    assert (talk.done, talk.top.problem) == (["action_ask"], said["entity"])
    assert talk.hear("inform", HALF).done == ["action_quote"]


def test_a_sum_beside_a_count_is_taken() -> None:
    assert Talk().hear("open_claim", ORDER, SIX, DAMAGED, HALF).done == ["action_find_order", "action_quote"]


def test_a_count_beside_another_question_is_asked_about_when_its_turn_comes() -> None:
    talk = Talk().hear("open_claim", SIX)
    assert (talk.done, talk.top.asked) == (["action_ask"], "order")
    talk.hear("inform", ORDER).hear("inform", DAMAGED)
    assert (talk.top.asked, talk.top.problem) == ("amount", "quantity")


@pytest.mark.parametrize("intent", ["deny", "inform"])
def test_a_count_that_would_correct_a_quote_is_asked_about_and_a_no_goes_back(intent: str) -> None:
    talk = quoted().hear(intent, SIX, text="no, only 6")
    assert (talk.done, talk.top.asked, talk.top.quote) == (["action_ask"], "amount", None)
    assert talk.hear("deny", text="no").done == ["action_quote"]
    assert talk.top.values["amount"].said == Mention("share", "1/2")


def test_the_end_of_an_order_that_is_called_one_is_no_sum() -> None:
    talk = Talk().hear("open_claim", ORDER, DAMAGED)
    talk.hear("inform", {"entity": "order_tail", "value": "1280", "role": "named"})
    assert "action_quote" not in talk.done and "amount" not in talk.top.values


PRODUCT = {"entity": "product", "value": "led strips"}


@pytest.mark.parametrize("intent", ["inform", "deny", "nlu_fallback"])
def test_a_name_corrects_a_known_order_where_nothing_else_is_said(intent: str) -> None:
    talk = quoted().hear(intent, PRODUCT, text="no, the led strips")
    assert talk.done == ["action_find_order", "action_quote"]
    assert talk.top.values["order"].found == OTHER["value"]


def test_a_name_beside_an_answer_corrects_nothing() -> None:
    talk = Talk().hear("open_claim", ORDER).hear("item_problem", PRODUCT, DAMAGED)
    assert talk.top.values["order"].found == ORDER["value"]


def test_the_other_one_is_asked_for_also_when_nothing_is_open() -> None:
    talk = Talk(recent={"order": ORDER["value"]}).hear("inform", {"entity": "ordinal", "value": 0})
    assert (talk.done, talk.top.task, talk.top.asked) == (["action_ask"], "order_status", "order")
    assert talk.top.values["order"] == Value(was=Value(found=ORDER["value"]))
    talk = Talk(recent={"order": ORDER["value"]}).hear("request_refund", {"entity": "ordinal", "value": 0})
    assert (talk.done, talk.top.task) == (["action_ask"], "request_refund")


def test_an_order_is_found_by_the_words_of_the_request() -> None:
    text = "open a claim for the led strips, damaged"
    talk = Talk(recent={"order": ORDER["value"]}).hear("open_claim", DAMAGED, text=text)
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.values["order"].found, talk.top.asked) == (OTHER["value"], "amount")


def test_words_that_name_no_order_leave_the_one_that_was_talked_about() -> None:
    talk = Talk(recent={"order": ORDER["value"]}).hear("open_claim", DAMAGED, text="open a claim, dammit")
    assert talk.done == ["action_find_order", "action_ask"]
    assert talk.top.values["order"].found == ORDER["value"]


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback", "out_of_scope", "item_problem"])
def test_the_words_of_an_answer_are_tried_before_it_is_not_understood(intent: str) -> None:
    talk = Talk().hear("open_claim").hear(intent, text="those led strips you sold me")
    assert talk.done == ["action_find_order", "action_ask"]
    assert (talk.top.values["order"].found, talk.top.asked) == (OTHER["value"], "reason")
    talk = Talk().hear("open_claim").hear(intent, text="umbrellas of cherbourg")
    assert talk.done == ["action_find_order", "action_fallback", "action_ask_again"]
    assert (talk.top.values, talk.top.asked) == ({}, "order")


def test_words_alone_are_looked_up_or_not_understood() -> None:
    talk = Talk().hear("inform", text="the led strips you thieves")
    assert talk.done == ["action_find_order", "action_order_status"]
    talk = Talk().hear("inform", text="umbrellas of cherbourg")
    assert talk.done == ["action_find_order", "action_fallback"] and not talk.state.stack


def test_another_order_said_at_the_quote_is_found_and_quoted_anew() -> None:
    talk = quoted().hear("inform", OTHER, text="no, 20001234567890123")
    assert talk.done == ["action_find_order", "action_quote"]


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


CLAIM = {"entity": "claim_id", "value": "CLM-1001"}
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


def test_a_yes_whose_answer_got_lost_can_be_said_again() -> None:
    talk = quoted()
    talk.loses_the_answer = True
    talk.hear("affirm", text="yes")
    assert (talk.done, talk.top.phase, talk.top.quote) == (["action_confirm_quote"], Phase.QUOTED, "Q-1")
    talk.loses_the_answer = False
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]
    assert not talk.state.stack


@pytest.mark.parametrize("phase", Phase)
def test_a_turn_that_broke_off_in_any_phase_is_gone_on_with(phase: Phase) -> None:
    frame = frames.new(
        BOOK, "open_claim", values={"order": Value(found=ORDER["value"])}, doing="action_quote"
    )
    asked = "reason" if phase is Phase.ASKED else None
    quote = "Q-1" if phase in (Phase.QUOTED, Phase.DOING) else None
    talk = Talk(stack=(replace(frame, phase=phase, asked=asked, quote=quote),)).hear("refund_time")
    assert talk.done[1:] == ["action_ask" if not (asked or quote) else "action_ask_again"]


WITHDRAW = """
  withdraw:
    starts: [withdraw]
    needs: [claim]
    role: buyer
    deed: withdraw
    says: {shown: a.b, again: a.c, expired: a.d, done: a.e, already: a.f, cancelled: a.g}
    quote: action_quote
    then: action_confirm_quote
  answer:
"""


def test_a_new_deed_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Path("data/tasks.yml").read_text().replace("\n  answer:\n", WITHDRAW)
    monkeypatch.setitem(globals(), "BOOK", book.read(rows))
    talk = Talk().hear("withdraw", CLAIM)
    assert talk.done == ["action_find_claim", "action_quote"]
    assert (talk.top.deed, talk.top.role, talk.top.says and talk.top.says.done) == (
        "withdraw",
        "buyer",
        "a.e",
    )
    assert talk.hear("affirm", text="yes").done == ["action_confirm_quote"]


OLD = {
    "task": "open_claim",
    "values": {"order": {"said": {"entity": "order_id", "value": "TA-20931-7741"}, "is": "TA-20931-7741"}},
    "asked": "reason",
    "quote": None,
    "problem": None,
    "doing": None,
}


@pytest.mark.parametrize(
    "slot", [None, [], [OLD], [{}], {"task": 1}, "tasks", [{**OLD, "phase": "unheard of"}]]
)
def test_a_slot_of_another_version_is_read_or_dropped(slot: Any) -> None:
    talk = Talk(stack=frames.read(slot)).hear("affirm", text="yes").hear("open_claim", ORDER, DAMAGED, HALF)
    assert talk.done == ["action_find_order", "action_quote"]


def test_what_the_policy_does_not_know_in_a_frame_does_no_harm() -> None:
    (frame,) = frames.read([{**OLD, "phase": "asked", "mood": "good"}])
    assert (frame.asked, frame.values["order"].found) == ("reason", "TA-20931-7741")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tasks: {a: {starts: [x], then: act, colour: red}}\nvalues: {}", "unknown row colour"),
        ("tasks: {a: {starts: [x], then: act, needs: [y]}}\nvalues: {}", "y is no value"),
        (
            "tasks: {a: {starts: [x], then: act}, b: {starts: [x], then: act}}\nvalues: {}",
            "x begins two tasks",
        ),
        ("tasks: {a: {starts: [x]}}\nvalues: {}", "then"),
        ("tasks: {a: {starts: [x], then: act, role: king}}\nvalues: {}", "king is no role"),
        ("tasks: {a: {starts: [x], then: act, deed: x}}\nvalues: {}", "a has a deed, .* without the others"),
        ("tasks: {a: {starts: [x], then: act, says: {shown: x}}}\nvalues: {}", "a: .*again"),
        ("tasks: {a: {starts: [x], then: act, says: {colour: x}}}\nvalues: {}", "a: .*colour"),
    ],
)
def test_a_file_of_tasks_that_makes_no_sense_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(book.Unreadable, match=why):
        book.read(text)


def test_a_task_that_names_what_the_domain_lacks_is_refused() -> None:
    with pytest.raises(book.Unreadable, match="action_verdict"):
        book.check(
            BOOK,
            intents={*BOOK.starts, *BOOK.each, "complaint"},
            actions=set(BOOK.actions()) - {"action_verdict"},
            entities={kind for one in BOOK.values.values() for kind in (*one.entities, *one.hints)},
        )
