"""Why escrow says no: a stable code, the facts behind it, what would help. No sentence for the person."""

from __future__ import annotations

from typing import Any

STATUS = {"not_found": 404, "malformed": 422, "unauthenticated": 401, "key_missing": 400, "key_reused": 422}


class Refusal(Exception):
    """Every refusal of a rule is 409 unless STATUS says otherwise; nothing was changed.

    A `fleeting` one hangs on who asks from where, not on what is asked: it is not kept for the next time.
    """

    def __init__(
        self, code: str, *, what_next: str | None = None, fleeting: bool = False, **facts: Any
    ) -> None:
        super().__init__(code)
        self.fleeting = fleeting
        self.code = code
        self.facts = facts
        self.what_next = what_next

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 409)


def not_found(*, fleeting: bool = False) -> Refusal:
    """Unknown, not theirs, not for their role: one answer, byte for byte."""
    return Refusal("not_found", fleeting=fleeting)
