"""Which language a message is in, as far as it shows: only a clear one counts, and what a typo could
explain does not. Ids, numbers and short answers show nothing and keep the conversation's language."""

import re
import unicodedata
from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Writing systems that one language of the many here would not share with English.
SCRIPTS = {"CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "ARABIC": "ar"}
SCRIPTS |= {"HEBREW": "he", "GREEK": "el", "THAI": "th", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta"}
# The Latin-written languages that buyers and suppliers of the marketplace are likeliest to write.
LATIN = ["en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl", "tr", "id", "vi", "ro", "cs", "fi", "hu"]
WORD = re.compile(r"[^\W\d_]{2,}")
LEAST_WORDS = 3
# In log likelihood over English: English with typos and names stays below 6.3, other languages start at 19.
LEAST_LEAD = 10.0


class Languages:
    def __init__(self, spoken: set[str]) -> None:
        self.spoken = spoken
        _model()

    def unspoken(self, text: str) -> str | None:
        """The language of a message that is clearly in one without a words file, else None."""
        found = script_of(text) or self._latin(text)
        return None if found is None or found in self.spoken else found

    def _latin(self, text: str) -> str | None:
        words = WORD.findall(text.lower())
        if len(words) < LEAST_WORDS:
            return None
        ranked = _model().rank(" ".join(words))
        english = next(score for language, score in ranked if language == "en")
        best, score = ranked[0]
        return best if score - english >= LEAST_LEAD else None


@cache
def _model() -> Any:
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(LATIN)
    return model


def script_of(text: str) -> str | None:
    """The language of the writing system that most letters are in; None for Latin, or no letters at all."""
    letters = [char for char in text if char.isalpha()]
    names = [unicodedata.name(char, "").split()[0] for char in letters if ord(char) > 0x24F]
    foreign = [SCRIPTS[name] for name in names if name in SCRIPTS]
    if len(foreign) * 2 <= len(letters):
        return None
    return "ja" if "ja" in foreign else max(set(foreign), key=foreign.count)
