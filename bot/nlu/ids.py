"""Order and claim ids in every way people type them; shapes (`TA-#####-####`) come from config.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.nlu.amounts import Found
from bot.nlu.lexicon import patterns

SHAPES = ("TA-#####-####", "#" * 17)


@lru_cache(maxsize=8)
def _shaped(shape: str) -> re.Pattern[str]:
    """The shape with at most two signs between its characters, never a part of a longer run of digits."""
    signs = [r"\d" if sign == "#" else re.escape(sign.lower()) for sign in shape if sign != "-"]
    loose = r"[\s._/-]{0,2}".join(signs)
    if shape[0] == "#":
        return re.compile(rf"#?(?<!\d)(?<!\d[ -]){loose}(?!\d)(?!-\d)")
    return re.compile(rf"#?(?<![a-z0-9]){loose}(?!\d)")


@lru_cache(maxsize=8)
def _without_letters(shape: str) -> re.Pattern[str]:
    digits = re.sub("[A-Z]+-?", "", shape, count=1)
    return re.compile(r"(?<![\d-])" + digits.replace("#", r"\d") + r"(?![\d-])")


def find_ids(text: str, shapes: Sequence[str] = SHAPES) -> Iterator[Found]:
    """Whole ids first, then one named as such, then the end of one; `text` is folded and in lower case."""
    whole = list(_whole(text, shapes))
    yield from whole
    yield from _tails(text, whole)


def _whole(text: str, shapes: Sequence[str]) -> Iterator[Found]:
    for match in patterns("ids")["claim"].finditer(text):
        yield match.start(), match.end(), "claim_id", f"CLM-{match[1]}"
    for shape in shapes:
        for match in _shaped(shape).finditer(text):
            yield match.start(), match.end(), "order_id", _written(shape, match[0])
        if shape[0] != "#":
            for match in _without_letters(shape).finditer(text):
                yield match.start(), match.end(), "order_id", _written(shape, shape.split("-")[0] + match[0])
    for match in patterns("ids")["named"].finditer(text):
        if sum(map(str.isdecimal, match[1])) >= 5:
            yield match.start(1), match.end(1), "order_id", match[1].upper().strip("-")
    for match in patterns("ids")["marked"].finditer(text):
        yield match.start(1), match.end(1), "order_id", match[1].upper().strip("-")


def _tails(text: str, named: list[Found]) -> Iterator[Found]:
    """The ends of ids, each with those that are told after it; `named` are the whole ones."""
    surely = [patterns("ends")[name] for name in ("marked", "alone", "said")]
    ends = [match.span(1) for pattern in surely for match in pattern.finditer(text)]
    orders = [end for _, end, kind, _ in named if kind == "order_id"]
    ends += [span for end in orders for span in _after(text, end) if text[end] != ","]
    told = [*(start for start, *_ in ends), *(start for start, _, _, _ in named)]
    for match in patterns("ends")["perhaps"].finditer(text):
        if not any(_in_one_clause(text, match.start(1), start) for start in told):
            ends.append(match.span(1))
    for start, end in [one for span in ends for one in (span, *_after(text, span[1]))]:
        yield start, end, "order_tail", text[start:end]


def is_named(text: str, start: int) -> bool:
    """Whether the end of an id that begins there is called one: the text leaves no other reading."""
    marked = (match.start(1) for match in patterns("ends")["marked"].finditer(text))
    return start in marked or bool(patterns("ends")["called"].search(text[:start]))


def _after(text: str, end: int) -> Iterator[tuple[int, int]]:
    while match := patterns("ends")["after"].match(text, end):
        yield match.span(1)
        end = match.end()


def _in_one_clause(text: str, one: int, other: int) -> bool:
    return not re.search(r"[.?!;\n]|\sand\s", text[min(one, other) : max(one, other)])


def _written(shape: str, said: str) -> str:
    """What was typed, set into the shape."""
    signs = iter(sign for sign in said.upper() if sign.isalnum())
    return "".join("-" if sign == "-" else next(signs) for sign in shape)
