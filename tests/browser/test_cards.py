"""What a card shows of an order, by the facts that are there: parts, places, shipments, both moments."""

from __future__ import annotations

from typing import Any

import pytest

from tests import samples
from tests.browser.conftest import Visit, Visits

NOW = "2026-11-20T09:00:00Z"
DRAWN = """async ({ card, facts, now }) => {
    const { LitElement } = await import("/web/vendor/lit.js");
    const { card: draw } = await import("/web/shared/cards.js");
    const { Format } = await import("/web/shared/format.js");
    const { Words } = await import("/web/shared/words.js");
    const { say, language, decimals } = await Words.load(location.origin, "en-US");
    const format = new Format({ language, locale: "en-US", tz: "Africa/Lagos", decimals });
    const tools = { say, format, now: Date.parse(now) };
    const name = `card-${crypto.randomUUID()}`;
    customElements.define(name, class extends LitElement { render = () => draw({ card, facts }, tools) });
    const shown = document.createElement(name);
    const place = document.body.appendChild(document.createElement("section"));
    place.ariaLabel = "A card";
    place.append(shown);
    await shown.updateComplete;
    return shown.shadowRoot.innerHTML.replace(/<[^>]+>/g, " ").replace(/\\s+/g, " ");
}"""
DOLLARS = {"currency": "USD"}
PAID = {"minor": 128000, **DOLLARS}
NOTHING = {"minor": 0, **DOLLARS}
AIR = {"id": "S-1", "lines": [{"line": 1, "quantity": 25}], "source": "carrier", "carrier": "DHL"}
AIR |= {"tracking": "JD014", "shipped_at": samples.MADE, "delivered_at": NOW, "delivered_by": "carrier"}
SEA = AIR | {"id": "S-2", "lines": [{"line": 1, "quantity": 15}], "carrier": None, "tracking": None}
SEA |= {"delivered_at": None, "delivered_by": None}


@pytest.fixture(scope="module")
def drawn(browser: Any, desk: Any) -> Any:
    """`drawn(card, facts)`: the card's text as a person reads it."""
    context = browser.new_context(locale="en-US", timezone_id="Africa/Lagos")
    visit = Visit(context.new_page(), desk.url).go()

    def text(card: str, facts: dict[str, Any]) -> str:
        shown: str = visit.page.evaluate(DRAWN, {"card": card, "facts": facts, "now": NOW})
        return shown

    yield text
    context.close()


def order(**changed: Any) -> dict[str, Any]:
    return samples.ORDER | {"shipments": []} | changed


def test_an_order_names_when_its_money_goes_and_until_when_a_claim_is_possible(drawn: Any) -> None:
    shown = drawn("order", order(release_at="2026-11-29T19:54:00Z"))
    assert "Goes to the supplier Sun 29 Nov, 20:54" in shown
    assert "Claim until 23:59 Shanghai time, Fri, 11 Dec 2026" in shown


def test_a_date_that_is_due_next_is_not_shown_twice(drawn: Any) -> None:
    wait = samples.ORDER["next"] | {"by": "2026-11-29T19:54:00Z", "by_zone": None}
    shown = drawn("order", order(release_at="2026-11-29T19:54:00Z", next=wait))
    assert shown.count("29 Nov") == 1 and "Next date" not in shown


def test_before_the_delivery_it_says_from_what_the_days_count(drawn: Any) -> None:
    before = order(delivered_at=None, release_at=None, claim_until=None)
    assert "Time for a claim 30 days from the delivery at Shenzhen" in drawn("order", before)
    assert "Time for a claim 30 days from the delivery" in drawn("order", before | {"place": None})
    assert "Delivered means at FOB Shenzhen" in drawn("order", before)


def test_an_order_in_two_parts_shows_them_until_all_is_paid(drawn: Any) -> None:
    money = samples.ORDER["money"]
    part = money | {"paid": {"minor": 30000, **DOLLARS}, "held": {"minor": 30000, **DOLLARS}}
    shown = drawn("order", order(money=part))
    assert "Deposit US$300.00" in shown and "Paid so far US$300.00" in shown
    assert "Balance US$980.00 Fri 11 Dec, 17:00" in shown
    assert "Paid so far" not in drawn("order", order(money=money | {"paid": NOTHING, "held": NOTHING}))
    assert "Deposit" not in drawn("order", order(money=money | {"paid": PAID}))


def test_each_shipment_shows_what_is_in_it_and_how_far_it_is(drawn: Any) -> None:
    shown = drawn("order", order(shipments=[AIR, SEA]))
    assert "25 × Desk lamps DHL JD014 arrived on Fri 20 Nov" in shown
    assert "15 × Desk lamps left on Sun 1 Nov" in shown


def test_a_verdict_shows_its_days_and_from_which_day_they_count(drawn: Any) -> None:
    assert "Counted 30 days from the delivery on Sun 1 Nov" in drawn("verdict", samples.VERDICT)


def test_a_verdict_on_what_has_not_come_shows_no_day_that_ends_it(drawn: Any) -> None:
    before = samples.VERDICT | {"facts": samples.VERDICT["facts"] | {"delivered_at": None}}
    late = drawn("verdict", before | {"deadline": None, "deadline_zone": None})
    assert "Until as long as it has not arrived" in late and "Counted" not in late
    waits = drawn("verdict", before | {"eligible": False, "what_next": "wait_until", "payer": None})
    assert "Possible after 23:59 Shanghai time" in waits
    assert "Until" not in waits and "Counted" not in waits


def test_cards_with_all_of_it_are_readable_for_everybody(visits: Visits) -> None:
    page = visits().go()
    page.page.evaluate(DRAWN, {"card": "order", "facts": order(shipments=[AIR, SEA]), "now": NOW})
    page.page.get_by_role("button", name="Talk to us").wait_for()
    assert page.breaches() == []


@pytest.mark.parametrize(
    ("effect", "preview", "shown"),
    [
        ({}, {}, "TA-1 A yes counts until"),
        ({"amount": PAID, "held": NOTHING}, {}, "Amount US$1,280.00 A yes counts until"),
        (
            {"held": PAID, "extension_days": 15},
            {"release_at": "2026-11-29T19:54:00Z"},
            "In escrow US$1,280.00 Goes to the supplier Sun 29 Nov, 20:54 A yes counts until",
        ),
        ({"held": PAID}, {"receipt_at": "2026-11-29T19:54:00Z"}, "Counts as received Sun 29 Nov, 20:54"),
    ],
)
def test_a_quote_shows_what_it_moves_and_nothing_that_is_not_there(
    drawn: Any, effect: dict[str, Any], preview: dict[str, Any], shown: str
) -> None:
    quote = {"quote_id": "Q-1", "order": "TA-1", "effect": effect, "preview": preview, "expires_at": NOW}
    assert shown in drawn("quote", quote)
