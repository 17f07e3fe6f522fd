"""Every code that crosses a wire, a literal here or beside it alone; the page has those that it needs."""

from enum import StrEnum

from contract.talk import Owner as Owner
from contract.talk import SocketError as SocketError
from contract.terms import Incoterm as Incoterm
from contract.terms import Mode as Mode
from contract.terms import PaymentMethod as PaymentMethod
from contract.terms import Protection as Protection
from contract.terms import Tier as Tier


class Role(StrEnum):
    """Whose token or key it is. The last three are programs."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    AGENT = "agent"
    MEDIATOR = "mediator"
    SUPERVISOR = "supervisor"
    MARKETPLACE = "marketplace"
    MESSENGER = "messenger"
    EXECUTOR = "executor"


# Orders and claims


class OrderState(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PROCESSING = "payment_processing"
    PARTLY_FUNDED = "partly_funded"
    FUNDED = "funded"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RELEASING = "releasing"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class ClaimState(StrEnum):
    AWAITING_SUPPLIER = "awaiting_supplier"
    NEGOTIATING = "negotiating"
    IN_MEDIATION = "in_mediation"
    CLOSED_PAID = "closed_paid"


class Reason(StrEnum):
    """In the order in which a person is asked."""

    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    TERMS_NOT_MET = "terms_not_met"
    NOT_DELIVERED = "not_delivered"
    NOT_SHIPPED = "not_shipped"
    OTHER = "other"


class Remedy(StrEnum):
    REFUND = "refund"
    RETURN_REFUND = "return_refund"
    REPLACEMENT = "replacement"


# What happened outside


class Event(StrEnum):
    """What the marketplace tells of an order."""

    PAYMENT_PROCESSING = "payment_processing"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


class Source(StrEnum):
    """Whose word a shipment or a delivery is."""

    CARRIER = "carrier"
    MARKETPLACE = "marketplace"
    SUPPLIER = "supplier"
    BUYER = "buyer"


# What is done and what is moved


class Deed(StrEnum):
    """The `kind` of a quote."""

    OPEN_CLAIM = "open_claim"
    ESCALATE = "escalate"
    CONFIRM_RECEIPT = "confirm_receipt"
    ONTIME_CREDIT = "ontime_credit"
    CANCEL = "cancel"
    GOODWILL = "goodwill"
    ARRIVED = "arrived"
    EXTEND = "extend"
    PAY_AGAIN = "pay_again"
    BOOK_RESULT = "book_result"


class CreditKind(StrEnum):
    """Why the platform owes a buyer something: a late order, its own decision, a refund of a credit."""

    ONTIME = "ontime"
    GOODWILL = "goodwill"
    REFUND = "refund"


class CreditState(StrEnum):
    """`kept`: it came in time. `waiting`: until own funds cover it. `granted`: until it is delivered."""

    PROMISED = "promised"
    KEPT = "kept"
    ELIGIBLE = "eligible"
    LAPSED = "lapsed"
    WAITING = "waiting"
    GRANTED = "granted"
    SPENDABLE = "spendable"
    SPENT = "spent"
    EXPIRED = "expired"
    REVOKED = "revoked"


class InstructionKind(StrEnum):
    PAYOUT = "payout"
    REFUND = "refund"


class InstructionState(StrEnum):
    """`pending` until somebody told what became of it; `replaced` by a newer one; `stopped` until the late
    result of an older one is booked. The others are results that may be told.
    """

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    RETURNED = "returned"
    UNKNOWN = "unknown"
    REPLACED = "replaced"
    STOPPED = "stopped"


# What needs a person of the desk


class TaskWhy(StrEnum):
    """Why a desk task is there; one of a kind for each thing that it is about."""

    INSTRUCTION_UNANSWERED = "instruction_unanswered"
    INSTRUCTION_FAILED = "instruction_failed"
    INSTRUCTION_RETURNED = "instruction_returned"
    LATE_RESULT = "late_result"
    MEDIATION_UNTOUCHED = "mediation_untouched"
    HOLD_ENDS_SOON = "hold_ends_soon"
    ARRIVAL_UNANSWERED = "arrival_unanswered"
    NOT_ARRIVED = "not_arrived"
    NOTICE_NOT_ACCEPTED = "notice_not_accepted"
    OWN_FUNDS_SHORT = "own_funds_short"
    PAYMENT_UNANSWERED = "payment_unanswered"
    BALANCE_NOT_PAID = "balance_not_paid"
    PAID_BY_THIRD_PARTY = "paid_by_third_party"


class TaskState(StrEnum):
    """`done` by a person, yet it comes back while its cause lasts; `ended` with its cause."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    ENDED = "ended"


# Whose move it is: a row of the silence table


class Who(StrEnum):
    BUYER = "buyer"
    SUPPLIER = "supplier"
    PLATFORM = "platform"
    NOBODY = "nobody"


class What(StrEnum):
    """What is waited for."""

    PAY = "pay"
    PAY_BALANCE = "pay_balance"
    PAYMENT_CLEARS = "payment_clears"
    SHIP = "ship"
    SHIP_OR_REFUND = "ship_or_refund"
    DELIVER = "deliver"
    SAY_ARRIVED = "say_arrived"
    CONFIRM_RECEIPT = "confirm_receipt"
    PAY_OUT = "pay_out"
    PAY_OUT_AGAIN = "pay_out_again"
    REFUND = "refund"
    REFUND_AGAIN = "refund_again"
    CLAIM_UNTIL = "claim_until"
    RESPOND = "respond"
    ESCALATE_OR_WAIT = "escalate_or_wait"
    MEDIATE = "mediate"
    LOOK_INTO = "look_into"
    REVIEW = "review"
    ASK_FOR_CREDIT = "ask_for_credit"
    COVER_CREDIT = "cover_credit"
    SPEND_CREDIT = "spend_credit"
    NONE = "none"


class Otherwise(StrEnum):
    """What happens when nobody does it in time."""

    CANCELLED = "cancelled"
    CLAIM_POSSIBLE = "claim_possible"
    REFUNDED = "refunded"
    RECEIVED_BY_RULE = "received_by_rule"
    RELEASED_BY_SILENCE = "released_by_silence"
    SUPERVISOR_ALARM = "supervisor_alarm"
    CLOSED = "closed"
    NEGOTIATING = "negotiating"
    IN_MEDIATION = "in_mediation"
    CREDIT_POSSIBLE = "credit_possible"
    CREDIT_LAPSED = "credit_lapsed"
    CREDIT_EXPIRED = "credit_expired"


class Tell(StrEnum):
    """The kinds of notices."""

    ORDER_DELIVERED = "order_delivered"
    ORDER_ARRIVAL_ASKED = "order_arrival_asked"
    ORDER_ARRIVAL_UNSURE = "order_arrival_unsure"
    ORDER_NOT_ARRIVED = "order_not_arrived"
    ORDER_NOT_ARRIVED_AGAIN = "order_not_arrived_again"
    ORDER_RECEIVED = "order_received"
    ORDER_RECEIVED_BY_RULE = "order_received_by_rule"
    ORDER_RECEIPT_EXTENDED = "order_receipt_extended"
    ORDER_RELEASE_EXTENDED = "order_release_extended"
    ORDER_RELEASE_SOON = "order_release_soon"
    ORDER_LATE = "order_late"
    ORDER_UNSHIPPED_SOON = "order_unshipped_soon"
    ORDER_UNSHIPPED = "order_unshipped"
    ORDER_RELEASED_BY_SILENCE = "order_released_by_silence"
    ORDER_REST_RELEASED = "order_rest_released"
    ORDER_PARTLY_PAID = "order_partly_paid"
    ORDER_PAYMENT_FAILED = "order_payment_failed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_CALLED_OFF = "order_called_off"
    ORDER_CANCELLED_BY_BUYER = "order_cancelled_by_buyer"
    ORDER_CANCELLED_BY_SUPPLIER = "order_cancelled_by_supplier"
    ORDER_CLOSED = "order_closed"
    PAYMENT_SENT_BACK = "payment_sent_back"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_RETURNED = "payout_returned"
    REFUND_SENT = "refund_sent"
    REFUND_FAILED = "refund_failed"
    REFUND_RETURNED = "refund_returned"
    CLAIM_OPENED = "claim_opened"
    CLAIM_NEGOTIATING = "claim_negotiating"
    CLAIM_IN_MEDIATION = "claim_in_mediation"
    CLAIM_PAID = "claim_paid"
    CREDIT_POSSIBLE = "credit_possible"
    CREDIT_WAITING = "credit_waiting"
    CREDIT_GRANTED = "credit_granted"
    CREDIT_SPENDABLE = "credit_spendable"
    CREDIT_GIVEN = "credit_given"
    CREDIT_BACK = "credit_back"
    CREDIT_ENDS_SOON = "credit_ends_soon"
    CREDIT_EXPIRED = "credit_expired"
    CREDIT_REVOKED = "credit_revoked"


# Verdicts and refusals


class VerdictCode(StrEnum):
    """Each that is no yes is a refusal code too: a quote against the verdict is refused with it."""

    ELIGIBLE = "eligible"
    ELIGIBLE_AFTER_RELEASE = "eligible_after_release"
    WINDOW_CLOSED = "window_closed"
    NOT_YET_DUE = "not_yet_due"
    REASON_NEEDS_DELIVERY = "reason_needs_delivery"
    CLAIM_ALREADY_OPEN = "claim_already_open"
    FULLY_REFUNDED = "fully_refunded"
    NOTHING_PAID = "nothing_paid"
    ORDER_CANCELLED = "order_cancelled"


class Rule(StrEnum):
    """By which rule a verdict was given."""

    PAID_ONLY = "refund.paid_only"
    AT_MOST_PAID = "refund.at_most_paid"
    ONE_AT_A_TIME = "claim.one_at_a_time"
    WINDOW_DAYS = "claim.window_days"
    NEEDS_DELIVERY = "claim.needs_delivery"
    NOT_DELIVERED_ANCHOR = "claim.not_delivered_anchor"
    NOT_SHIPPED = "claim.not_shipped"


class Payer(StrEnum):
    """Where a refund would come from."""

    ESCROW = "escrow"
    UNPAID_SUPPLIER = "unpaid_supplier"
    GUARANTEE = "guarantee"


class WhatNext(StrEnum):
    """What would help."""

    NONE = "none"
    OPEN_CLAIM = "open_claim"
    SEE_CLAIM = "see_claim"
    SEE_ORDER = "see_order"
    CANCEL_INSTEAD = "cancel_instead"
    WAIT_UNTIL = "wait_until"
    OTHER_AMOUNT = "other_amount"
    QUOTE_AGAIN = "quote_again"
    LOOK_FIRST = "look_first"
    TALK_TO_PERSON = "talk_to_person"
    TRY_AGAIN = "try_again"


class Code(StrEnum):
    """Why escrow says no. Unknown, not theirs and not for their role are one code."""

    NOT_FOUND = "not_found"
    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    KEY_MISSING = "key_missing"
    KEY_REUSED = "key_reused"
    EVENT_REUSED = "event_reused"
    EVENT_IN_FUTURE = "event_in_future"
    EVENT_CONTRADICTS = "event_contradicts"
    TERMS_DIFFER = "terms_differ"
    BELONGS_ELSEWHERE = "belongs_elsewhere"
    MORE_THAN_ORDERED = "more_than_ordered"
    MORE_THAN_SHIPPED = "more_than_shipped"
    LINES_UNSHIPPED = "lines_unshipped"
    TURN_REVOKED = "turn_revoked"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"
    WRONG_STATE = "wrong_state"
    NOT_YET_ESCALATABLE = "not_yet_escalatable"
    NOTHING_TO_RELEASE = "nothing_to_release"
    NOT_ASKED_YET = "not_asked_yet"
    DESK_DECIDES = "desk_decides"
    ALREADY_EXTENDED = "already_extended"
    NOTHING_TO_EXTEND = "nothing_to_extend"
    AMOUNT_ABOVE_CAP = "amount_above_cap"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    CANCEL_TOO_LATE = "cancel_too_late"
    PAYMENT_KNOWN = "payment_known"
    WRONG_CURRENCY = "wrong_currency"
    QUOTE_EXPIRED = "quote_expired"
    QUOTE_CHANGED = "quote_changed"
    QUOTE_NOT_SHOWN = "quote_not_shown"
    RESULT_OUT_OF_ORDER = "result_out_of_order"
    RESULT_WAITS = "result_waits"
    NOTHING_OWED = "nothing_owed"
    TASK_TAKEN = "task_taken"
    TASK_OVER = "task_over"
    NO_GUARANTEE = "no_guarantee"
    NOT_LATE_YET = "not_late_yet"
    DELIVERED_IN_TIME = "delivered_in_time"
    CREDIT_ALREADY_ASKED = "credit_already_asked"
    CREDIT_ALREADY_GRANTED = "credit_already_granted"
    CREDIT_TIME_OVER = "credit_time_over"
    CREDIT_SHORT = "credit_short"
    OWN_FUNDS_SHORT = "own_funds_short"
    WINDOW_CLOSED = "window_closed"
    NOT_YET_DUE = "not_yet_due"
    REASON_NEEDS_DELIVERY = "reason_needs_delivery"
    CLAIM_ALREADY_OPEN = "claim_already_open"
    FULLY_REFUNDED = "fully_refunded"
    NOTHING_PAID = "nothing_paid"
    ORDER_CANCELLED = "order_cancelled"
