"""The demo world of `data/demo.yml`: `python -m escrow.demo` makes it unless there is one.

Its history is lived, not written: each thing happens at its instant, and between two of them whatever
deadline falls due fires.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from contract.asked import OpenClaim, Sum
from contract.codes import InstructionState, OrderState, Reason, Role
from escrow import anchors, editions, engine, executor, funds, intake, policies, quotes, settings
from escrow.callers import Caller
from escrow.editions import Version
from escrow.engine import fire_next
from escrow.machines.order import OrderEvent
from escrow.money import Money, decimal
from escrow.orders import Line, Order
from escrow.outbox import accept_all
from escrow.policies import policy_at
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.parties import Account
from escrow.store.work import Work

WORLD = Path(__file__).parent.parent / "data" / "demo.yml"
UNITS = {"d": "days", "h": "hours", "s": "seconds"}
# A refusal by the bank comes before the demo's executor would settle.
REFUSED_AFTER = timedelta(seconds=30)

Told = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    at: datetime
    do: Callable[[Work, datetime], object]


def make(work: Work, told: Told, now: datetime) -> None:
    """All of it in one unit of work. `now` has whole seconds; nothing happens after it."""
    policies.publish_shipped(work)
    policies.publish(work, _policy(told, now))
    work.records.start_clock(now)
    _add_parties(work, told)
    for currency, amount in told["own_funds"].items():
        funds.put_in(work, _money(amount, currency), actor=engine.SYSTEM, at=_ago(told["began"], now))
    happenings = [each for id, order in told["orders"].items() for each in _life(work, id, order, now)]
    for happening in sorted(happenings, key=lambda each: each.at):
        _fire_until(work, happening.at)
        happening.do(work, happening.at)
        accept_all(work)
    _fire_until(work, now)
    work.records.forget_notices(work.notices.last())


def _policy(told: Told, now: datetime) -> Version:
    """The program's newest version with what is particular to the demo, in force since it began."""
    newest = editions.versions()[-1]
    own = {"version": newest.policy.version + 1, "in_force_from": str(_ago(told["began"], now).date())}
    return editions.amended(newest, told["policy"] | own)


def _fire_until(work: Work, until: datetime) -> None:
    while fire_next(work, until):
        accept_all(work)


def _add_parties(work: Work, told: Told) -> None:
    for id, each in told["accounts"].items():
        tier, badge, locale = each.get("tier", "standard"), each.get("badge", False), each.get("locale", "en")
        work.parties.add_account(Account(id, each["name"], each["role"], tier, each["zone"], locale, badge))
    for id, each in told["people"].items():
        name = each.get("name", id.replace("-", " ").title())
        work.parties.add_person(id, account=each["account"], name=name, role=each["role"])


def _life(work: Work, id: str, told: Told, now: datetime) -> Iterator[Happening]:
    """What happens to one order, each with its instant."""
    order = _order(work, id, told, now)
    yield Happening(order.created_at, partial(_make, order=order))
    if "paid" in told:
        yield Happening(_ago(told["paid"], now), partial(_pay, order=order))
    if "shipped" in told:
        yield Happening(_ago(told["shipped"], now), lambda work, at: intake.ship(work, id, at=at))
    if "delivered" in told:
        yield Happening(_ago(told["delivered"], now), lambda work, at: intake.deliver(work, id, at=at))
    if "received" in told:
        yield Happening(_ago(told["received"], now), partial(_receive, id=id))
    if "claim" in told:
        yield Happening(_ago(told["claim"]["opened"], now), partial(_claim, order=order, told=told["claim"]))
    if told.get("payout_failed"):
        delivered = _ago(told["delivered"], now)
        silence = timedelta(days=policy_at(work, order.created_at).release.silent_days)
        yield Happening(delivered + silence + REFUSED_AFTER, partial(_refuse_payout, id=id))


def _order(work: Work, id: str, told: Told, now: datetime) -> Order:
    freight, made = told["freight"], _ago(told["made"], now)
    currency, buyer = freight["currency"], work.parties.account(told["buyer"])
    lines = tuple(Line(title, count, _money(price, currency)) for title, count, price in told["lines"])
    promised = _ago(told["promised"], now)
    return Order(
        id=id,
        state=OrderState.AWAITING_PAYMENT,
        buyer=buyer.id,
        supplier=told["supplier"],
        lines=lines,
        freight=_money(freight["amount"], currency),
        mode=freight["mode"],
        tier=buyer.tier,
        zone=buyer.zone,
        policy_version=policy_at(work, made).version,
        created_at=made,
        protections=tuple(told.get("protections", ["trade_assurance"])),
        ship_by=made + (promised - made) / 2,
        promised_at=promised,
        version=1,
    )


def _money(text: str, currency: str) -> Money:
    return decimal(Decimal(text), currency)


def _ago(age: str, now: datetime) -> datetime:
    return now - timedelta(**{UNITS[age[-1]]: int(age[:-1])})


def _make(work: Work, at: datetime, *, order: Order) -> None:
    intake.make(work, order, at=at)


def _pay(work: Work, at: datetime, *, order: Order) -> None:
    intake.pay(work, order.id, order.total, payment=f"PSP-{order.id}", at=at)


def _receive(work: Work, at: datetime, *, id: str) -> None:
    order = work.orders.lock(id)
    buyer = work.parties.persons_of(order.buyer)[0]
    actor = f"{Role.BUYER}:{buyer}"
    engine.apply(work, order, OrderEvent.CONFIRM_RECEIPT, order, actor=actor, at=at)


def _claim(work: Work, at: datetime, *, order: Order, told: Told) -> None:
    """As its buyer would: by a quote and a yes."""
    caller = Caller(told["by"], order.buyer, Role.BUYER, "demo", "demo-1")
    amount = _money(told["amount"], order.currency)
    wanted = OpenClaim(order.id, Reason(told["reason"]), Sum(amount.minor, amount.currency))
    quote = quotes.open_quote(work, caller, wanted, at)
    quotes.confirm(work, caller, quote.quote_id, at)


def _refuse_payout(work: Work, at: datetime, *, id: str) -> None:
    payout = work.instructions.of(id)[-1]
    executor.result(work, payout.id, InstructionState.FAILED, actor=executor.DEMO, at=at)


def refuse_real_books(work: Work) -> None:
    """Raises SystemExit for books that no demo made: nothing pretended gets in, or takes their place."""
    if work.records.made_at() is None and not work.orders.is_empty():
        sys.exit("these books hold real orders: start with --no-demo, or name another database.")


def main() -> int:
    """With `--check` it only looks whether a demo world may be made here, also in place of the old one."""
    if "--check" in sys.argv and not schema.exists(settings.database_url()):
        return 0
    database = Database(settings.database_url())
    schema.upgrade(database)
    database.read(refuse_real_books)
    if "--check" in sys.argv:
        return 0
    now = datetime.now(UTC).replace(microsecond=0)
    made_at = database.read(lambda work: work.records.made_at())
    if made_at is None:
        told = yaml.safe_load(WORLD.read_text("utf-8"))
        database.write(lambda work: make(work, told, now))
        anchors.begin(settings.home())
        anchors.keep(database, settings.home(), now)
        print(f"made the demo world: {len(told['orders'])} orders, {len(told['people'])} people")
    else:
        print(f"the demo world is {_age(now - made_at)} old; ./assure up --fresh makes a new one")
    database.close()
    return 0


def _age(age: timedelta) -> str:
    if age < timedelta(hours=1):
        return f"{age // timedelta(minutes=1)} min"
    return f"{age // timedelta(hours=1)} h" if age < timedelta(days=2) else f"{age.days} days"


if __name__ == "__main__":
    sys.exit(main())
