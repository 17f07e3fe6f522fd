"""Instructions: what somebody else is to move, and what became of it. Escrow itself never calls a bank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from contract.codes import InstructionKind, InstructionState
from escrow.money import Money

# Until it begins; then it is the next of its kind for the order.
UNNUMBERED = ""
PREFIXES = {InstructionKind.PAYOUT: "PAY"}


@dataclass(frozen=True)
class Instruction:
    """`refers_to` is whom it pays, or the payment that it refunds. `changed_at`: since when it stands so."""

    id: str
    kind: InstructionKind
    order: str
    amount: Money
    refers_to: str
    at: datetime
    changed_at: datetime
    state: InstructionState = InstructionState.PENDING

    def numbered(self, n: int) -> Instruction:
        return replace(self, id=f"{PREFIXES[self.kind]}-{self.order}-{n}")

    @property
    def is_in_flight(self) -> bool:
        """Without an outcome: what it carries counts as paid."""
        return self.state in (InstructionState.PENDING, InstructionState.UNKNOWN)
