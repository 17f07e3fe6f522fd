"""Who asks: a person for an account, in a conversation and a turn; or a program."""

from __future__ import annotations

from dataclasses import dataclass

from contract.codes import Role
from escrow.refusals import not_found

AGENTS = frozenset({Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR})
PARTIES = frozenset({Role.BUYER, Role.SUPPLIER})
PERSONS = PARTIES | AGENTS
# Each with a key of its own, and none with another's doors: who tells what was paid moves no money.
PROGRAMS = frozenset({Role.MARKETPLACE, Role.MESSENGER, Role.EXECUTOR})


@dataclass(frozen=True)
class Caller:
    """`shown`: the quotes on the screen before the person wrote; None outside a conversation's turn."""

    sub: str
    account: str
    role: str
    conversation: str
    turn: str
    shown: tuple[str, ...] | None = None

    @property
    def scope(self) -> str | None:
        """The account whose rows they may see; None, which no token can name, for those who may see any."""
        return None if self.role in AGENTS else self.account

    @property
    def actor(self) -> str:
        return f"{self.role}:{self.sub}"

    @property
    def side(self) -> str:
        """What their account must be: the desk's agents of all ranks share one."""
        return Role.AGENT if self.role in AGENTS else self.role

    def must_be(self, *roles: str) -> None:
        """Raises Refusal not_found: nobody is told that a door exists which is not theirs."""
        if self.role not in roles:
            raise not_found()
