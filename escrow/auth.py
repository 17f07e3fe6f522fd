"""Who asks, read from the request's Authorization: a token that messenger signed, or the key of a program."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Annotated, Any

import jwt
import msgspec
from msgspec import Meta

from contract.asked import Id
from contract.codes import Code, Role
from escrow.callers import PERSONS, Caller
from escrow.refusals import Refusal

# Two machines' clocks differ by a little; who signed a moment ago must not be turned away for it.
LEEWAY_S = 10
# Whom messenger's signature can name: people, and itself. The other programs have no token but their key.
SIGNED = PERSONS | {Role.MESSENGER}
# Printable and without blanks: persons are kept in lists parted by them.
Name = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,200}\Z")]


class Claims(msgspec.Struct, frozen=True):
    """Of a delegated token; `shown` is left out where there is no screen (the command line)."""

    sub: Name
    account: Id
    role: str
    conversation: Name
    turn: Name
    shown: tuple[str, ...] | None = None


class Authority:
    def __init__(self, *, messenger_public_key: bytes, keys: Mapping[str, str]) -> None:
        """`keys` by program; raises ValueError where two are the same, since a key is a role."""
        self._public_key = messenger_public_key
        self._programs: dict[bytes, str] = {}
        for program, key in keys.items():
            other = self._programs.setdefault(key.encode(), program)
            if other != program:
                raise ValueError(f"{other} and {program} have the same key")

    def caller(self, authorization: str | None) -> Caller | None:
        """None for a visitor; raises Refusal `unauthenticated` for anything given that does not hold."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(Code.UNAUTHENTICATED)
        if program := self._program(token.strip().encode("utf-8", "replace")):
            return Caller(program, program, program, "-", "-")
        claims = self._claims(token.strip())
        if claims.role not in SIGNED:
            raise Refusal(Code.UNAUTHENTICATED)
        return Caller(claims.sub, claims.account, claims.role, claims.conversation, claims.turn, claims.shown)

    def _program(self, given: bytes) -> str | None:
        """Compared with every key, so that the time it takes tells nothing."""
        same = [program for key, program in self._programs.items() if hmac.compare_digest(given, key)]
        return same[0] if same else None

    def _claims(self, token: str) -> Claims:
        try:
            told: dict[str, Any] = jwt.decode(
                token,
                self._public_key,
                algorithms=["EdDSA"],
                audience="escrow",
                issuer="messenger",
                leeway=LEEWAY_S,
                options={"require": ["exp", "sub", "account", "role", "conversation", "turn"]},
            )
            return msgspec.convert(told, Claims)
        except (jwt.InvalidTokenError, ValueError):
            raise Refusal(Code.UNAUTHENTICATED) from None
