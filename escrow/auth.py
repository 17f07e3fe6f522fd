"""Who asks, read from the request's Authorization: a token that messenger signed, or the service key."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

import jwt
import msgspec
from msgspec import Meta

from escrow.callers import AGENTS, Caller
from escrow.refusals import Refusal
from escrow.requests import Id

# Two machines' clocks differ by a little; who signed a moment ago must not be turned away for it.
LEEWAY_S = 10
ROLES = AGENTS | {"buyer", "supplier", "service"}
MARKETPLACE = Caller("marketplace", "marketplace", "service", "-", "-")
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
    def __init__(self, *, messenger_public_key: bytes, service_key: str) -> None:
        self._public_key = messenger_public_key
        self._service_key = service_key.encode()

    def caller(self, authorization: str | None) -> Caller | None:
        """None for a visitor; raises Refusal `unauthenticated` for anything given that does not hold."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal("unauthenticated")
        if hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._service_key):
            return MARKETPLACE
        claims = self._claims(token.strip())
        if claims.role not in ROLES:
            raise Refusal("unauthenticated")
        return Caller(claims.sub, claims.account, claims.role, claims.conversation, claims.turn, claims.shown)

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
            raise Refusal("unauthenticated") from None
