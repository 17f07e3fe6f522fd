"""The widget as a stranger meets it, in a real browser against a whole running desk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Visits

LAMPS = "my goods arrived broken, order TA-20931-7741, can i still get money back?"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_stranger_gets_from_the_page_to_an_open_claim(visits: Visits) -> None:
    alice = visits().go().sign_in("Alice")
    assert "automatic assistant" in alice.texts()[0]
    alice.say(LAMPS)
    assert re.search(r"until 23:59 (Lagos|Shanghai) time, \w+ \d+ \w+", alice.texts()[-1])
    alice.say("open a claim for half of it")
    assert "US$640.00" in alice.texts()[-1]
    alice.press("Confirm")
    assert re.search(r"claim CLM-\d+ on order TA-20931-7741 is open", alice.texts()[-1])


def test_confirm_pressed_twice_makes_one_claim(visits: Visits) -> None:
    chen = visits().go().sign_in("Chen")
    chen.say("open a claim on TA-40015-2311, it arrived damaged, all of it")
    button = chen.page.get_by_role("button", name="Confirm", exact=True).last
    button.evaluate("button => { button.click(); button.click(); }")
    chen.until(lambda: any("Done: claim" in text for text in chen.texts()) and not chen.typing)
    chen.page.wait_for_timeout(500)
    assert len([text for text in chen.texts() if text.startswith("Done: claim")]) == 1
    assert button.is_disabled()


def test_a_reload_shows_the_same_conversation_once(visits: Visits) -> None:
    bruno = visits().go().sign_in("Bruno").say("status of TA-31200-0450")
    before = bruno.texts()
    bruno.page.reload()
    bruno.page.get_by_role("button", name="Talk to us").click()
    bruno.ready()
    assert bruno.texts() == before


def test_what_is_said_without_a_line_is_sent_once_when_it_is_back(visits: Visits) -> None:
    bruno = visits().go().sign_in("Tunde").say("hello")
    before = bruno.entries.count()
    bruno.page.context.set_offline(True)
    bruno.page.get_by_text("No connection just now").wait_for()
    for text in ("thanks", "what can you do?"):
        bruno.field.fill(text)
        bruno.field.press("Enter")
    assert bruno.page.locator(".unsent").count() == 2
    bruno.page.context.set_offline(False)
    bruno.until(lambda: bruno.entries.count() >= before + 4 and not bruno.typing)
    assert bruno.page.locator(".unsent").count() == 0
    assert [text for text in bruno.texts() if text in ("thanks", "what can you do?")] == [
        "thanks",
        "what can you do?",
    ]


class Wire:
    """The page's WebSocket to the real desk: `sends` is what the page has sent, `spoil` can change it."""

    def __init__(self, page: Any) -> None:
        self.sends: list[dict[str, Any]] = []
        self.spoil: Callable[[dict[str, Any]], dict[str, Any]] = lambda frame: frame
        page.route_web_socket(re.compile("/ws$"), self._open)

    def _open(self, line: Any) -> None:
        desk = line.connect_to_server()

        def pass_on(message: str) -> None:
            frame = json.loads(message)
            if frame["frame"] == "send":
                self.sends.append(frame)
                frame = self.spoil(frame)
            desk.send(json.dumps(frame))

        line.on_message(pass_on)


def test_what_the_desk_refuses_is_not_sent_again_and_can_be_changed(visits: Visits) -> None:
    visit = visits()
    wire = Wire(visit.page)
    tunde = visit.go().sign_in("Tunde")
    wire.spoil = lambda frame: {**frame, "text": 5}
    tunde.field.fill("what can you dooo?")
    tunde.field.press("Enter")
    tunde.page.get_by_text("That could not be sent.").wait_for()
    tunde.page.get_by_text("Not sent").wait_for()
    wire.spoil = lambda frame: frame
    tunde.page.context.set_offline(True)
    tunde.page.get_by_text("No connection just now").wait_for()
    tunde.page.context.set_offline(False)
    tunde.ready()
    tunde.page.reload()
    tunde.page.get_by_role("button", name="Talk to us").click()
    tunde.ready().say("thanks")
    assert [frame["text"] for frame in wire.sends] == ["what can you dooo?", "thanks"]
    assert tunde.page.get_by_role("button", name="Send again").count() == 0
    tunde.field.fill("and the draft")
    tunde.page.get_by_role("button", name="Change").click()
    assert tunde.field.input_value() == "what can you dooo?\nand the draft"
    assert tunde.page.locator(".unsent").count() == 0
    tunde.say("what can you do?")
    assert "what can you do?" in tunde.texts()


def test_a_refusal_that_names_nothing_ends_the_trying_too(visits: Visits) -> None:
    visit = visits()
    wire = Wire(visit.page)
    tunde = visit.go().sign_in("Tunde")
    wire.spoil = lambda frame: {"frame": "sent"}
    tunde.field.fill("hello there")
    tunde.field.press("Enter")
    tunde.page.get_by_text("Not sent").wait_for()
    wire.spoil = lambda frame: frame
    tunde.say("thanks")
    assert [frame["text"] for frame in wire.sends] == ["hello there", "thanks"]
    tunde.page.get_by_role("button", name="Remove").click()


@pytest.mark.parametrize("unit", ["x", "\U0001f600"])
def test_what_is_too_long_is_kept_and_never_sent(visits: Visits, unit: str) -> None:
    visit = visits()
    wire = Wire(visit.page)
    tunde = visit.go().sign_in("Tunde")
    tunde.field.evaluate("(field, text) => { field.value = text }", unit * 10_001)
    tunde.field.press("Enter")
    tunde.page.get_by_text("Too long: please send it in shorter pieces.").wait_for()
    assert not wire.sends
    tunde.page.get_by_role("button", name="Change").click()
    assert tunde.field.input_value() == unit * 10_001


@pytest.mark.parametrize("has_own", [True, False])
def test_half_of_a_surrogate_pair_is_made_whole_before_it_is_sent(visits: Visits, has_own: bool) -> None:
    """A browser may have no way of its own for it."""
    visit = visits()
    if not has_own:
        visit.page.add_init_script("delete String.prototype.toWellFormed")
    wire = Wire(visit.page)
    tunde = visit.go().sign_in("Tunde")
    tunde.field.evaluate("field => { field.value = 'thanks \\ud83d and \\udc00 \\ud83d\\ude00' }")
    tunde.field.press("Enter")
    tunde.until(lambda: bool(wire.sends) and not tunde.page.locator(".unsent").count())
    assert [frame["text"] for frame in wire.sends] == ["thanks \ufffd and \ufffd \U0001f600"]
    assert "thanks \ufffd and \ufffd \U0001f600" in tunde.texts()


def test_waiting_for_a_person_can_be_taken_back(visits: Visits) -> None:
    nordholm = visits().go().sign_in("Nordholm").say("a person please")
    nordholm.page.get_by_text("Waiting for a person", exact=True).wait_for()
    nordholm.field.fill("are you there?")
    nordholm.field.press("Enter")
    nordholm.press("Back to the assistant")
    nordholm.page.get_by_text("Automatic assistant", exact=True).wait_for()
    assert "You are with the assistant again" in nordholm.texts()[-1]


def test_a_visitor_gets_general_answers_and_is_asked_to_sign_in_for_orders(visits: Visits) -> None:
    visitor = visits().go()
    visitor.page.get_by_role("button", name="Talk to us").click()
    visitor.ready().say("is it safe to pay outside the platform?")
    assert "not protected" in visitor.texts()[-1]
    visitor.say("where is order TA-20931-7741?")
    assert "sign in" in visitor.texts()[-1]


def test_signing_in_as_another_shows_nothing_of_the_one_before(visits: Visits) -> None:
    page = visits().go().sign_in("Alice").say("list my orders")
    assert any("TA-20931-7741" in text for text in page.texts())
    page.page.get_by_role("button", name="Close").click()
    page.sign_in("Nadia")
    assert not any("TA-20931" in text for text in page.texts())


def test_everything_can_be_done_by_keyboard_and_focus_comes_back(visits: Visits) -> None:
    page = visits().go().page
    page.get_by_role("button", name="Nadia").focus()
    page.keyboard.press("Enter")
    page.locator("[role=log][aria-busy=false]").wait_for()
    page.keyboard.type("what can you do?")
    page.keyboard.press("Enter")
    page.get_by_text("This is what I can do").wait_for()
    page.keyboard.press("Escape")
    focused = "document.querySelector('assure-widget').shadowRoot.activeElement.className"
    assert page.evaluate(focused) == "launcher"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_on_the_page_and_in_the_widget(visits: Visits, scheme: str, size: str) -> None:
    page = visits(color_scheme=scheme, **(PHONE if size == "phone" else {})).go()
    page.page.get_by_role("button", name="Talk to us").wait_for()
    assert page.breaches() == []
    page.sign_in("Chen").say("status of TA-40015-2311").say("a person please")
    assert page.breaches() == []
    page.press("Back to the assistant")


def test_nothing_is_wider_than_a_phone(visits: Visits) -> None:
    page = visits(**PHONE).go().sign_in("Alice").say("list my orders").say("مرحبا \u202eabc\u202c 🙂")
    for width in (390, 320):
        page.page.set_viewport_size({"width": width, "height": 700})
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        log = page.page.get_by_role("log")
        assert log.evaluate("log => log.scrollWidth <= log.clientWidth")


def test_the_log_follows_what_is_new_and_lets_people_read_further_up(visits: Visits) -> None:
    page = visits(**PHONE).go().sign_in("Alice")
    log, newest = page.page.get_by_role("log"), page.page.get_by_role("button", name="Newest messages")
    is_at_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
    for text in ("list my orders", "status of TA-20931-7741", "where is TA-20944-1002?"):
        page.say(text)
        page.until(lambda: bool(log.evaluate(is_at_end)))
        assert newest.count() == 0
    width = log.bounding_box()["width"]
    log.evaluate("log => log.scrollTo(0, 40)")
    newest.wait_for()
    assert log.bounding_box()["width"] == width
    newest.click()
    page.until(lambda: bool(log.evaluate(is_at_end)) and newest.count() == 0)


def test_markup_that_a_person_types_stays_text(visits: Visits) -> None:
    page = visits().go().sign_in("Nadia").say("<img src=x onerror=alert(1)> <b>bold</b>")
    assert "<img src=x onerror=alert(1)> <b>bold</b>" in page.texts()
    assert page.page.locator("assure-widget img").count() == 0


def test_an_address_in_what_the_desk_says_is_no_link(visits: Visits) -> None:
    page = visits().go().page
    text, links = page.evaluate(
        """async (text) => {
            const { LitElement } = await import("/web/vendor/lit.js");
            const { prose } = await import("/web/shared/text.js");
            customElements.define("said-here", class extends LitElement { render = () => prose(text) });
            const said = document.body.appendChild(document.createElement("said-here"));
            await said.updateComplete;
            const { textContent } = said.shadowRoot;
            return [textContent, said.shadowRoot.querySelectorAll("a").length];
        }""",
        "Order TA-20931-7741, 2 × lamps of https://elsewhere.example/pay",
    )
    assert (text.strip(), links) == ("Order TA-20931-7741, 2 × lamps of https://elsewhere.example/pay", 0)


def test_somebody_who_has_no_conversation_here_is_told_once_and_asks_no_more(visits: Visits) -> None:
    visit, asked = visits().go(), list[Any]()
    visit.page.on("websocket", lambda line: line.on("framesent", lambda frame: asked.append(frame)))
    visit.page.evaluate(
        """async () => {
            const body = JSON.stringify({ person: "omar" });
            const answer = await fetch("/api/demo/sign-in", { method: "POST", body });
            sessionStorage.setItem("assure.session", await answer.text());
        }"""
    )
    visit.page.reload()
    visit.page.get_by_role("button", name="Talk to us").click()
    visit.page.get_by_text("Please sign in again.").wait_for()
    visit.page.wait_for_timeout(300)
    assert len([frame for frame in asked if '"token"' in frame]) == 1


def test_money_has_the_decimals_by_which_it_is_counted(visits: Visits) -> None:
    """Browsers know how a currency is usually shown, which is not always what its minor unit is."""
    minor = {"USD": 128000, "RSD": 128000, "IQD": 128005, "JPY": 480000, "KWD": 1250500}
    shown = (
        visits()
        .go()
        .page.evaluate(
            """async (minor) => {
            const { Format } = await import("/web/shared/format.js");
            const { Words } = await import("/web/shared/words.js");
            const { language, decimals } = await Words.load(location.origin, "en-US");
            const format = new Format({ language, locale: "en-US", tz: "UTC", decimals });
            return Object.entries(minor).map(([currency, n]) => format.money({ minor: n, currency }));
        }""",
            minor,
        )
    )
    assert [text.replace("\u00a0", " ") for text in shown] == [
        "US$1,280.00",
        "RSD 1,280.00",
        "IQD 128.005",
        "¥480,000",
        "KWD 1,250.500",
    ]
