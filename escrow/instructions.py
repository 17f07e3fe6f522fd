"""Instructions: what somebody else is to move, and what became of it. Escrow itself never calls a bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from contract.codes import InstructionKind, InstructionState
from escrow.money import Money, zero
from escrow.payments import Payment

# Until it begins; then it is the next of its kind for the order.
UNNUMBERED = ""
PREFIXES = {InstructionKind.PAYOUT: "PAY", InstructionKind.REFUND: "REF"}


@dataclass(frozen=True)
class Instruction:
    """`refers_to` is whom it pays, or the payment that it refunds. `changed_at`: since when it stands so.

    Of one that is replaced `answered` is the result that it had, `replaced_by` the one that is paid instead.
    """

    id: str
    kind: InstructionKind
    order: str
    amount: Money
    refers_to: str
    at: datetime
    changed_at: datetime
    state: InstructionState = InstructionState.PENDING
    answered: InstructionState | None = None
    replaced_by: str | None = None

    def numbered(self, n: int) -> Instruction:
        return replace(self, id=f"{PREFIXES[self.kind]}-{self.order}-{n}")

    @property
    def is_in_flight(self) -> bool:
        """Without an outcome: what it carries counts as paid."""
        return self.state in (InstructionState.PENDING, InstructionState.UNKNOWN, InstructionState.STOPPED)

    @property
    def is_unpaid(self) -> bool:
        """What it carried is owed still, and nothing carries it."""
        return self.state in (InstructionState.FAILED, InstructionState.RETURNED)


def back_to(
    payments: Iterable[Payment], amount: Money, instructions: Iterable[Instruction]
) -> Iterator[tuple[Payment, Money]]:
    """Which part of the amount goes back to which payment: the latest first, each within what it brought.

    `instructions` are those that there are: what was refunded to a payment, or is to be, is used up of it;
    what another stands in for is so once.
    """
    is_replaced = InstructionState.REPLACED
    of_kind = (each for each in instructions if each.kind is InstructionKind.REFUND)
    refunds = [each for each in of_kind if each.state is not is_replaced]
    for payment in sorted(payments, key=lambda each: (each.at, each.id), reverse=True):
        if payment.amount.currency != amount.currency:
            continue
        used = sum((each.amount for each in refunds if each.refers_to == payment.id), zero(amount.currency))
        part = Money(min(amount.minor, (payment.amount - used).minor), amount.currency)
        if part:
            yield payment, part
            amount -= part
