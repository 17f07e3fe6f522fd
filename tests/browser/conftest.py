"""A person at the page: what they see, say and press, by the names that a screen reader has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.desk import RunningDesk

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE_MS = 20_000


@dataclass
class Visit:
    """One browser profile at the desk's page, with all that went wrong or elsewhere on it."""

    page: Any
    url: str
    problems: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def go(self, path: str = "/") -> Visit:
        self.page.goto(self.url + path)
        return self

    def sign_in(self, name: str) -> Visit:
        self.page.get_by_role("button", name=name).first.click()
        self.field.wait_for()
        return self.ready()

    def ready(self) -> Visit:
        """Until what was said before is shown and the line stands."""
        self.page.locator("[role=log][aria-busy=false]").wait_for()
        return self

    @property
    def field(self) -> Any:
        return self.page.get_by_role("textbox", name="Write a message")

    @property
    def entries(self) -> Any:
        return self.page.locator("article.entry:not(.unsent)")

    def texts(self) -> list[str]:
        return [text.strip() for text in self.page.locator("article.entry .said").all_inner_texts()]

    def say(self, text: str) -> Visit:
        """Say it and wait until it is answered."""
        before = self.entries.count()
        self.field.fill(text)
        self.field.press("Enter")
        self.until(lambda: self.entries.count() >= before + 2 and not self.typing)
        return self

    def press(self, title: str) -> Visit:
        before = self.entries.count()
        self.page.get_by_role("button", name=title, exact=True).last.click()
        self.until(lambda: self.entries.count() >= before + 2 and not self.typing)
        return self

    @property
    def typing(self) -> bool:
        return bool(self.page.locator(".typing").count())

    def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_MS // 50):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"waited in vain; the page shows {self.texts()[-3:]}")

    def breaches(self) -> list[str]:
        """What axe finds on the page as it is, by WCAG 2.2 AA."""
        self.page.evaluate(AXE)
        asked = json.dumps({"runOnly": {"type": "tag", "values": TAGS}})
        found = self.page.evaluate(f"axe.run(document, {asked})")
        return [
            f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found["violations"]
        ]


Visits = Callable[..., Visit]


@pytest.fixture
def visits(browser: Any, desk: RunningDesk) -> Iterator[Visits]:
    """New visits, each in a profile of its own; none may end with an error or a request elsewhere."""
    made: list[tuple[Any, Visit]] = []

    def visit(**profile: Any) -> Visit:
        settings = {"locale": "en-US", "timezone_id": "Africa/Lagos", **profile}
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        one = Visit(context.new_page(), desk.url)
        _watch(one)
        made.append((context, one))
        return one

    yield visit
    for context, one in made:
        context.close()
        assert not one.problems
        assert not one.elsewhere


def _watch(visit: Visit) -> None:
    page, own = visit.page, visit.url.removeprefix("http")

    def heard(message: Any) -> None:
        lost = "WebSocket" in message.text or "ERR_" in message.text
        if message.type in ("error", "warning") and not lost:
            visit.problems.append(message.text)

    def asked(request: Any) -> None:
        if not request.url.startswith((f"http{own}", f"ws{own}", "data:")):
            visit.elsewhere.append(request.url)

    page.on("console", heard)
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.on("request", asked)
