"""Credits as the interface shows them."""

from __future__ import annotations

from contract import answers
from contract.codes import CreditState
from escrow import clocks
from escrow.clocks import Matter
from escrow.credits import Credit, days
from escrow.orders import Order
from escrow.policies import policy_of
from escrow.store.work import Work
from escrow.views.common import instant, money

STILL_ASKED = (CreditState.PROMISED, CreditState.ELIGIBLE)


def credit_view(work: Work, credit: Credit, order: Order) -> answers.Credit:
    may_ask = credit.state in STILL_ASKED
    matter = Matter(order, policy_of(work, order), credit=credit)
    opens, ends = clocks.promised(matter), clocks.credit_apply(matter)
    return answers.Credit(
        state=credit.state,
        amount=money(credit.amount),
        unspent=money(credit.unspent),
        apply_from=instant(opens.at if opens and may_ask else None),
        apply_until=instant(ends.at if ends and may_ask else None),
        apply_until_zone=ends.zone if ends and may_ask else None,
        granted_at=instant(credit.granted_at),
        expires_at=instant(credit.expires_at),
        expires_at_zone=expiry_zone(work, credit, order),
    )


def expiry_zone(work: Work, credit: Credit, order: Order) -> str | None:
    """In which its end is a midnight; the desk's where it is none."""
    if credit.granted_at is None:
        return None
    policy = policy_of(work, order)
    end = days(order, policy, credit.granted_at)
    return end.zone if end.at == credit.expires_at else policy.zone
