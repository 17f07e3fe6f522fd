"""One page, several people after each other: nothing of the one before is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.conftest import Visit, Visits

SECRETS = ("zebra one", "zebra two", "zebra three", "zebra draft", "TA-20931-7741 zebra")
# All that the page holds: text and fields in every shadow root, both storages, and what sockets are open.
HELD = """() => {
    const parts = [];
    const walk = (root) => {
        parts.push(root.textContent ?? "");
        for (const element of root.querySelectorAll("*")) {
            parts.push(...Array.from(element.attributes, ({ value }) => value));
            if ("value" in element) parts.push(String(element.value));
            if (element.shadowRoot) walk(element.shadowRoot);
        }
    };
    walk(document);
    for (const storage of [sessionStorage, localStorage]) parts.push(JSON.stringify({ ...storage }));
    return parts.join("\\n");
}"""
# Every socket with what it was told; while `cut` none can be opened.
LINES = """
    const Real = WebSocket;
    globalThis.lines = [];
    globalThis.cut = false;
    globalThis.WebSocket = class extends Real {
        told = [];
        constructor(url) { super(cut ? `${url}-cut` : url); lines.push(this); }
        send(data) { this.told.push(data); super.send(data); }
    };
"""


def held(visit: Visit) -> str:
    return str(visit.page.evaluate(HELD))


def assert_nothing_is_left(visit: Visit, *more: str) -> None:
    left = held(visit)
    assert not [secret for secret in (*SECRETS, *more) if secret in left]


def kept(visit: Visit) -> dict[str, str]:
    """Who is signed in in this tab."""
    known: dict[str, str] = json.loads(visit.page.evaluate("sessionStorage.getItem('assure.session')"))
    return known


def token_of(visit: Visit) -> str:
    return kept(visit)["token"]


def leave_traces(visit: Visit) -> Visit:
    """Something said and answered, three unsent and a draft, with the line cut for sockets alone."""
    visit.page.add_init_script(LINES)
    visit.go().sign_in("Alice").say("TA-20931-7741 zebra")
    visit.page.evaluate("cut = true; lines.forEach(line => line.close())")
    visit.page.get_by_text("No connection just now").wait_for()
    for text in SECRETS[:3]:
        visit.field.fill(text)
        visit.field.press("Enter")
    visit.field.fill("zebra draft")
    assert visit.page.locator(".unsent").count() == 3
    assert all(secret in held(visit) for secret in SECRETS)
    return visit


def open_lines(visit: Visit, token: str) -> list[Any]:
    """The sockets that have told this token and are not closed."""
    visit.page.wait_for_timeout(300)
    told = "lines.filter(line => line.told.some(frame => frame.includes(token)))"
    assert visit.page.evaluate(f"token => {told}.length", token) > 0
    is_open = f"token => {told}.map(line => line.readyState).filter(state => state < WebSocket.CLOSING)"
    return list(visit.page.evaluate(is_open, token))


def choose(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name="Close").click()
    visit.page.get_by_role("button", name=name).first.click()


@pytest.mark.parametrize("name", ["Bruno", "A visitor"])
def test_nothing_of_the_one_before_is_left_when_another_signs_in_or_one_signs_out(
    visits: Visits, name: str
) -> None:
    visit = leave_traces(visits())
    token = token_of(visit)
    choose(visit, name)
    visit.field.wait_for()
    assert_nothing_is_left(visit, token)
    visit.page.evaluate("cut = false; document.querySelector('assure-widget').transport.wake()")
    visit.ready()
    assert visit.field.input_value() == ""
    visit.field.press("Control+z")
    assert_nothing_is_left(visit, token)
    assert visit.page.locator(".badge, .unsent, .typing, .line").count() == 0
    assert open_lines(visit, token) == []
    visit.say("hello")
    visit.page.reload()
    visit.page.get_by_role("button", name="Talk to us").click()
    visit.ready()
    assert_nothing_is_left(visit, token)


def test_nothing_is_shown_of_the_one_before_while_the_next_is_still_signed_in(visits: Visits) -> None:
    """The answer to the sign-in takes its time, and the first one's line stands until then."""
    visit = visits()
    visit.page.add_init_script(LINES)
    visit.go().sign_in("Alice").say("TA-20931-7741 zebra")
    visit.field.fill("zebra draft")
    token, waiting = token_of(visit), list[Any]()
    visit.page.route("**/api/demo/sign-in", lambda route: waiting.append(route))
    choose(visit, "Bruno")
    visit.until(lambda: bool(waiting))
    assert_nothing_is_left(visit, token)
    assert open_lines(visit, token) == []
    waiting[0].continue_()
    visit.field.wait_for()
    visit.ready()
    assert_nothing_is_left(visit, token)


def test_of_two_sign_ins_the_one_chosen_last_counts(visits: Visits) -> None:
    """Also when the answer to the first one comes last."""
    visit = visits().go()
    visit.page.get_by_role("button", name="Talk to us").wait_for()
    waiting: list[Any] = []
    visit.page.route("**/api/demo/sign-in", lambda route: waiting.append(route))
    visit.page.get_by_role("button", name="Alice").first.click()
    visit.page.get_by_role("button", name="Bruno").first.click()
    visit.until(lambda: len(waiting) == 2)
    waiting[1].continue_()
    visit.field.wait_for()
    visit.ready()
    waiting[0].continue_()
    visit.page.wait_for_timeout(500)
    assert kept(visit)["person"] == "bruno"
    assert visit.page.get_by_role("button", name="Bruno").first.get_attribute("aria-pressed") == "true"


def test_a_token_of_somebody_else_ends_what_was_the_first_ones(visits: Visits) -> None:
    """The page around may not say that another has signed in: then the token does."""
    visit = leave_traces(visits())
    token = token_of(visit)
    visit.page.evaluate(
        """async () => {
            const body = JSON.stringify({ person: "bruno" });
            const answer = await fetch("/api/demo/sign-in", { method: "POST", body });
            sessionStorage.setItem("assure.session", await answer.text());
            cut = false;
            document.querySelector("assure-widget").transport.wake();
        }"""
    )
    visit.ready()
    assert_nothing_is_left(visit, token)
    assert open_lines(visit, token) == []
    sent = "lines.flatMap(line => line.told).filter(frame => frame.includes('zebra'))"
    assert len(visit.page.evaluate(sent)) == 1


def test_an_agent_who_signs_out_leaves_nothing_on_the_console(visits: Visits) -> None:
    """Also when the answer to a look at the queue comes only then."""
    nadia = visits().go().sign_in("Nadia").say("a person please, zebra one")
    omar = visits().go("/console")
    omar.page.get_by_role("button", name="Omar").click()
    omar.page.get_by_role("button", name="nadia").click()
    omar.page.get_by_text("zebra one").wait_for()
    waiting: list[Any] = []
    omar.page.route("**/api/console/**", lambda route: waiting.append(route))
    omar.until(lambda: bool(waiting))
    omar.page.get_by_role("button", name="Sign out").click()
    for each in waiting:
        each.continue_()
    omar.page.wait_for_timeout(500)
    assert_nothing_is_left(omar, "nadia", "omar")
    omar.page.unroute("**/api/console/**")
    omar.page.get_by_role("button", name="Sara").click()
    omar.page.get_by_role("button", name="nadia").wait_for()
    assert_nothing_is_left(omar)
    nadia.press("Back to the assistant")
