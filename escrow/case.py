"""What a step of a machine may look at: the order, its claim and instruction, its money, the hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from escrow.claims import Claim
from escrow.credits import Credit
from escrow.instructions import Instruction
from escrow.ledger import Journal
from escrow.money import Money
from escrow.orders import Order
from escrow.payments import Payment
from escrow.policy import Policy
from escrow.position import Position
from escrow.shipments import Shipment
from escrow.tasks import DeskTask


@dataclass(frozen=True, kw_only=True)
class Case:
    """`claim` is the order's open one, or the one that it is about; `given` are the event's own facts.

    `payments`, `shipments` and `instructions` are all of the order, oldest first.
    `own_funds`: what is there of the platform's own money that no credit may ask for; found when it is asked.
    """

    order: Order
    policy: Policy
    position: Position
    at: datetime
    claim: Claim | None = None
    instruction: Instruction | None = None
    payments: tuple[Payment, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    credit: Credit | None = None
    own_funds: Callable[[], Money] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def happened(self) -> datetime:
        """When what is told now was so: rights count from then; what the desk does, from `at`."""
        happened: datetime = self.given.get("happened", self.at)
        return happened

    def moved(self, journal: Journal) -> Case:
        return replace(self, position=self.position.moved(journal))

    def received(self, payment: Payment) -> Case:
        return replace(self, payments=(*self.payments, payment))

    def about(self, thing: Order | Claim | Instruction | DeskTask | Credit) -> Case:
        """The same with this thing as it is now; a desk task is about nothing that moves."""
        if isinstance(thing, Order):
            return replace(self, order=thing)
        if isinstance(thing, Claim):
            return replace(self, claim=thing)
        if isinstance(thing, Credit):
            return replace(self, credit=thing)
        return replace(self, instruction=thing) if isinstance(thing, Instruction) else self


def is_covered(case: Case, amount: Money) -> bool:
    """Whether the platform can owe that out of its own money."""
    assert case.own_funds is not None, "what may cost the platform something asks what it has"
    return amount <= case.own_funds()


Effect = Callable[[Case], Iterable[Journal | Instruction | Payment | Credit]]
"""What it moves, has moved or has taken in, given what the effects before it have done; possibly nothing."""
