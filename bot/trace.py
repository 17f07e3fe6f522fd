"""What happened in the turn that is being answered: where its time went, and whether an action failed."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Trace:
    """`action_s`: seconds spent waiting for actions. `failed`: the first action that gave no answer."""

    action_s: float = 0.0
    failed: str | None = None


TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace:
    """That of this turn; outside of one, a new one that nobody reads."""
    return TRACE.get() or Trace()
