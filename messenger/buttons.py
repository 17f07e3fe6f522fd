"""The buttons of a notice: what its person can do about it, by its kind and by whose side they are on.

A press begins the task of that intent with the notice's own order or claim. It counts once, whatever was said
meanwhile, for as long as the owner of the conversation has not changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.codes import Deed, Role, Tell
from messenger.rendering import Saying


@dataclass(frozen=True)
class Button:
    """`says` is a key of the words, `about` the entity that names the matter, and the field that holds it."""

    says: str
    intent: str
    about: tuple[str, str]


ORDER, CLAIM = ("order_id", "order"), ("claim_id", "claim")
SEE_ORDER = Button("option.order_status", "order_status", ORDER)
SEE_CLAIM = Button("option.claim_status", "claim_status", CLAIM)
CONFIRM_RECEIPT = Button("option.confirm_receipt", Deed.CONFIRM_RECEIPT, ORDER)
OPEN_CLAIM = Button("option.open_claim", Deed.OPEN_CLAIM, ORDER)
ASK_FOR_CREDIT = Button("option.ontime_credit", Deed.ONTIME_CREDIT, ORDER)
ESCALATE = Button("option.escalate", Deed.ESCALATE, CLAIM)
ARRIVED = Button("option.arrived", Deed.ARRIVED, ORDER)
NOT_YET = Button("option.not_yet", "not_arrived", ORDER)
HOLD_LONGER = Button("option.hold_longer", Deed.EXTEND, ORDER)
WHY = Button("option.payout_problem", "payout_problem", ORDER)
PERSON = "person"

BUTTONS: Mapping[str, Mapping[str, tuple[Button | str, ...]]] = {
    Tell.ORDER_DELIVERED: {Role.BUYER: (CONFIRM_RECEIPT, OPEN_CLAIM), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RECEIVED: {Role.BUYER: (OPEN_CLAIM,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_LATE: {Role.BUYER: (SEE_ORDER, OPEN_CLAIM), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_ARRIVAL_ASKED: {Role.BUYER: (ARRIVED, NOT_YET), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_ARRIVAL_UNSURE: {Role.BUYER: (ARRIVED, NOT_YET), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_NOT_ARRIVED: {Role.BUYER: (OPEN_CLAIM,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_NOT_ARRIVED_AGAIN: {Role.BUYER: (OPEN_CLAIM,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RECEIVED_BY_RULE: {Role.BUYER: (OPEN_CLAIM, PERSON), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RECEIPT_EXTENDED: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RELEASE_EXTENDED: {Role.BUYER: (OPEN_CLAIM,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RELEASE_SOON: {
        Role.BUYER: (HOLD_LONGER, OPEN_CLAIM, CONFIRM_RECEIPT),
        Role.SUPPLIER: (SEE_ORDER,),
    },
    Tell.ORDER_PARTLY_PAID: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_PAYMENT_FAILED: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_UNSHIPPED_SOON: {Role.BUYER: (SEE_ORDER, OPEN_CLAIM), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_UNSHIPPED: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_CANCELLED_BY_BUYER: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_CANCELLED_BY_SUPPLIER: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.PAYMENT_SENT_BACK: {Role.BUYER: (SEE_ORDER,)},
    Tell.REFUND_FAILED: {Role.BUYER: (SEE_ORDER, PERSON)},
    Tell.REFUND_RETURNED: {Role.BUYER: (SEE_ORDER, PERSON)},
    Tell.ORDER_RELEASED_BY_SILENCE: {Role.BUYER: (OPEN_CLAIM, PERSON), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_REST_RELEASED: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_CANCELLED: {Role.BUYER: (PERSON,), Role.SUPPLIER: (PERSON,)},
    Tell.ORDER_CLOSED: {Role.BUYER: (PERSON,)},
    Tell.PAYOUT_FAILED: {Role.SUPPLIER: (WHY, PERSON)},
    Tell.PAYOUT_RETURNED: {Role.SUPPLIER: (WHY, PERSON)},
    Tell.ORDER_UNSHIPPED_SOON: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_UNSHIPPED: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (PERSON,)},
    Tell.ORDER_CANCELLED_BY_BUYER: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_CANCELLED_BY_SUPPLIER: {Role.BUYER: (SEE_ORDER,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.PAYMENT_SENT_BACK: {Role.BUYER: (SEE_ORDER, PERSON)},
    Tell.REFUND_FAILED: {Role.BUYER: (SEE_ORDER, PERSON)},
    Tell.REFUND_RETURNED: {Role.BUYER: (SEE_ORDER, PERSON)},
    Tell.CLAIM_PAID: {Role.BUYER: (SEE_CLAIM,), Role.SUPPLIER: (SEE_CLAIM,)},
    Tell.CREDIT_POSSIBLE: {Role.BUYER: (ASK_FOR_CREDIT,)},
    Tell.CREDIT_EXPIRED: {Role.BUYER: (PERSON,)},
    Tell.CREDIT_REVOKED: {Role.BUYER: (PERSON,)},
    Tell.CLAIM_OPENED: {Role.BUYER: (SEE_CLAIM,), Role.SUPPLIER: (SEE_CLAIM,)},
    Tell.CLAIM_NEGOTIATING: {Role.BUYER: (ESCALATE, SEE_CLAIM), Role.SUPPLIER: (SEE_CLAIM,)},
    Tell.CLAIM_IN_MEDIATION: {Role.BUYER: (SEE_CLAIM,), Role.SUPPLIER: (SEE_CLAIM,)},
    Tell.CREDIT_EXPIRED: {Role.BUYER: (PERSON,)},
    Tell.CREDIT_REVOKED: {Role.BUYER: (PERSON,)},
}


def offered(item: dict[str, Any], role: str, person: Saying) -> list[Saying]:
    """What this notice offers to somebody of that role; nothing for a kind that is not known here."""
    buttons = [one for one in BUTTONS.get(item["kind"], {}).get(role, ()) if _is_open(one, item, role)]
    found = [person if isinstance(one, str) else _press(one, item) for one in buttons]
    return [one | {"lasts": True} for one in found]


def _is_open(button: Button | str, item: dict[str, Any], role: str) -> bool:
    """Not where the notice does not name the matter; and more days are had once."""
    if isinstance(button, str):
        return True
    used = button is HOLD_LONGER and role in (item.get("facts") or {}).get("extended_by", ())
    return bool(item.get(button.about[1])) and not used


def _press(button: Button, item: dict[str, Any]) -> Saying:
    entity, field = button.about
    press = {"intent": str(button.intent), "entities": [{"entity": entity, "value": item[field]}]}
    return {"say": button.says, "facts": item.get("facts") or {}, "press": press}
