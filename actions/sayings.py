"""What to say, as keys and facts; messenger makes the sentence, the buttons and the card of it."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

Facts: TypeAlias = dict[str, Any]
Saying: TypeAlias = dict[str, Any]
Option: TypeAlias = dict[str, Any]


def say(key: str, facts: Facts | None = None, *, options: Sequence[Option] = ()) -> Saying:
    saying: Saying = {"say": key, "facts": facts or {}}
    return saying | ({"options": list(options)} if options else {})


def plain(answer: msgspec.Struct) -> Facts:
    """An answer of escrow as facts for a sentence: JSON's own types."""
    facts: Facts = msgspec.to_builtins(answer)
    return facts


def with_card(saying: Saying, card: str, answer: msgspec.Struct) -> Saying:
    """The widget draws the card from escrow's answer as it is."""
    return saying | {"card": {"card": card, "facts": plain(answer)}}


def option(key: str, intent: str, facts: Facts | None = None, **entities: Any) -> Option:
    """A press stands for `intent` with `entities`, as if the person had typed it, but certain."""
    said = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"say": key, "facts": facts or {}, "press": {"intent": intent, "entities": said}}


ORDERS = [option("option.list_orders", "list_orders")]


def person() -> Option:
    return option("option.person", "human_handoff")
