"""Whatever can be said has words in every language and comes out whole, and no words are left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from messenger.wording import MissingWords, Voice, Words
from tests.test_layers import ROOT, modules
from tests.words import DEMANDED, FILLED, facts_for, keys_of

SPEAKERS = [path for program in ("actions", "messenger") for path in modules(program)]
SCRIPTS = [
    path for path in sorted((ROOT / "messenger" / "web").rglob("*.js")) if path.parent.name != "vendor"
]
FILES = sorted((ROOT / "data" / "words").glob("*.yml"))
WORDS = Words()
LANGUAGES = sorted(WORDS.languages)
ENGLISH = WORDS.languages["en"]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
# What may come out empty: nothing is to be said there.
SILENT = {"delay.claim.none", "delay.guarantee.none", "verdict.release.none"}
SILENT |= {"order.deposit.none", "order.place.none", "order.carrier.none", "order.over.none"}
SILENT |= {
    "claimable.none.buyer",
    "claimable.none.supplier",
    "my_money.more.none",
    "my_money.of_credit.none",
    "my_money.rest.none",
}
SILENT |= {"my_money.releases.none.buyer", "my_money.releases.none.supplier"}
SILENT |= {"my_money.gone.nothing.buyer", "my_money.gone.nothing.supplier"}
SILENT |= {"confirmed.claim.over", "confirmed.claim_stays.over", "quote.claim_stays.over"}


class Once(yaml.SafeLoader):
    """Refuses a mapping in which a key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice in the mapping at line {node.start_mark.line}: {keys}"
        return super().construct_mapping(node, deep)


def in_python(source: str) -> Iterator[str]:
    """Every text of a module; `*` stands where a part is put in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from map("".join, product(*map(_part, node.values)))


def _part(part: ast.expr) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp):
        return [*_part(part.value.body), *_part(part.value.orelse)]
    return ["*"]


def in_page(source: str) -> Iterator[str]:
    yield from re.findall(r'"([\w.]+)"', source)
    yield from (f"{said}*" for said in re.findall(r"`([\w.]+)\$\{[^`]*\}`", source))


def in_words(words: Mapping[str, str]) -> Iterator[str]:
    """What sentences say of other sentences."""
    for text in words.values():
        yield from (f"{prefix}.*" for prefix in re.findall(r":word:([\w.]+)", text))
        yield from re.findall(r":(?:each|list):([\w.]+)", text)


TEXTS = {
    *(text for path in SPEAKERS for text in in_python(path.read_text())),
    *(text for path in SCRIPTS for text in in_page(path.read_text())),
    *in_words(ENGLISH),
    *re.findall(r"say: ([\w.]+)", (ROOT / "domain.yml").read_text()),
}
KEYLIKE = re.compile(r"[\w.*]*\.[\w.*]*")
BUILT = {text for text in TEXTS if "*" in text and text.strip("*.") and KEYLIKE.fullmatch(text)}


def builds(pattern: str, key: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[\w.]+"), key) is not None


def unsaid(words: Mapping[str, str]) -> set[str]:
    """Sentences that nobody can say."""
    return set(words) - TEXTS - DEMANDED


def missing(words: Mapping[str, str]) -> set[str]:
    """Keys that somebody can say, and that have no sentence."""
    return (DEMANDED | {key for key in TEXTS if key in ENGLISH}) - set(words)


def unsayable(words: Mapping[str, str], language: str = "en") -> dict[str, str]:
    """Sentences that do not come out whole with the facts that they are said with."""
    spoken = Words()
    spoken.languages = {language: dict(words)}
    voice = Voice(language, language, "Africa/Lagos", NOW)
    found = {key: _fault(spoken, key, voice) for key in words}
    return {key: fault for key, fault in found.items() if fault}


def _fault(spoken: Words, key: str, voice: Voice) -> str:
    try:
        said = spoken.render(key, facts_for(key), voice)
    except MissingWords as wrong:
        return str(wrong)
    if "{" in said or "}" in said:
        return "a bracket is left"
    return "" if said.strip() or key in SILENT else "nothing is said"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_said_has_words(language: str) -> None:
    assert missing(WORDS.languages[language]) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_kept_that_nobody_says(language: str) -> None:
    assert unsaid(WORDS.languages[language]) == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_key_stands_twice(path: Path) -> None:
    """The later one would win, and nobody would miss the other."""
    yaml.load(path.read_text(), Loader=Once)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_comes_out_whole_with_its_facts(language: str) -> None:
    assert unsayable(WORDS.languages[language], language) == {}


def test_every_key_that_is_built_is_built_from_what_the_table_says() -> None:
    undeclared = {pattern for pattern in BUILT - set(FILLED) if any(builds(pattern, key) for key in ENGLISH)}
    assert undeclared == set()
    assert set(FILLED) <= BUILT


# That these checks can fail


@pytest.mark.parametrize(
    "key",
    [
        "next.respond.supplier.by",
        "next.ship.buyer.past",
        "notice.claim_opened.buyer",
        "notice.payout_failed.supplier",
        "refused.quote_expired",
        "claim.state.in_mediation",
        "order.now.funded",
        "reason.wrong_item",
        "verdict.then.not_yet_due",
        "payer.guarantee",
        "quote.escalate",
        "widget.stale",
        "order.status",
        "greeting.hello",
    ],
)
def test_a_sentence_that_is_lost_is_missed(key: str) -> None:
    assert key in missing({known: text for known, text in ENGLISH.items() if known != key})


@pytest.mark.parametrize(
    "key",
    [
        "claim.state.under_the_rug",
        "claim.state.shipped",
        "order.state.in_mediation",
        "next.respond.buyer.past",
        "next.pay.agent.by",
        "notice.order_delivered.agent",
        "refused.malformed",
        "reason.bored",
        "option.upside_down",
        "option.reason",
        "verdict.supposing.twice",
        "trouble.nobody_says_this",
        "widget.upside_down",
        "widget.card.order.twice",
    ],
)
def test_a_sentence_that_no_member_and_no_program_names_is_found(key: str) -> None:
    assert key in unsaid({**ENGLISH, key: "Never said."})


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("next.respond.supplier.by", "Your move, by {next.until:when}."),
        ("refused.amount_above_cap", "At most {limit}."),
        ("refused.not_found", "Order {order} is not there."),
        ("notice.order_closed.buyer", "Order {order}, claimed by {claim}, is closed."),
        ("claim.status", "Claim {id}: {state:word:claim.stage}."),
        ("verdict.eligible", "Up to {max_amount:until}."),
        ("quote.escalate", "Claim {claim}: {effect.held} is held."),
        ("order.none", "Nothing, {{name}}."),
        ("order.none", " "),
        ("widget.unread", "{m} new"),
    ],
)
def test_a_sentence_without_its_facts_is_found(key: str, text: str) -> None:
    assert key in unsayable({**ENGLISH, key: text})


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ('say(f"refused.{code}")', "refused.*"),
        ("say(f\"{'a' if x else 'b'}.{task}\")", "a.*"),
        ('say(f"ask.{task}.{name}")', "ask.*.*"),
    ],
)
def test_a_key_that_is_put_together_is_seen_as_such(source: str, pattern: str) -> None:
    assert pattern in set(in_python(source))
    assert keys_of(pattern, ["x.y"]) == {pattern.replace("*.*", "*").replace("*", "x.y")}
