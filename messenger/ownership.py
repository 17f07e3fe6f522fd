"""Who owns a conversation, and who may change that: a pure table.

While the owner is not the bot, no text goes to it and nothing of it gets out. The store makes a change
real by compare-and-set on `version`, so of two that start from the same version one fails.
"""

from dataclasses import dataclass
from enum import StrEnum

from contract.codes import Owner as Owner


class By(StrEnum):
    """Who asks for the change. A person's change by word of mouth comes through the bot."""

    PERSON = "person"
    BOT = "bot"
    AGENT = "agent"


MAY: dict[tuple[Owner, Owner], frozenset[By]] = {
    (Owner.BOT, Owner.WAITING): frozenset({By.PERSON, By.BOT, By.AGENT}),
    (Owner.BOT, Owner.AGENT): frozenset({By.AGENT}),
    (Owner.WAITING, Owner.AGENT): frozenset({By.AGENT}),
    (Owner.WAITING, Owner.BOT): frozenset({By.PERSON, By.AGENT}),
    (Owner.WAITING, Owner.CLOSED): frozenset({By.PERSON, By.AGENT}),
    (Owner.AGENT, Owner.AGENT): frozenset({By.AGENT}),
    (Owner.AGENT, Owner.WAITING): frozenset({By.AGENT}),
    (Owner.AGENT, Owner.BOT): frozenset({By.AGENT}),
    (Owner.AGENT, Owner.CLOSED): frozenset({By.AGENT}),
}


class Stale(Exception):
    """Somebody else changed the owner first."""


class NotTheirs(Exception):
    """This one may not make this change."""


@dataclass(frozen=True)
class Ownership:
    owner: Owner
    version: int


def change(now: Ownership, *, to: Owner, by: By, version: int) -> Ownership:
    """What the owner becomes; raises Stale when `version` is not the present one, else NotTheirs."""
    if version != now.version:
        raise Stale
    if by not in MAY.get((now.owner, to), frozenset()):
        raise NotTheirs
    return Ownership(owner=to, version=version + 1)
