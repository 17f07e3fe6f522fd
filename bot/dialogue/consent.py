"""Which typed message is a yes where a yes moves money. Whatever is more than that is asked about again."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.nlu.lexicon import lexicon, one_of
from bot.nlu.text import fold

PLAIN = re.compile(r"[a-z' .,;:!-]+")
"""No question mark, no digit, no other script."""
MOST_WORDS = 8


def is_plain_yes(text: str, deed: str | None = None) -> bool:
    """Whether the whole message is yes to that deed and nothing else, by `plain_yes` of the lexicon.

    The words for one deed are no yes to another: "ok, release it" opens no claim.
    """
    words = _plain(text)
    yes, beside = _patterns(deed)
    without = yes.sub("#", words)
    return "#" in without and not beside.sub("", without).strip("# ")


def is_its_name(text: str, deed: str | None) -> bool:
    """Whether the whole message only names that deed: at its quote that is no yes, and "cancel it" no no."""
    words = _plain(text)
    return bool(words) and not _patterns(deed)[1].sub("", words).strip()


def _plain(text: str) -> str:
    """The words; none where the message is too long, a question, or more than words."""
    said = fold(text).lower().strip()
    words = re.findall("[a-z']+", said)
    return " ".join(words) if PLAIN.fullmatch(said) and len(words) <= MOST_WORDS else ""


def is_begun_with_no(text: str) -> bool:
    """Such a message never confirms, whatever else it says."""
    return bool(re.match(r"\W*(?:no|nope|nah|not|never|don't|dont|wait|stop)(?![a-z])", fold(text).lower()))


@lru_cache(maxsize=32)
def _patterns(deed: str | None) -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = lexicon()["plain_yes"]
    beside = [*lists["beside"], *lists["deeds"].get(deed, ())]
    yes, around = (
        re.compile(rf"(?<![a-z'#]){one_of(words)}(?![a-z'#])") for words in (lists["says"], beside)
    )
    return yes, around
