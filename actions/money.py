"""All of an account's money: what is held, and what goes out next."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from actions.sayings import ORDERS, Facts, plain
from actions.turn import Turn, step
from contract.answers import CreditSums, Money, MoneyOfAccount, Release
from contract.codes import InstructionState, OrderState, Role

SHOWN = 5


@step("action_my_money")
async def my_money(turn: Turn) -> None:
    told, role = await turn.escrow.money(), turn.role()
    if not told.items:
        turn.say("my_money.none")
        return
    unpaid = await not_paid_out(turn) if role is Role.SUPPLIER else []
    turn.say("my_money.all", facts_of(told, role) | {"unpaid": unpaid}, options=ORDERS)


async def not_paid_out(turn: Turn) -> list[Facts]:
    """What has been released to the supplier and has not reached them."""
    orders = await turn.escrow.orders(state=OrderState.RELEASING)
    waiting = [(order.id, order.payout) for order in orders if order.payout]
    return [
        {"order": id, "amount": plain(payout.amount)}
        for id, payout in waiting
        if payout.state is not InstructionState.SETTLED
    ]


def facts_of(told: MoneyOfAccount, role: Role) -> Facts:
    """The sums, the first releases to come, and codes that say what there is to say of them."""
    shown, more = told.releases[:SHOWN], len(told.releases) - SHOWN
    held, rest = [sums.held for sums in told.items], _rest(told)
    released, refunded = [sums.released for sums in told.items], [sums.refunded for sums in told.items]
    return {
        "held": _sums(held),
        "held_is": f"{'some' if _sums(held) else 'none'}.{role}",
        "releases": [plain(release) for release in shown],
        "releases_are": f"{'some' if shown else 'none'}.{role}",
        # Of a page that is not the last nobody knows how many follow.
        "more": more,
        "more_is": "many" if told.next else "some" if more > 0 else "none",
        "rest": _sums(rest),
        "rest_is": "none" if told.next or not _sums(rest) else "some" if shown else "all",
        "credits": [plain(each) | _of(each) for each in told.credits],
        "released": _sums(released),
        "refunded": _sums(refunded),
        "gone_is": f"{_gone(bool(_sums(released)), bool(_sums(refunded)))}.{role}",
    }


def _of(credit: CreditSums) -> Facts:
    """Which words say it, and the last day of the first of it: what is told ends with a midnight."""
    waits = bool(credit.waiting.minor)
    if credit.usable_until is None:
        return {"credit_is": "waiting" if waits else "none"}
    last = datetime.fromisoformat(credit.usable_until) - timedelta(minutes=1)
    return {"credit_is": "both" if waits else "usable", "last_at": last.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _sums(each: Sequence[Money]) -> list[Facts]:
    """Those that are something."""
    return [{"sum": plain(money)} for money in each if money.minor > 0]


def _rest(told: MoneyOfAccount) -> list[Money]:
    """What is held and has no day yet."""
    coming = _by_currency(told.releases)
    return [Money(sums.held.minor - coming[sums.currency], sums.currency) for sums in told.items]


def _by_currency(releases: Sequence[Release]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for release in releases:
        sums[release.amount.currency] += release.amount.minor
    return sums


def _gone(released: bool, refunded: bool) -> str:
    if released and refunded:
        return "both"
    return "released" if released else "refunded" if refunded else "nothing"
