"""Which typed message is a yes where a yes moves money. Whatever is more than that is asked about again."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.nlu.lexicon import lexicon, one_of
from bot.nlu.text import fold

PLAIN = re.compile(r"[a-z' .,;:!-]+")
"""No question mark, no digit, no other script."""
MOST_WORDS = 8


def is_plain_yes(text: str) -> bool:
    """Whether the whole message is yes and nothing else, by the lists `plain_yes` of the lexicon."""
    said = fold(text).lower().strip()
    words = " ".join(re.findall("[a-z']+", said))
    if not PLAIN.fullmatch(said) or len(words.split()) > MOST_WORDS:
        return False
    yes, beside = _patterns()
    without = yes.sub("#", words)
    return "#" in without and not beside.sub("", without).strip("# ")


def is_begun_with_no(text: str) -> bool:
    """Such a message never confirms, whatever else it says."""
    return bool(re.match(r"\W*(?:no|nope|nah|not|never|don't|dont|wait|stop)(?![a-z])", fold(text).lower()))


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = lexicon()["plain_yes"]
    yes, beside = (
        re.compile(rf"(?<![a-z'#]){one_of(lists[name])}(?![a-z'#])") for name in ("says", "beside")
    )
    return yes, beside
