"""What an audit has found, and how it goes on where something cannot even be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

# What reading a row raises that nobody can have written as it is: of an enum, an instant, a sum, a JSON text.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError)


@dataclass
class Report:
    """`counts` of what was looked at; `breaches` say what is wrong, each with the ids to look for."""

    counts: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)

    def take(self, of: str, check: Callable[[], Iterator[str]]) -> None:
        """All that the check finds; that it cannot be read is a breach like any other."""
        try:
            self.breaches.extend(check())
        except UNREADABLE as wrong:
            self.breaches.append(f"{of} cannot be read: {type(wrong).__name__}: {str(wrong)[:120]}")
