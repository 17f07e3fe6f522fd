"""Which of the sums and places that stand in a message are meant."""

from __future__ import annotations

from collections.abc import Sequence

from bot.nlu.amounts import Found
from bot.nlu.lexicon import patterns

SUMS = ("amount", "share")
NUMBERS = {*SUMS, "quantity", "figure"}


def meant(text: str, found: Sequence[Found]) -> list[Found]:
    """`found`, in the order of the text, without what is denied, negative, one of two, or part of a total."""
    dropped, totals, end = set[int](), set[int](), 0
    for at, (start, stop, entity, _) in enumerate(found):
        before, end = text[end:start], stop
        if entity not in (*SUMS, "ordinal"):
            continue
        if patterns("meant")["denied"].search(before):
            dropped.add(at)
        elif at and {entity, found[at - 1][2]} <= NUMBERS and patterns("meant")["either"].fullmatch(before):
            dropped |= {one for one in (at - 1, at) if found[one][2] in SUMS}
        elif entity == "amount" and at and _is_price(found[at - 1][2], before):
            dropped.add(at)
        elif entity == "amount" and _is_total(before, text[stop:]):
            totals.add(at)
    if totals:
        dropped |= {at for at, one in enumerate(found) if one[2] in SUMS and at not in totals}
    return [one for at, one in enumerate(found) if at not in dropped]


def _is_price(previous: str, between: str) -> bool:
    """Six lamps at 30 dollars: of each."""
    return previous == "quantity" and bool(patterns("meant")["at each"].fullmatch(between))


def _is_total(before: str, after: str) -> bool:
    return bool(
        patterns("meant")["total_before"].search(before) or patterns("meant")["total_after"].match(after)
    )
