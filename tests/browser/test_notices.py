"""A notice in the widget: what it says, and its buttons, while the desk's clock moves on."""

from __future__ import annotations

import json
import urllib.request
from uuid import uuid4

from tests.browser.conftest import Visits
from tests.desk import RunningDesk


def advance(desk: RunningDesk, days: int) -> None:
    """As the console's button does."""
    headers = {"Authorization": f"Bearer {desk.token('sara', audience='escrow')}"}
    headers |= {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    url = f"{desk.url_of('escrow')}/v1/demo/advance"
    body = json.dumps({"days": days}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
        assert answer.status == 200


def test_a_notice_has_its_sum_and_its_day_and_a_button_that_begins_the_task(
    visits: Visits, desk: RunningDesk
) -> None:
    alice = visits().go().sign_in("Alice").say("where is 7741")
    advance(desk, 4)
    # Beside it, that other money goes soon is told with the same button.
    told = "US$1,280.00 for order TA-20931-7741 goes to the supplier now"
    button = alice.page.locator("article.entry", has_text=told).get_by_role("button", name="Open a claim")
    button.wait_for()
    alice.say("thanks")
    assert button.is_enabled()
    button.click()
    alice.until(lambda: any("What went wrong with order TA-20931-7741?" in text for text in alice.texts()))
    assert button.is_disabled()
    assert alice.breaches() == []
    alice.page.reload()
    alice.page.get_by_role("button", name="Talk to us").click()
    alice.ready()
    assert button.is_disabled()
