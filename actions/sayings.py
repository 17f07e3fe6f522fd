"""What to say, as keys and facts; messenger makes the sentence, the buttons and the card of it."""

from collections.abc import Sequence
from typing import Any, TypeAlias

Saying: TypeAlias = dict[str, Any]
Option: TypeAlias = dict[str, Any]


def say(key: str, facts: dict[str, Any] | None = None, *, options: Sequence[Option] = ()) -> Saying:
    saying: Saying = {"say": key, "facts": facts or {}}
    return saying | ({"options": list(options)} if options else {})


def with_card(saying: Saying, card: str, facts: dict[str, Any]) -> Saying:
    """`facts` are escrow's answer, unchanged: the widget draws the card from them."""
    return saying | {"card": {"card": card, "facts": facts}}


def option(key: str, intent: str, facts: dict[str, Any] | None = None, **entities: Any) -> Option:
    """A press stands for `intent` with `entities`, as if the person had typed it, but certain."""
    said = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"say": key, "facts": facts or {}, "press": {"intent": intent, "entities": said}}


ORDERS = [option("option.list_orders", "list_orders")]


def person() -> Option:
    return option("option.person", "human_handoff")
