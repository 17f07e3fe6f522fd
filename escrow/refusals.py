"""Why escrow says no: a stable code, the facts behind it, what would help. No sentence for the person."""

from __future__ import annotations

from typing import Any

from contract.codes import Code

STATUS = {
    Code.NOT_FOUND: 404,
    Code.MALFORMED: 422,
    Code.UNAUTHENTICATED: 401,
    Code.KEY_MISSING: 400,
    Code.KEY_REUSED: 422,
    Code.EVENT_REUSED: 422,
}


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
        return STATUS.get(Code(self.code), 409)


def not_found(*, fleeting: bool = False) -> Refusal:
    """Unknown, not theirs, not for their role: one answer, byte for byte."""
    return Refusal(Code.NOT_FOUND, fleeting=fleeting)
