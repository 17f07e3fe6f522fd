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
WHY = Button("option.payout_problem", "payout_problem", ORDER)
PERSON = "person"

BUTTONS: Mapping[str, Mapping[str, tuple[Button | str, ...]]] = {
    Tell.ORDER_DELIVERED: {Role.BUYER: (CONFIRM_RECEIPT, OPEN_CLAIM), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_RECEIVED: {Role.BUYER: (OPEN_CLAIM,), Role.SUPPLIER: (SEE_ORDER,)},
    Tell.ORDER_LATE: {Role.BUYER: (SEE_ORDER, OPEN_CLAIM), Role.SUPPLIER: (SEE_ORDER,)},
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
    buttons = BUTTONS.get(item["kind"], {}).get(role, ())
    found = [person if isinstance(one, str) else _press(one, item) for one in buttons]
    return [one | {"lasts": True} for one in found if one]


def _press(button: Button, item: dict[str, Any]) -> Saying:
    """Empty where the notice does not name the matter."""
    entity, field = button.about
    if not item.get(field):
        return {}
    about = [{"entity": entity, "value": item[field]}]
    return {"say": button.says, "press": {"intent": str(button.intent), "entities": about}}
