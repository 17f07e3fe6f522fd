"""Places in a list: "the second one" of what was offered last, and "the other one"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue.book import Book
from bot.dialogue.frames import Entity
from bot.dialogue.said import Said
from contract.dialogue import Frame

OTHER = 0
"""The ordinal of "the other one"."""
YES_OR_NO = ("affirm", "deny")


def chosen(said: Said, recent: Mapping[str, Any], top: Frame | None, book: Book) -> Said:
    """The message with "the second one" replaced by what the second option stands for."""
    presses = [one for one in recent.get("offered") or [] if isinstance(one, Mapping)]
    ordinal = next((one for one in said.entities if _is_place(one, said, top, book, len(presses))), None)
    if ordinal is None:
        return said
    place = int(ordinal["value"] if ordinal["entity"] == "ordinal" else ordinal["value"]["decimal"])
    place = place if place < 0 else place - 1
    others = [one for one in said.entities if one is not ordinal]
    press = presses[place] if -len(presses) <= place < len(presses) else None
    if press is None or press["intent"] in YES_OR_NO:
        # "The first one" is never a yes: at a quote the first option is Confirm.
        return replace(said, entities=others)
    intent = press["intent"] if said.is_neutral and said.intent != "deny" else said.intent
    return replace(said, intent=intent, entities=[*press.get("entities", ()), *others])


def is_other(one: Entity) -> bool:
    return bool(one["entity"] == "ordinal" and one["value"] == OTHER)


def _is_place(one: Entity, said: Said, top: Frame | None, book: Book, offered: int) -> bool:
    """An ordinal, or a lone number that can only be one: no sum was asked for."""
    if one["entity"] == "ordinal":
        return not is_other(one)
    asked = str(top.asked if top else None)
    takes = book.values[asked].entities if asked in book.values else ()
    if one["entity"] != "amount" or "amount" in takes or not said.is_bare or one["value"].get("currency"):
        return False
    number = str(one["value"].get("decimal", ""))
    return number.isdecimal() and 1 <= int(number) <= offered
