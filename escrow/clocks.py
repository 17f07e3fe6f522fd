"""When each wait ends. The instant that the desk names, that is stored and that fires is this one.

A person's rights end with a day, in the later of the policy's and the account's zone; waiting for the other
side counts hours; the desk's own time counts business days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contract.codes import OrderState
from escrow.calendar import Deadline, after_business_days, after_days, end_of_day
from escrow.claims import Claim
from escrow.credits import Credit
from escrow.orders import Order
from escrow.policy import Policy

SETTLES_AFTER = timedelta(minutes=1)


class Clock(StrEnum):
    """Each belongs to one machine and stands in one row of `clocks` while its state lasts."""

    PAY = "pay"
    HOLD_LIMIT = "hold_limit"
    PROCESSING = "processing"
    BALANCE = "balance"
    SHIP = "ship"
    UNSHIPPED_FIRST_NOTICE = "unshipped_first_notice"
    UNSHIPPED_LAST_NOTICE = "unshipped_last_notice"
    UNSHIPPED_REFUND = "unshipped_refund"
    PROMISED = "promised"
    ASK_ARRIVAL = "ask_arrival"
    RECEIPT = "receipt"
    ARRIVAL_ALARM = "arrival_alarm"
    SILENT_RELEASE = "silent_release"
    REMIND_FIRST = "remind_first"
    REMIND_LAST = "remind_last"
    AFTER_CLAIM = "after_claim"
    WINDOW_END = "window_end"
    RESPOND = "respond"
    AUTO_ESCALATE = "auto_escalate"
    MEDIATION_ALARM = "mediation_alarm"
    OUTCOME = "instruction_alarm"
    SETTLE = "settle"
    TASK_RETURNS = "task_returns"
    CREDIT_LATE = "credit_late"
    CREDIT_APPLY = "credit_apply"
    CREDIT_COVER = "credit_cover"
    CREDIT_REMINDER = "credit_reminder"
    CREDIT_EXPIRY = "credit_expiry"


@dataclass(frozen=True)
class Matter:
    """What a clock is about. `started`: since when it runs; None while its notice is not accepted."""

    order: Order
    policy: Policy
    claim: Claim | None = None
    started: datetime | None = None
    credit: Credit | None = None

    @property
    def zones(self) -> tuple[str, str]:
        return self.policy.zone, self.order.zone


def pay(matter: Matter) -> Deadline:
    return _hours(after_days(matter.order.created_at, matter.policy.order.pay_days))


def quick_cancel(order: Order, policy: Policy) -> datetime:
    """The first instant that is too late for the buyer to cancel what was paid, as it may be on its way.

    An order that is told of after its payment is known, and can be cancelled, only since then.
    """
    assert order.paid_at is not None, "only what was paid is cancelled with a refund"
    known = max(order.paid_at, order.created_at)
    return known + timedelta(hours=policy.refund.quick_hours)


def hold_limit(matter: Matter) -> Deadline | None:
    """While there is time to see to a payment that its provider may hold only so long."""
    rules, paid = matter.policy.payment, matter.order.paid_at
    if rules.max_hold_days is None or paid is None:
        return None
    return _hours(after_days(paid, rules.max_hold_days - rules.hold_notice_days))


def processing(matter: Matter) -> Deadline | None:
    """Whether a payment comes is known within a day."""
    if matter.order.processing_since is None or matter.started is None:
        return None
    return _hours(matter.started + timedelta(hours=matter.policy.instruction.alarm_hours))


def balance(matter: Matter) -> Deadline | None:
    """When the rest of a payment has been outstanding for too long, and then each day."""
    since = matter.order.balance_due or matter.order.paid_at
    if since is None or matter.started is None:
        return None
    again = matter.started + timedelta(hours=matter.policy.instruction.alarm_hours)
    return _hours(max(after_days(since, matter.policy.order.balance_days), again))


def ship(matter: Matter) -> Deadline | None:
    return _hours(matter.order.ship_by) if matter.order.ship_by else None


def unshipped_refund(matter: Matter) -> Deadline | None:
    """What was not shipped goes back so long after the day to ship, or, without one, after the payment.

    A payment that came after the day to ship has the same days from its own instant.
    """
    order, policy = matter.order, matter.policy
    if order.paid_at is None:
        return None
    if order.ship_by is None:
        return _hours(after_days(order.paid_at, policy.dispatch.max_total_days))
    return _hours(after_days(max(order.ship_by, order.paid_at), policy.order.unshipped_refund_days))


def unshipped_first_notice(matter: Matter) -> Deadline | None:
    return _before_refund(matter, matter.policy.order.unshipped_notice_days[0])


def unshipped_last_notice(matter: Matter) -> Deadline | None:
    return _before_refund(matter, matter.policy.order.unshipped_notice_days[1])


def promised(matter: Matter) -> Deadline | None:
    """The end of the promised day; nothing fires, but from then on it is late."""
    return end_of_day(matter.order.promised_at, 0, matter.zones) if matter.order.promised_at else None


def receipt(matter: Matter) -> Deadline | None:
    """By rule, if nobody says anything; None where the buyer or the desk has to say it.

    So it is while it is not known, but by the supplier's word, that all has left, and once the buyer has said
    twice that nothing is there.
    """
    order, rules = matter.order, matter.policy.receipt
    if order.dispatched_at is None or order.not_arrived > 1:
        return None
    at = after_days(order.dispatched_at, rules.auto_confirm_days_by_mode[order.mode])
    if due := promised(matter):
        at = max(at, after_days(due.at, rules.min_days_after_promised))
    at = after_days(at, rules.extension_days * (order.extensions(OrderState.SHIPPED) + order.not_arrived))
    # What is told late is asked first all the same.
    return _hours(max(at, after_days(matter.started, rules.ask_days)) if matter.started else at)


def ask_arrival(matter: Matter) -> Deadline | None:
    """When the buyer is asked whether it has arrived; None where they have answered for good."""
    order, rules = matter.order, matter.policy.receipt
    if order.not_arrived > 1 or order.shipped_at is None:
        return None
    if order.dispatched_at:
        by_rule = receipt(replace(matter, started=None))
        return _hours(after_days(by_rule.at, -rules.ask_days)) if by_rule else None
    usual = after_days(order.shipped_at, rules.auto_confirm_days_by_mode[order.mode])
    due = promised(matter)
    return _hours(after_days(due.at if due else usual, rules.extension_days * order.not_arrived))


def arrival_alarm(matter: Matter) -> Deadline | None:
    """For the desk, again and again: the buyer said no twice, or says nothing though it is in doubt."""
    order, rules = matter.order, matter.policy.receipt
    if order.not_arrived > 1:
        return _business_days(matter, matter.policy.mediation.alarm_business_days)
    asked = None if order.dispatched_at else ask_arrival(matter)
    if asked is None:
        return None
    first = after_days(asked.at, rules.unanswered_days)
    if matter.started is None or matter.started < first:
        return _hours(first)
    return _business_days(matter, matter.policy.mediation.alarm_business_days)


def silent_release(matter: Matter) -> Deadline | None:
    """For a supplier without the badge not before the claim window ends."""
    order, more = matter.order, matter.policy.receipt.extension_days
    if matter.started is None:
        return None
    more *= order.extensions(OrderState.DELIVERED)
    end = _hours(after_days(matter.started, matter.policy.release.silent_days + more))
    window = claim_window(matter) if not order.badge else None
    if window is None or after_days(window.at, more) < end.at:
        return end
    return _hours(after_days(window.at, more)) if more else window


def remind_first(matter: Matter) -> Deadline | None:
    return _before_release(matter, matter.policy.release.remind_days[0])


def remind_last(matter: Matter) -> Deadline | None:
    return _before_release(matter, matter.policy.release.remind_days[1])


def after_claim(matter: Matter) -> Deadline | None:
    """A release that the end of a claim would set free at once waits, for whoever sees it too late."""
    freed = matter.order.freed_at
    return _hours(freed + timedelta(hours=matter.policy.release.after_claim_hours)) if freed else None


def claim_window(matter: Matter) -> Deadline | None:
    """The first instant that is too late for a claim; before delivery there is none."""
    if matter.order.delivered_at is None:
        return None
    days = matter.policy.claim.window_days[matter.order.tier]
    return end_of_day(matter.order.delivered_at, days, matter.zones)


def respond(matter: Matter) -> Deadline | None:
    return _since(matter, matter.policy.dispute.respond_days)


def escalatable(claim: Claim, policy: Policy) -> datetime:
    """Waiting for the other side counts hours: "from day N" is N × 24 h after the opening."""
    return after_days(claim.opened_at, policy.dispute.escalate_from_day)


def auto_escalate(matter: Matter) -> Deadline | None:
    days = matter.policy.dispute.auto_escalate_day
    return _hours(after_days(matter.claim.opened_at, days)) if matter.claim else None


def mediation_alarm(matter: Matter) -> Deadline | None:
    return _business_days(matter, matter.policy.mediation.alarm_business_days)


def outcome(matter: Matter) -> Deadline | None:
    if matter.started is None:
        return None
    return _hours(matter.started + timedelta(hours=matter.policy.instruction.alarm_hours))


def settle(matter: Matter) -> Deadline | None:
    """The demo's executor answers after a minute of the desk's clock."""
    return _hours(matter.started + SETTLES_AFTER) if matter.started else None


def task_returns(matter: Matter) -> Deadline | None:
    """What was called done, or was taken and let lie, is before the desk again while its cause lasts."""
    return _business_days(matter, matter.policy.desk.return_business_days)


def credit_apply(matter: Matter) -> Deadline | None:
    """The first instant that is too late to ask for an on-time credit."""
    if matter.order.promised_at is None:
        return None
    return end_of_day(matter.order.promised_at, matter.policy.ontime.apply_days, matter.zones)


def credit_cover(matter: Matter) -> Deadline | None:
    return _since(matter, 1)


def credit_expiry(matter: Matter) -> Deadline | None:
    """As it was granted: the instant stands in its row."""
    if matter.credit is None or matter.credit.expires_at is None:
        return None
    return _hours(matter.credit.expires_at)


def credit_reminder(matter: Matter) -> Deadline | None:
    expiry = credit_expiry(matter)
    return _hours(after_days(expiry.at, -matter.policy.ontime.remind_days)) if expiry else None


CLOCKS: dict[Clock, Callable[[Matter], Deadline | None]] = {
    Clock.PAY: pay,
    Clock.HOLD_LIMIT: hold_limit,
    Clock.PROCESSING: processing,
    Clock.BALANCE: balance,
    Clock.SHIP: ship,
    Clock.UNSHIPPED_FIRST_NOTICE: unshipped_first_notice,
    Clock.UNSHIPPED_LAST_NOTICE: unshipped_last_notice,
    Clock.UNSHIPPED_REFUND: unshipped_refund,
    Clock.PROMISED: promised,
    Clock.ASK_ARRIVAL: ask_arrival,
    Clock.RECEIPT: receipt,
    Clock.ARRIVAL_ALARM: arrival_alarm,
    Clock.SILENT_RELEASE: silent_release,
    Clock.REMIND_FIRST: remind_first,
    Clock.REMIND_LAST: remind_last,
    Clock.AFTER_CLAIM: after_claim,
    Clock.WINDOW_END: claim_window,
    Clock.RESPOND: respond,
    Clock.AUTO_ESCALATE: auto_escalate,
    Clock.MEDIATION_ALARM: mediation_alarm,
    Clock.OUTCOME: outcome,
    Clock.SETTLE: settle,
    Clock.TASK_RETURNS: task_returns,
    # From its first instant an on-time credit is due: the promised day is over.
    Clock.CREDIT_LATE: promised,
    Clock.CREDIT_APPLY: credit_apply,
    Clock.CREDIT_COVER: credit_cover,
    Clock.CREDIT_REMINDER: credit_reminder,
    Clock.CREDIT_EXPIRY: credit_expiry,
}


def ends(clock: Clock, matter: Matter) -> Deadline | None:
    """Never before the clock has started: what has passed already ends at once."""
    found = CLOCKS[clock](matter)
    if found is None or matter.started is None or found.at >= matter.started:
        return found
    return Deadline(matter.started, found.zone)


def _before_refund(matter: Matter, days: int) -> Deadline | None:
    """None where that would have been before there was anything to refund."""
    refund, paid = unshipped_refund(matter), matter.order.paid_at
    if refund is None or paid is None or after_days(refund.at, -days) <= paid:
        return None
    return _hours(after_days(refund.at, -days))


def _hours(at: datetime) -> Deadline:
    return Deadline(at, None)


def _business_days(matter: Matter, days: int) -> Deadline | None:
    policy = matter.policy
    if matter.started is None:
        return None
    return _hours(after_business_days(matter.started, days, policy.zone, policy.days_off))


def _before_release(matter: Matter, days: int) -> Deadline | None:
    release = silent_release(matter)
    return _hours(after_days(release.at, -days)) if release else None


def _since(matter: Matter, days: int) -> Deadline | None:
    return _hours(after_days(matter.started, days)) if matter.started else None
