"""What fills the keys that are built, and the facts with which each sentence is said: one table for all.

A key that a program writes out counts by itself; one that it puts together counts for what stands here, and
only for that. So a new member of an enum wants its words, and words without a member are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import msgspec
import yaml

from actions import claims, money, orders, verdicts
from actions.order_deeds import STANDS
from actions.orders import MAY_BE_LATE, PAYOUTS, REFUNDS
from actions.refusals import KNOWN
from actions.repair import CHOICES, MISSES, NO_SUMS, SHARES
from bot.nlu.lexicon import lexicon
from contract.answers import MoneyOfAccount, Order, Quote, Verdict
from contract.codes import (
    ClaimState,
    Deed,
    OrderState,
    Owner,
    Payer,
    PaymentMethod,
    Reason,
    Role,
    SocketError,
    TaskWhy,
    Tell,
    VerdictCode,
    What,
)
from escrow import policy
from escrow.editions import shipped
from tests import samples
from tests.test_layers import ROOT

SIDES = (Role.BUYER, Role.SUPPLIER)
TASKS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "data" / "tasks.yml").read_text())["tasks"]
QUOTED = {task for task, row in TASKS.items() if row.get("quote")}


def needing(value: str) -> set[str]:
    return {task for task, row in TASKS.items() if value in row.get("needs", [])}


def each(*parts: Iterable[str]) -> set[str]:
    return {".".join(map(str, part)) for part in product(*parts)}


# Where no clock runs: no such day was agreed, or the notice that starts it was not accepted yet.
OPEN_ENDED = {What.SHIP, What.DELIVER, What.CONFIRM_RECEIPT, What.REVIEW, What.NONE}
# Where no clock ever does.
NO_DAY = {What.REVIEW, What.NONE}
MOVES = {
    *each(set(What) - NO_DAY, SIDES, ["by"]),
    *each(OPEN_ENDED, SIDES, ["open"]),
    *each(MAY_BE_LATE, SIDES, ["past"]),
}
# What the platform owes a buyer is nothing to the supplier.
TO_BUYERS = {tell for tell in Tell if tell.startswith("credit_")}
# Nor is what goes back to them.
TO_BUYERS |= {Tell.REFUND_SENT, Tell.REFUND_FAILED, Tell.REFUND_RETURNED}
HELD = {"all", "part", "nothing"}
SINCE = {"delivered", "shipped", "not_shipped"}
WINDOW = {"by", "open"}
AGENTS = {Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR}
# With these the widget signs in again, and says that.
NOT_ABOUT_A_SEND = {SocketError.UNAUTHENTICATED}

# Until when a claim is possible, and what an order's money waits for or has come to.
CLAIMABLE = {"none", "after_release", "until_release", "held", "kept_back", "nothing_held", "over"}
CLAIMABLE |= {"not_late", "late", "unsent", "from_delivery"}
SITUATIONS = {"unpaid", "before_delivery", "not_told", "by_silence", "claimed", "claimed_in_part"}
SITUATIONS |= {"claimed_and_held", "refunded", *PAYOUTS.values()}
# The deeds that are done on an order: why one is not possible on it is told by how far the order has come.
ON_ORDERS = {
    Deed(str(row["deed"]))
    for row in TASKS.values()
    if row.get("deed") and row["deed"] != Deed.OPEN_CLAIM and "order" in row.get("needs", ())
}

BACK = {"unpaid", *SIDES}
ARRIVED = {"come", "looked_into", "more_days.by", "more_days.open"}

# What a task says around its quote, by its row.
SAYS = {key for row in TASKS.values() for key in row.get("says", {}).values()}

FILLED: Mapping[str, Iterable[str]] = {
    "*.not_found": {"claim", "order"},
    "amount.*": NO_SUMS,
    "ask.*.*": each(needing("reason"), ["reason"]),
    "ask.*.amount": needing("amount"),
    "ask.*.order": needing("order"),
    "cannot.*.*": each(ON_ORDERS, {*STANDS.values(), "theirs"}),
    "claim.held.*": HELD,
    "claimable.*": each(CLAIMABLE, SIDES),
    "claim.state.*": ClaimState,
    "confirmed.claim.*": {"by", "over"},
    "confirmed.claim_stays.*": {"by", "over"},
    "confirmed.later.*": {"release", "receipt", "open"},
    "confirmed.back.*": BACK,
    "confirmed.arrived_is.*": ARRIVED,
    "quote.arrived_is.*": ARRIVED,
    "quote.back.*": BACK,
    "quote.claim_stays.*": {"by", "over"},
    "quote.credit.*": {"granted", "spendable", "waiting"},
    "quote.more.*": each({"release", "receipt"}, {"by", "open"}),
    "console.*": {"asked", "complaint", "pressed", "advanced", "advancing", "failed"},
    "console.role_*": AGENTS,
    "console.why.*": TaskWhy,
    "delay.*": {"arrived", "not_sent", "not_paid", "ended", "late", "on_its_way"},
    "delay.claim.*": {"none", "possible"},
    "delay.guarantee.*": {"none", "marked", "late"},
    "fallback.*": MISSES,
    "faq.*": TASKS["answer"]["each"],
    "frame.*": {"when", "until"},
    "goes.*": each({"by_silence", "claimed", "at_once"}, SIDES),
    "left.*": {task for task, row in TASKS.items() if row.get("needs") or row.get("takes")},
    "method.*": PaymentMethod,
    "money.*.*.*": each({"when", "why"}, SITUATIONS, SIDES),
    "money.itself.*": each({"badge", "no_badge"}, SIDES),
    "money.again.*": {"open", "by", "past"},
    "my_money.held.*": each({"some", "none"}, SIDES),
    "my_money.more.*": {"none", "some", "many"},
    "my_money.releases.*": each({"some", "none"}, SIDES),
    "my_money.rest.*": {"none", "some", "all"},
    "my_money.of_credit.*": {"none", "usable", "both", "waiting"},
    "my_money.gone.*": each({"nothing", "released", "refunded", "both"}, SIDES),
    "next.*": MOVES,
    "nothing.*": ON_ORDERS,
    "notice.*": {*each(set(Tell) - TO_BUYERS, SIDES), *each(TO_BUYERS, [Role.BUYER])},
    "option.*": {str(option["say"]).removeprefix("option.") for option in CHOICES},
    "option.reason.*": Reason,
    "option.share.*": SHARES,
    "order.*": {"none", "list", "list_more"},
    "order.deposit.*": {"none", "paid", "paid_by", "unpaid", "unpaid_by"},
    "order.carrier.*": {"none", "named", "tracked"},
    "order.over.*": {"none", "coming", "gone"},
    "order.sent.*": {"left", "there"},
    "order.place.*": {"none", "named", "unnamed"},
    "order.money.*": each(
        {*PAYOUTS.values(), *REFUNDS.values(), "unpaid", "held", "claimed", "mixed"}, SIDES
    ),
    "order.now.*": OrderState,
    "order.state.*": OrderState,
    "order.what.*": {"one", "several"},
    "owner.*": Owner,
    "page.role_*": SIDES,
    "payer.*": {*Payer, "until_release"},
    "quote.claim_after.*": {"by", "over"},
    "quote.held.*": HELD,
    "quote.kept.*": HELD,
    "reading.*": lexicon()["asked"],
    "reason.*": Reason,
    "refused.*": KNOWN,
    "verdict.*": VerdictCode,
    "verdict.days.*": {"standard", "longer"},
    "verdict.instead.*": {"later", "now"},
    "verdict.not_yet.*": {"shipped", "not_shipped"},
    "verdict.release.*": {"none", "by_silence"},
    "verdict.since.*": SINCE,
    "verdict.then.*": VerdictCode,
    "verdict.window.*": WINDOW,
    "verdict.window_then.*": WINDOW,
    "widget.*": {
        *("automatic", "waiting", "with_agent", "closed"),
        *("buyer", "supplier", "bot", "agent", "system"),
        *(set(SocketError) - NOT_ABOUT_A_SEND),
    },
    "widget.card.*": {"supposed", "eligible", "not_eligible"},
    "widget.step.*": {"paid", "shipped", "delivered", "released"},
}


def keys_of(pattern: str, values: Iterable[str]) -> set[str]:
    """The keys that come out when each value, dots and all, stands from the first star to the last."""
    head, tail = pattern[: pattern.index("*")], pattern[pattern.rindex("*") + 1 :]
    return {f"{head}{value}{tail}" for value in values}


DEMANDED = SAYS | {key for pattern, values in FILLED.items() for key in keys_of(pattern, values)}


# The facts with which a key is said


def _order() -> dict[str, Any]:
    order = msgspec.convert(samples.ORDER, Order)
    codes = {"next_is": "confirm_receipt.buyer.by", "money_is": "held.buyer"}
    codes |= {"claim_is": "after_release.buyer", "again_is": "by", "itself_is": "badge.buyer"}
    return orders.facts_of(order) | codes | {"window_days": 30, "rest": SUM}


def _money() -> dict[str, Any]:
    told = msgspec.convert(samples.MONEY, MoneyOfAccount)
    return money.facts_of(told, Role.BUYER) | {"unpaid": [{"order": "TA-1", "amount": SUM}]}


def _quote(told: dict[str, Any]) -> dict[str, Any]:
    effect = msgspec.convert(told, Quote).effect
    return told | {"held_is": claims.held(effect.held, of=effect.amount)}


SUM = samples.VERDICT["max_amount"]
ORDER = _order()
NOTHING: dict[str, Any] = {}
PROGRAMME = policy.facts(shipped()[0])
AFTER = {"claim_is": "by", "claimable_until": {"at": samples.LATER, "zone": "Asia/Shanghai"}}
RELEASE = ORDER | AFTER | _quote(samples.RECEIPT) | {"release": PROGRAMME["release"]}
RELEASE |= {"later_is": "release", "later": "2026-12-14T22:42:00Z"}
RELEASE |= {"more_is": "release.by", "arrived_is": "come", "back_is": "buyer", "credit_is": "granted"}
RELEASE |= {"credit_until": AFTER["claimable_until"]}
DONE = {"order": "TA-1", "amount": SUM}
CLAIM = samples.CLAIM | {"next_is": "respond.buyer.by", "held_is": "all"}
AHEAD = {"release_is": "by_silence", "other_days": 60}
VERDICT = verdicts.facts_of(msgspec.convert(samples.VERDICT, Verdict), samples.LATER) | AHEAD
LATE = {"days_late": 2, "deadline": samples.LATER, "deadline_zone": "Asia/Shanghai"}
LATE |= {"claim_is": "possible", "guarantee_is": "late", "ontime": PROGRAMME["ontime"]}
CREDIT = samples.ORDER["credit"] | {"order": "TA-1", "id": "TA-1"}
LISTED = {"items": [ORDER], "n": 1}
MONEY = _money()
GOES = {"order": "TA-1", "goes_is": "by_silence.buyer", "amount": samples.VERDICT["max_amount"]}
RULES = {"respond_days": 3, "silent_days": 15, "extension_days": 15, "moved": samples.ORDER["money"]}
ABOUT = {"order": "TA-1", "claim": "CLM-1"}
CAP = {"cap": SUM, "order": "TA-1", "currency": "USD"}
# What the page puts in by itself.
PAGE = {"n": 2, "day": "Fri 11 Dec", "time": "23:59", "place": "Shanghai", "when": "Fri 11 Dec, 23:59"}
PAGE |= {"name": "Mei", "role": "mediator", "account": "Support desk", "age": "2 hours"}

FACTS: Mapping[str, Mapping[str, Any]] = {
    "": NOTHING,
    "amount.too_precise": {"least": SUM},
    **dict.fromkeys(("amount.figure", "amount.quantity"), VERDICT),
    "ask.": {"order": "TA-1"},
    "ask.open_claim.amount": VERDICT,
    "ask_again.": ABOUT | {"amount": SUM},
    **dict.fromkeys(("claim.held.", "claim.state.", "claim.status"), CLAIM),
    "cannot.": ORDER,
    **dict.fromkeys(("confirmed.", "done_already."), ABOUT),
    **dict.fromkeys(("claimable.", "money."), ORDER | {"release": PROGRAMME["release"]}),
    **dict.fromkeys(("confirmed.claim.", "confirmed.confirm_receipt"), ABOUT | {"amount": SUM} | AFTER),
    "console.": PAGE,
    "delay.": ORDER | LATE,
    "faq.": PROGRAMME,
    "faq.payment_method": {"id": PaymentMethod.CARD},
    "frame.until": PAGE,
    "frame.when": PAGE,
    "money.in_general": PROGRAMME,
    "my_money.": MONEY,
    **dict.fromkeys(("my_money.credit", "my_money.of_credit."), MONEY["credits"][0]),
    "my_money.not_paid_out": MONEY["unpaid"][0],
    "my_money.release": MONEY["releases"][0],
    "my_money.sum": MONEY["held"][0],
    "next.": {"next": samples.ORDER["next"]},
    "notice.claim_": samples.CLAIM | ABOUT | RULES | {"held_is": "all"},
    "notice.credit_": CREDIT,
    **dict.fromkeys(("goes.", "notice.order_"), samples.ORDER | RULES | GOES),
    "notice.payment_sent_back.": samples.ORDER | RULES | {"order": "TA-1"},
    "notice.refund_": samples.ORDER | RULES | {"order": "TA-1", "amount": SUM},
    "notice.payout_": samples.ORDER | RULES | {"order": "TA-1", "amount": SUM},
    "option.claim": samples.CLAIM,
    "option.hold_longer": RULES,
    "option.order": ORDER,
    "order.": ORDER,
    "order.over.": {"over": SUM},
    **dict.fromkeys(("order.carrier.", "order.sent.", "order.shipment"), ORDER["sent"][0]),
    "order.list": LISTED,
    "order.list_more": LISTED,
    "owner.waiting": {"position": 1},
    "page.": PAGE,
    "payer.": VERDICT,
    **dict.fromkeys(("confirmed.arrived", "confirmed.cancel", "confirmed.extend"), RELEASE | DONE),
    **dict.fromkeys(("confirmed.arrived_is.", "confirmed.back.", "confirmed.claim_stays."), RELEASE | DONE),
    "confirmed.later.": RELEASE | DONE,
    "confirmed.ontime_credit": RELEASE | DONE,
    **dict.fromkeys(("quote.arrived", "quote.cancel", "quote.extend", "quote.ontime_credit"), RELEASE),
    **dict.fromkeys(("quote.arrived_is.", "quote.back.", "quote.more."), RELEASE),
    **dict.fromkeys(("quote.claim_stays.", "quote.credit."), RELEASE),
    **dict.fromkeys(("quote.claim_after.", "quote.confirm_receipt", "quote.kept."), RELEASE),
    "quote.escalate": _quote(samples.ESCALATION),
    "quote.held.": _quote(samples.OPENING),
    "quote.open_claim": _quote(samples.OPENING),
    "refused.amount_above_cap": CAP,
    "refused.amount_not_positive": CAP,
    "refused.lines_unshipped": {"order": "TA-1"},
    "refused.cancel_too_late": {"order": "TA-1", "reason": Reason.NOT_SHIPPED, "ended_at": samples.LATER},
    **dict.fromkeys(("refused.already_extended", "refused.desk_decides"), ABOUT),
    **dict.fromkeys(("refused.nothing_to_extend", "refused.nothing_to_release"), ABOUT),
    "refused.not_asked_yet": {"order": "TA-1", "asked_at": samples.LATER},
    "refused.credit_": CREDIT | LATE,
    "refused.delivered_in_time": ORDER | {"order": "TA-1"},
    "refused.no_guarantee": {"order": "TA-1"},
    "refused.not_late_yet": {"order": "TA-1", "opens_at": samples.LATER, "opens_zone": "Asia/Shanghai"},
    "refused.not_yet_escalatable": {"claim": "CLM-1", "opens_at": samples.LATER},
    "refused.wrong_currency": CAP,
    "release_or_claim": ORDER,
    "verdict.": VERDICT,
    "verdict.not_yet_due": VERDICT | {"since_is": "shipped"},
    "widget.": PAGE,
}


def facts_for(key: str) -> Mapping[str, Any]:
    """Its own, else those of the longest beginning that stands in the table."""
    beginnings = [known for known in FACTS if key.startswith(known) and known[-1:] in ("", ".", "_")]
    return FACTS[key] if key in FACTS else FACTS[max(beginnings, key=len)]
