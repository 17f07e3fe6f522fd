"""The figures of `./assure evaluate`, counted by hand on a few messages."""

from __future__ import annotations

from tests.bench.evaluate import Judge, Labelled, Understood, understood

JUDGE = Judge(
    generic={
        "list_orders": "order_status",
        "open_claim": "request_refund",
        "greet": "greet",
        "what_if": "refund_policy",
    },
    starts={"list_orders": "list_orders", "open_claim": "open_claim"},
)


def row(gold: str, *also: str) -> Labelled:
    return Labelled(text="x", gold=gold, accepted=frozenset({gold, *also}))


def said(intent: str, *readings: str, declined: bool = False) -> Understood:
    return Understood(intent=intent, declined=declined, readings=readings)


def test_each_figure_counts_what_the_contract_says() -> None:
    rows = [
        row("order_status"),
        row("request_refund"),
        row("greet"),
        row("greet"),
        row("oos_far"),
        row("oos_near"),
    ]
    answers = [said("list_orders"), said("list_orders"), said("greet", declined=True), said("greet")]
    figures = JUDGE.figures(rows, [*answers, said("greet"), said("out_of_scope", declined=True)])
    assert (figures["n_in"], figures["n_far"], figures["n_near"]) == (4, 1, 1)
    assert (figures["answered_right"], figures["declined"], figures["accuracy"]) == (0.5, 0.25, 0.75)
    assert (figures["far_accepted"], figures["near_accepted"]) == (1, 0)
    assert figures["wrong_action"] == 0.25


def test_a_question_with_the_gold_among_its_readings_is_right_and_counted_as_asked() -> None:
    figures = JUDGE.figures([row("request_refund")], [said("what_if", "what_if", "open_claim")])
    assert (figures["answered_right"], figures["asked"], figures["wrong_action"]) == (1, 1, 0)


def test_an_accepted_answer_is_right_and_starts_no_wrong_task() -> None:
    figures = JUDGE.figures([row("greet", "order_status")], [said("list_orders")])
    assert (figures["answered_right"], figures["wrong_action"], figures["macro_f1"]) == (1, 0, 1)


def test_a_gold_of_the_assistants_own_is_compared_unmapped() -> None:
    assert JUDGE.is_right("list_orders", row("list_orders"))


def test_under_a_fallback_the_likeliest_intent_is_the_next_in_the_ranking() -> None:
    ranking = [{"name": "nlu_fallback", "confidence": 0.3}, {"name": "greet", "confidence": 0.2}]
    assert understood({"intent": ranking[0], "intent_ranking": ranking}) == said("greet", declined=True)


def test_out_of_scope_is_declined() -> None:
    assert understood({"intent": {"name": "out_of_scope", "confidence": 0.9}}).declined
