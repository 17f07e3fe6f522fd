"""What is to be said, as keys and facts, becomes what a person sees: drafts of events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from messenger.wording import Voice, Words

Saying = dict[str, Any]


@dataclass(frozen=True)
class Option:
    """A button: what it says, and what pressing it does (`press` goes to the bot, `owner` to ownership).

    One that `lasts` counts whatever is said meanwhile.
    """

    title: str
    press: dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """An event that has no place in a log yet; its options get their ids when it is stored."""

    type: str
    sender: str
    body: dict[str, Any]
    options: tuple[Option, ...] = ()
    quote: str | None = None


@dataclass(frozen=True)
class Speaker:
    words: Words
    person_option: Saying = field(default_factory=lambda: {"say": "option.person", "owner": "waiting"})

    def draft(self, saying: Saying, voice: Voice, *, sender: str = "bot") -> Draft:
        text = self.words.say(str(saying.get("say")), saying.get("facts") or {}, voice)
        options = self.options(saying.get("options") or (), voice)
        card = saying.get("card")
        if not card:
            return Draft("choices" if options else "message", sender, {"text": text}, options)
        quote = card["facts"].get("quote_id") if card["card"] == "quote" else None
        body = {"text": text, "card": card["card"], "facts": card["facts"]}
        return Draft("card", sender, body, options, quote)

    def options(self, options: Sequence[Saying], voice: Voice) -> tuple[Option, ...]:
        return tuple(self._option(option, voice) for option in options)

    def _option(self, option: Saying, voice: Voice) -> Option:
        title = self.words.say(str(option.get("say")), option.get("facts") or {}, voice)
        does = "owner" if "owner" in option else "press"
        lasts = {"lasts": True} if option.get("lasts") else {}
        return Option(title, {does: option[does]} | lasts)

    def offer_person(self, key: str, voice: Voice, facts: dict[str, Any] | None = None) -> Draft:
        """Words that end in the choice to talk to a person, which works without the bot."""
        return self.draft({"say": key, "facts": facts, "options": [self.person_option]}, voice)

    def owner(self, owner: str, voice: Voice, *, position: int | None = None) -> Draft:
        """The change of owner as everybody is told it; while waiting with the way back to the assistant."""
        facts = {"position": position} if position is not None else {}
        text = self.words.say(f"owner.{owner}", facts, voice)
        back = {"say": "option.back_to_bot", "owner": "bot"}
        options = (self._option(back, voice),) if owner == "waiting" else ()
        return Draft("owner", "system", {"text": text, "owner": owner, **facts}, options)
