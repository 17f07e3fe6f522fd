"""Short messages in mid-conversation: what the trained model hears in them, and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.nlu.test_classifier import Parse, intents, load

pytestmark = pytest.mark.rasa
HEARD = {
    "request_refund": [
        "until when can I still claim",
        "what is my deadline",
        "when is the last day to claim",
        "is it too late to claim",
        "how long do I have to claim for the desk lamps",
        "until when",
        "until when exactly?",
        "how much?",
        "how much can I get",
        "till what date can i claim",
        "am i still allowed to claim",
        "what's the most you can give me",
    ],
    "what_if": ["if I wait until 3 December?", "what if I claim next week", "and if I wait two more weeks?"],
    "order_status": [
        "what happens if I do nothing?",
        "when was it shipped?",
        "is there a tracking number?",
        "did they ship it",
        "who is the supplier?",
        "how much is it",
        "where is TA-20944-1002",
        "where is 1002?",
        "where are my desk lamps?",
        "what happens if i ignore it",
        "when did it leave the warehouse",
        "has it shipped",
    ],
    "claim_status": [
        "is it open?",
        "is there a claim on my orders?",
        "a buyer opened a claim, what now",
        "how do I answer a claim",
        "any claims against us?",
        "respond to claim CLM-1001",
    ],
    "inform": [
        "why?",
        "why",
        "the other order",
        "I want more",
        "yes but why",
        "that seems risky",
        "more info",
    ],
    "stop": ["cancel the claim", "cancel it", "drop it", "no cancel", "please cancel", "stop the claim"],
    "ontime_guarantee": [
        "does TA-20944-1002 have the on-time guarantee?",
        "is 1002 covered by on time delivery",
    ],
    "ontime_credit": ["can i get the on-time credit for TA-20944-1002", "how much credit?"],
    "badge": ["how do I get the badge", "what is missing for my badge", "why do I not have the badge"],
    "refund_policy claim_status": [
        "who pays?",
        "who decides?",
        "how do I prove it?",
        "what happens if the supplier says nothing?",
        "what happens next?",
        "who makes the decision",
        "what if the seller keeps quiet",
        "how can i show the damage",
    ],
    "payment_safety payment_methods": ["am I protected if I pay by western union?", "paypal?", "crypto"],
    "inform capabilities": ["what now?", "i don't know", "not sure"],
    "inform refund_policy": ["can I add photos?", "what does that mean?"],
    "refund_policy out_of_scope nlu_fallback": ["can I appeal"],
}
OTHER_LANGUAGES = {
    "order_status": ["¿dónde está TA-20931-7741?", "7741在哪里", "estado de 7741"],
    "request_refund": ["退款7741", "quiero un reembolso", "最晚什么时候可以退"],
    "open_claim": ["abrir reclamación por la mitad"],
    "capabilities": ["no sé", "不知道"],
    "inform": ["¿por qué?", "为什么", "el otro", "另一个"],
    "refund_policy": ["quién paga", "谁决定"],
    "delivery_delay": ["mi pedido no ha llegado", "我的包裹还没到"],
    "item_problem": ["货坏了"],
    "stop": ["cancelar", "取消"],
    "greet": ["hola", "你好"],
}
NO_YES = [
    "why",
    "why?",
    "why not",
    "is that sure?",
    "are you sure?",
    "yes?",
    "ok?",
    "proceed?",
    "right?",
    "what do i confirm",
    "would that be ok?",
    "i guess",
    "fine, whatever",
    "sounds risky",
    "what am I saying yes to",
    "what happens if i say yes",
    "who pays?",
    "and what does it cost me",
    "correct?",
    "好吗？",
    "what would i be saying yes to",
    "but why not",
    "i suppose so",
]
YES = [
    "yes",
    "yes please",
    "ok",
    "yep",
    "sure",
    "go ahead",
    "do it",
    "i confirm",
    "yes, that is right",
    "yes open it",
    "是的",
    "sí",
]
NOT = {
    "goodbye": ["more details", "go", "go on", "until when", "until when exactly?"],
    "stop": ["as much as possible", "I want more"],
    "chitchat": ["what now?", "i don't know", "not sure"],
    "human_handoff": ["can I appeal", "a " * 5000],
    "what_if": ["what is my deadline", "until when can I still claim"],
}
SEVERAL = {
    "where is TA-20944-1002 and can I still get a refund for TA-20931-7741?": "order_status request_refund",
    "Where is 1002? And what is easy return? And open a claim for 7741 please": (
        "order_status easy_return open_claim"
    ),
    "can you refund 7741 and also 7714": "request_refund request_refund",
    "status of 7741, 7714 and 6650": "order_status order_status order_status",
    "TA-20931-7741 and TA-20931-7714, can I get my money back?": "request_refund request_refund",
}


@pytest.fixture(scope="module")
def parse(model_path: Path) -> Parse:
    return load(model_path)


@pytest.mark.parametrize(("text", "names"), [(text, names) for names, said in HEARD.items() for text in said])
def test_a_follow_up_is_heard_as_what_a_good_desk_would_answer(parse: Parse, text: str, names: str) -> None:
    assert parse(text)["intent"]["name"] in names.split()


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, said in OTHER_LANGUAGES.items() for text in said]
)
def test_spanish_and_chinese_are_heard_too(parse: Parse, text: str, name: str) -> None:
    assert parse(text)["intent"]["name"] == name


@pytest.mark.parametrize("text", NO_YES)
def test_a_question_or_a_shrug_is_no_yes(parse: Parse, text: str) -> None:
    assert parse(text)["intent"]["name"] != "affirm"


@pytest.mark.parametrize("text", YES)
def test_a_plain_yes_is_one(parse: Parse, text: str) -> None:
    assert parse(text)["intent"]["name"] == "affirm"


@pytest.mark.parametrize(("text", "name"), [(text, name) for name, said in NOT.items() for text in said])
def test_a_follow_up_ends_nothing_and_calls_nobody(parse: Parse, text: str, name: str) -> None:
    assert parse(text)["intent"]["name"] != name


@pytest.mark.parametrize(("text", "names"), SEVERAL.items())
def test_no_request_of_a_message_is_lost(parse: Parse, text: str, names: str) -> None:
    assert intents(parse(text)) == names.split()
