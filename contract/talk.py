"""The codes between messenger and its pages."""

from enum import StrEnum


class Owner(StrEnum):
    """Whose a conversation is."""

    BOT = "bot"
    WAITING = "waiting"
    AGENT = "agent"
    CLOSED = "closed"


class SocketError(StrEnum):
    """The codes of `error` frames."""

    UNAUTHENTICATED = "unauthenticated"
    BAD_FRAME = "bad_frame"
    TOO_LONG = "too_long"
    RATE_LIMITED = "rate_limited"
    NOT_FOUND = "not_found"
    EXPIRED_REPLY = "expired_reply"
    STALE = "stale"
    NOT_OWNER = "not_owner"
