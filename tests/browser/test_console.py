"""The console: who waits, what was said, what needs a person, and the demo's clock."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visits


def test_an_agent_reads_the_conversation_of_somebody_who_waits(visits: Visits) -> None:
    nadia = visits().go().sign_in("Nadia").say("let me talk to a human please")
    omar = visits().go("/console").page
    omar.get_by_role("button", name="Omar").click()
    omar.get_by_role("button", name="nadia").click()
    omar.get_by_text("let me talk to a human please").wait_for()
    omar.get_by_text("A person has been called").last.wait_for()
    nadia.press("Back to the assistant")
    omar.get_by_text("This conversation is not waiting any more.").wait_for()


def test_moving_the_clock_on_fires_what_falls_due_and_tells_people(visits: Visits) -> None:
    bruno = visits().go().sign_in("Bruno")
    mei = visits().go("/console").page
    mei.get_by_role("button", name="Mei").click()
    mei.get_by_label("Days").fill("1")
    mei.get_by_role("button", name="Move the clock on").click()
    mei.get_by_text("Done: all that fell due has happened.").wait_for()
    bruno.say("hello")


def test_a_supervisor_takes_a_task_and_calls_it_done_with_a_reason(visits: Visits) -> None:
    sara = visits().go("/console").page
    sara.get_by_role("button", name="Sara").click()
    task = sara.get_by_role("listitem").filter(has_text="PAY-TA-20931-7714-1")
    task.get_by_text("A transfer failed and must be made again").wait_for()
    ivo = visits().go("/console").page
    ivo.get_by_role("button", name="Ivo").click()
    task.get_by_role("button", name="Take it").click()
    task.get_by_text("You have taken it.").wait_for()
    ivo.get_by_text("sara has taken it.").wait_for()
    task.get_by_role("button", name="Done").click()
    task.get_by_label("What was done about it?").fill("The supplier gives us another account.")
    task.get_by_role("button", name="Done").click()
    task.wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_console(visits: Visits, scheme: str) -> None:
    nadia = visits().go().sign_in("Nadia").say("a person please")
    console = visits(color_scheme=scheme).go("/console")
    console.page.get_by_role("button", name="Sara").wait_for()
    assert console.breaches() == []
    console.page.get_by_role("button", name="Sara").click()
    console.page.get_by_role("button", name="nadia").click()
    console.page.get_by_text("A person has been called").last.wait_for()
    console.page.get_by_role("heading", name="Needs a person").wait_for()
    assert console.breaches() == []
    nadia.press("Back to the assistant")
