"""Who is told of a step, and with which facts; the words are messenger's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from contract.codes import Tell, Who
from escrow.claims import Claim
from escrow.credits import Credit
from escrow.instructions import Instruction
from escrow.machines.every import Thing
from escrow.machines.taking import Outcome
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.store.notices import Draft
from escrow.store.work import Work
from escrow.views.claims import claim_view
from escrow.views.credits import credit_view
from escrow.views.orders import order_views, sums

Addressed = dict[Who, Draft]
# What goes back to the buyer is between them and us.
BUYERS = frozenset({Tell.REFUND_SENT, Tell.REFUND_FAILED, Tell.REFUND_RETURNED})


def address(
    work: Work,
    kind: Tell,
    thing: Thing,
    order: Order,
    *,
    n: int,
    at: datetime,
    but: str,
) -> Addressed:
    """A notice to each side, of row `n` of the history; its facts are written last.

    A claim's goes to the buyer who opened it and all persons of the supplier, but not to who did it; a
    credit's to all persons of the buyer alone, any other to all of both accounts. A side of which nobody is
    known yet is told as soon as somebody is.
    """
    claim, did_it = thing if isinstance(thing, Claim) else None, but.partition(":")[2]
    buyers = [claim.opened_by] if claim else work.parties.persons_of(order.buyer)
    sides = (
        (Who.BUYER, order.buyer, buyers),
        (Who.SUPPLIER, order.supplier, work.parties.persons_of(order.supplier)),
    )
    told = {}
    alone = kind in BUYERS or isinstance(thing, Credit)
    for side, account, persons in sides[: 1 if alone else None]:
        others = [person for person in persons if not (claim and person == did_it)]
        if others or not persons:
            about = claim.id if claim else None
            told[side] = work.notices.notify(
                kind, account=account, persons=others, order=order.id, claim=about, n=n, at=at
            )
    return told


def write(work: Work, told: Addressed, outcome: Outcome, order: Order) -> None:
    """What the notices say: how things stand now that all has happened, and what `moved` by this step."""
    if told:
        facts = _facts(work, outcome.after, order, outcome.case.at)
        facts["moved"] = msgspec.to_builtins(sums(outcome.moved))
        for side, draft in told.items():
            hidden = {"credit": None} if side is Who.SUPPLIER and "credit" in facts else {}
            draft.says(facts | hidden)


def _facts(work: Work, thing: Thing, order: Order, at: datetime) -> dict[str, Any]:
    if isinstance(thing, Credit):
        told_of: dict[str, Any] = msgspec.to_builtins(credit_view(work, thing, order))
        return {"id": order.id} | told_of
    more: dict[str, Any] = {"amount": thing.amount.json()} if isinstance(thing, Instruction) else {}
    if isinstance(thing, Claim):
        view: Any = claim_view(work, thing, order, at)
    else:
        (view,) = order_views(work, [order], at)
    told: dict[str, Any] = msgspec.to_builtins(view)
    if isinstance(thing, Order):
        more["amount"] = work.ledger.position(order).in_escrow.json()
    rules = policy_of(work, order)
    silent = rules.release.silent_days if order.badge else rules.claim.window_days[order.tier]
    told |= {"respond_days": rules.dispute.respond_days, "silent_days": silent}
    told |= {"extension_days": rules.receipt.extension_days}
    return told | more
