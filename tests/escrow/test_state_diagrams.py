"""The page of state diagrams says what the tables say."""

from __future__ import annotations

from escrow.machines import diagram
from escrow.machines.order import ORDER


def test_the_page_is_made_from_the_tables_as_they_are() -> None:
    """Where this fails: `python -m escrow.machines.diagram`."""
    assert diagram.PAGE.read_text("utf-8") == diagram.page()


def test_every_step_is_an_arrow_and_every_state_is_on_the_page() -> None:
    page = diagram.page()
    steps = [step for machine in diagram.TITLES.values() for step in machine.steps]
    assert page.count(" --> ") == len(steps) + sum(len(each.final) for each in diagram.TITLES.values())
    assert all(f" --> {step.to}: {step.event} " in page for step in steps)
    assert all(f"    {state} --> [*]" in page for state in ORDER.final)


def test_an_arrow_names_who_or_which_clock_and_under_which_condition() -> None:
    page = diagram.page()
    for arrow in (
        "[*] --> awaiting_payment: make by marketplace",
        "[*] --> pending: make by buyer or marketplace or supervisor or supplier or timer",
        "pending --> settled: settled by executor",
        "awaiting_payment --> cancelled: pay_time_ended when pay ends",
        "delivered --> delivered: silence when silent_release or after_claim ends, has claim",
        "| `delivered` | `buyer` | `confirm_receipt` | `silent_release from the notice to the buyer` |",
        "| `releasing` | `platform` | `pay_out` | – | `supervisor_alarm` |",
    ):
        assert arrow in page
