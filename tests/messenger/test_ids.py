"""What a page may give as an id of its own: plain characters to the very end."""

from __future__ import annotations

import msgspec
import pytest

from messenger.gateway import Id


@pytest.mark.parametrize("given", ["", "c1\n", "\nc1", "c 1", "c1\x00", "ç", "c" * 129])
def test_an_id_with_anything_but_plain_characters_is_none(given: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Id)


def test_an_id_of_plain_characters_is_one() -> None:
    assert msgspec.convert("c-1:x/" + "9" * 122, Id)
