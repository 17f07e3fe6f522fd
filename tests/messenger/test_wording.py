"""Keys and facts become sentences; what is missing never becomes a placeholder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from messenger.wording import MissingWords, Voice, Words

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OWN = """
t: "{template}"
frame: {{day: "EEEE d MMMM", day_with_year: "EEEE d MMMM y", when: "{{day}}, {{time}}",
  until: "{{time}} {{place}} time, {{day}}"}}
state: {{paid: "paid {{x}}", none: "", true: "yes it is"}}
line: "· {{id}}"
trouble: {{words: "No words."}}
"""


def say(template: str, facts: dict[str, Any], tz: str = "Africa/Lagos", folder: Path = Path()) -> str:
    return words(template, folder).render("t", facts, Voice("en", "en", tz, NOW))


def words(template: str, folder: Path) -> Words:
    (folder / "en.yml").write_text(OWN.format(template=template))
    return Words(folder)


@pytest.mark.parametrize(
    ("template", "facts", "said"),
    [
        ("{x}", {"x": {"minor": 128000, "currency": "USD"}}, "US$1,280.00"),
        ("{x}", {"x": {"minor": 480000, "currency": "JPY"}}, "¥480,000"),
        ("{x}", {"x": {"minor": 1250500, "currency": "KWD"}}, "KWD 1,250.500"),
        ("{x}", {"x": {"minor": 128000, "currency": "RSD"}}, "RSD 1,280.00"),
        ("{x}", {"x": {"minor": 128005, "currency": "IQD"}}, "IQD 128.005"),
        ("{x}", {"x": {"minor": -5, "currency": "USD"}}, "-US$0.05"),
        ("{x}", {"x": {"minor": 500, "currency": "CAD"}}, "CA$5.00"),
        ("{x}", {"x": {"minor": 500, "currency": "SGD"}}, "SGD 5.00"),
        ("{x:money}", {"x": {"minor": 500, "currency": "EUR"}}, "€5.00"),
        ("{x.held}", {"x": {"held": {"minor": 1, "currency": "USD"}}}, "US$0.01"),
        ("{x}", {"x": 12345}, "12,345"),
        ("{x}", {"x": "TA-20931-7741 {x} <b>"}, "TA-20931-7741 {x} <b>"),
        ("{x:percent}", {"x": 10}, "10%"),
        ("{x:percent}", {"x": "1/8"}, "12.5%"),
        ("{n} {n:plural:day|days}", {"n": 1}, "1 day"),
        ("{n} {n:plural:day|days}", {"n": 0}, "0 days"),
        ("{n} {n:plural:day|days}", {"n": 2}, "2 days"),
        ("{x:word:state}", {"x": "paid"}, "paid paid"),
        ("{x:word:state}", {"x": True}, "yes it is"),
        ("{x:word:state}", {"x": None}, ""),
        ("{items:each:line}", {"items": [{"id": "a"}, {"id": "b"}]}, "· a\n· b"),
        ("{items:list:line}", {"items": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}, "· a, · b, and · c"),
        ("{items:list:line}", {"items": [{"id": "a"}]}, "· a"),
        (
            "{x:until}",
            {"x": {"at": "2026-12-11T16:00:00Z", "zone": "Asia/Shanghai"}},
            "23:59 Shanghai time, Friday 11 December",
        ),
        ("{x:until}", {"x": {"at": "2026-12-11T16:00:00Z", "zone": None}}, "Friday 11 December, 17:00"),
    ],
)
def test_facts_are_shown_as_their_kind(
    tmp_path: Path, template: str, facts: dict[str, Any], said: str
) -> None:
    assert say(template, facts, folder=tmp_path) == said


@pytest.mark.parametrize(
    ("template", "x", "tz", "said"),
    [
        ("{x:day}", "2026-12-11T15:59:00Z", "Africa/Lagos", "Friday 11 December"),
        ("{x:day}", "2026-12-11T23:30:00Z", "Africa/Lagos", "Saturday 12 December"),
        ("{x:day}", "2026-12-11T02:00:00Z", "America/Los_Angeles", "Thursday 10 December"),
        ("{x:day}", "2026-12-11", "America/Los_Angeles", "Friday 11 December"),
        ("{x:day}", "2027-01-02T09:00:00Z", "UTC", "Saturday 2 January 2027"),
        ("{x:day}", "2026-12-31T23:30:00Z", "Asia/Shanghai", "Friday 1 January 2027"),
        ("{x:when}", "2026-12-11T13:30:00Z", "Africa/Lagos", "Friday 11 December, 14:30"),
        ("{x:until}", "2026-12-11T16:00:00Z", "Africa/Lagos", "23:59 Shanghai time, Friday 11 December"),
    ],
)
def test_instants_are_shown_in_the_persons_zone_and_deadlines_in_their_own(
    tmp_path: Path, template: str, x: str, tz: str, said: str
) -> None:
    assert say(template, {"x": x, "x_zone": "Asia/Shanghai"}, tz, tmp_path) == said


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("{x}", {}),
        ("{x}", {"x": None}),
        ("{x}", {"x": 0.5}),
        ("{x}", {"x": ["a"]}),
        ("{x.y}", {"x": "text"}),
        ("{x.__class__}", {"x": "text"}),
        ("{x}", {"x": {"minor": 1}}),
        ("{x}", {"x": {"minor": 1, "currency": "ZZZ"}}),
        ("{x}", {"x": {"minor": 1, "currency": "XAU"}}),
        ("{x:day}", {"x": "soon"}),
        ("{x:until}", {"x": "2026-12-11T16:00:00Z"}),
        ("{x:until}", {"x": {"at": "2026-12-11T16:00:00Z"}}),
        ("{items:list:line}", {"items": [{"number": "a"}]}),
        ("{x:word:state}", {"x": "unknown"}),
        ("{x:bold}", {"x": "a"}),
        ("{n:plural:day}", {"n": 1}),
    ],
)
def test_a_missing_or_unfit_fact_is_an_error_and_for_the_person_a_plain_sentence(
    tmp_path: Path, template: str, facts: dict[str, Any]
) -> None:
    voice = Voice("en", "en", "UTC", NOW)
    own = words(template, tmp_path)
    with pytest.raises(MissingWords):
        own.render("t", facts, voice)
    assert own.say("t", facts, voice) == "No words."
    assert own.say("no.such.key", {}, voice) == "No words."


def test_lines_that_come_out_blank_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text('t: ["one", "{x:word:state}", "two"]\nstate: {none: ""}')
    assert Words(tmp_path).render("t", {"x": None}, Voice("en", "en", "UTC", NOW)) == "one\ntwo"


def test_the_words_that_messenger_says_by_itself_are_there() -> None:
    voice = Voice("en", "en", "UTC", NOW)
    keys = ["greeting.hello", "greeting.visitor", "owner.bot", "card_masked", "language.not_spoken"]
    keys += ["trouble.rasa", "trouble.slow", "trouble.words", "frame.empty", "option.person"]
    own = Words()
    for key in [*keys, "option.back_to_bot"]:
        assert own.render(key, {}, voice)
    assert own.render("owner.waiting", {"position": 1}, voice)
