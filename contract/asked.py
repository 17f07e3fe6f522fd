"""What may be asked, as types: what does not fit is refused with the field's name before anything runs."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from contract.codes import Deed, InstructionState, Reason

# `$` alone would let a line feed at the end through.
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*(?!\n)$")]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*(?!\n)$")]
Share = Annotated[str, Meta(max_length=20, pattern=r"^[0-9]{1,6}/[1-9][0-9]{0,5}(?!\n)$")]
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?(?!\n)$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}(?!\n)$")]
Minor = Annotated[int, Meta(ge=-(2**63) + 1, le=2**63 - 1)]


class Sum(Struct, frozen=True, forbid_unknown_fields=True):
    """Minor units. Whether there is such a currency, and whether the sum is above nothing, escrow judges."""

    minor: Minor
    currency: Currency


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Because(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a task is done, in somebody's own words."""

    because: Words


class OpenClaim(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.OPEN_CLAIM.value,
):
    """`share` of what was paid, as a fraction: "1/2"."""

    order: Id
    reason: Reason
    amount: Sum | None = None
    share: Share | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) == (self.share is None):
            raise ValueError("needs either amount or share")
        if self.share is not None and not 0 < Fraction(self.share) <= 1:
            raise ValueError("share is more than nothing and at most 1/1")


class Escalate(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.ESCALATE.value,
):
    claim: Id


class ConfirmReceipt(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.CONFIRM_RECEIPT.value,
):
    order: Id


class OntimeCredit(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.ONTIME_CREDIT.value,
):
    order: Id


class Cancel(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.CANCEL.value,
):
    order: Id


class Goodwill(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.GOODWILL.value,
):
    """A credit of the platform's own, because of an order; `because` is kept beside its hash."""

    order: Id
    amount: Sum
    because: Words


class Arrived(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.ARRIVED.value,
):
    """What the buyer says to the question whether it has arrived."""

    order: Id
    yes: bool


class Extend(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.EXTEND.value,
):
    order: Id


class PayAgain(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.PAY_AGAIN.value,
):
    instruction: Id


class BookResult(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag=Deed.BOOK_RESULT.value,
):
    """What in truth became of an instruction that had been answered otherwise."""

    instruction: Id
    result: InstructionState

    def __post_init__(self) -> None:
        if self.result not in (InstructionState.SETTLED, InstructionState.FAILED, InstructionState.RETURNED):
            raise ValueError("that is no outcome")


# fmt: off
Asked = (
    OpenClaim
    | Escalate
    | ConfirmReceipt
    | OntimeCredit
    | Cancel
    | Goodwill
    | Arrived
    | Extend
    | PayAgain
    | BookResult
)
# fmt: on
"""The body of a quote."""
