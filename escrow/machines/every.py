"""Which machine a thing is walked by: that of its own noun, and of an instruction that of its kind."""

from __future__ import annotations

from typing import Any

from contract.codes import InstructionKind
from escrow.claims import Claim
from escrow.credits import Credit
from escrow.instructions import Instruction
from escrow.machines.claim import CLAIM
from escrow.machines.credit import CREDIT
from escrow.machines.instruction import PAYOUT, REFUND
from escrow.machines.machine import Machine
from escrow.machines.order import ORDER
from escrow.machines.task import TASK
from escrow.orders import Order
from escrow.tasks import DeskTask

Thing = Order | Claim | Instruction | DeskTask | Credit
OF_KIND: dict[InstructionKind, Machine[Any, Any]] = {
    InstructionKind.PAYOUT: PAYOUT,
    InstructionKind.REFUND: REFUND,
}
MACHINES: tuple[Machine[Any, Any], ...] = (ORDER, CLAIM, *OF_KIND.values(), TASK, CREDIT)


def machine_of(thing: Thing) -> Machine[Any, Any]:
    if isinstance(thing, Order):
        return ORDER
    if isinstance(thing, DeskTask):
        return TASK
    if isinstance(thing, Credit):
        return CREDIT
    return CLAIM if isinstance(thing, Claim) else OF_KIND[thing.kind]
