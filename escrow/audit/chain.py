"""One order, or the platform's own money, with all that belongs to it: is it what its history tells?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

from contract.codes import InstructionKind, Mode, Protection, Tell, Tier
from escrow.audit.told import Moved, Told
from escrow.claims import Claim
from escrow.credits import Credit
from escrow.history import OWN_FUNDS, text_hash
from escrow.instructions import Instruction
from escrow.ledger import Kind
from escrow.orders import Order
from escrow.payments import Payment
from escrow.policy import Policy
from escrow.position import Position
from escrow.store import books
from escrow.tasks import DeskTask

T = TypeVar("T")
THINGS = ("claims", "instructions", "tasks", "credits")
KINDS, TELLS = frozenset(map(str, Kind)), frozenset(map(str, Tell))


@dataclass
class World:
    """What all chains share. `sums` are added up from their orders: by account, currency and name.

    `credits`: by account and currency, what is still owed of them.

    `quotes` and `signed` are of answered quotes of no order, until a chain tells of them.
    """

    policies: Mapping[int, Policy]
    is_demo: bool
    now: datetime
    sums: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    credits: Counter[tuple[str, str]] = field(default_factory=Counter)
    quotes: dict[str, str] = field(default_factory=dict)
    signed: dict[str, list[list[Any]]] = field(default_factory=dict)


@dataclass
class Chain:
    """`rows` are those of each table that name this chain."""

    id: str
    rows: Mapping[str, list[Any]]
    world: World
    told: Told

    @cached_property
    def order(self) -> Order:
        """Raises ValueError for what cannot be one, LookupError where there is none."""
        return books.order_of(self.rows["orders"][0], self.rows["lines"])

    @cached_property
    def claims(self) -> list[Claim]:
        return [books.claim_of(row) for row in self.rows["claims"]]

    @cached_property
    def payments(self) -> list[Payment]:
        return [books.payment_of(row) for row in self.rows["payments"]]

    @cached_property
    def instructions(self) -> list[Instruction]:
        return [books.instruction_of(row) for row in self.rows["instructions"]]

    @cached_property
    def tasks(self) -> list[DeskTask]:
        return [books.task_of(row) for row in self.rows["tasks"]]

    @cached_property
    def credits(self) -> list[Credit]:
        return [books.credit_of(row) for row in self.rows["credits"]]

    @cached_property
    def policy(self) -> Policy:
        return self.world.policies[self.order.policy_version]

    @cached_property
    def position(self) -> Position:
        sums: Counter[tuple[str, str]] = Counter()
        for row in self.rows["journals"]:
            if row.account is not None:
                sums[row.kind, row.account] += row.minor
        payouts = [each for each in self.instructions if each.kind is InstructionKind.PAYOUT]
        flying = sum(each.amount.minor for each in payouts if each.is_in_flight)
        order = self.order
        return Position(order.id, order.supplier, order.currency, sums, flying)

    @property
    def is_order(self) -> bool:
        return bool(self.rows["orders"])


def belongs(chain: Chain) -> Iterator[str]:
    """Every row belongs to an order that is there and has a history; only the platform's money has none."""
    if chain.id != OWN_FUNDS and not chain.is_order:
        tables = ", ".join(name for name, rows in chain.rows.items() if rows)
        yield f"there is no order {chain.id}, yet it is named in {tables}"
    if not chain.rows["history"]:
        yield f"{chain.id} has no history"


def things(chain: Chain) -> Iterator[str]:
    """What an order, claim, payment, instruction, task or credit is, is what the history told last."""
    stored = {row.id: dict(row._mapping) for name in THINGS for row in chain.rows[name]}
    stored |= {f"payment:{row.id}": dict(row._mapping) for row in chain.rows["payments"]}
    stored |= {f"event:{row.order_id}/{row.id}": dict(row._mapping) for row in chain.rows["events"]}
    for row in chain.rows["shipments"]:
        of = [[line.line, line.quantity] for line in chain.rows["shipment_lines"] if line.shipment == row.id]
        stored[f"shipment:{row.order_id}/{row.id}"] = {**row._mapping, "lines": of}
    for row in chain.rows["orders"]:
        lines = [[line.quantity, line.unit_price] for line in chain.rows["lines"]]
        stored[row.id] = {**row._mapping, "lines": lines}
    told = chain.told.things
    for id in sorted(told.keys() | stored.keys()):
        if id not in told or id not in stored:
            yield f"{id} is not there" if id in told else f"no history tells of {id}"
            continue
        for name, should in told[id].items():
            if stored[id].get(name) != should:
                yield f"{name} of {id} is {stored[id].get(name)}, its history says {should}"


def journals(chain: Chain) -> Iterator[str]:
    """Each sums to zero, is sealed, and is the one that the history tells; and none is missing."""
    untold = dict(chain.told.journals)
    for _, rows in groupby(chain.rows["journals"], key=lambda row: row.id):
        legs = list(rows)
        yield from _conserves(legs)
        yield from _is_told(chain, legs, untold.pop((legs[0].kind, legs[0].source), None))
    for kind, source in sorted(untold):
        yield f"journal {kind} {source} is told in the history and not there"


def _conserves(legs: list[Any]) -> Iterator[str]:
    first, minors = legs[0], [leg.minor for leg in legs if leg.account is not None]
    if sum(minors) != 0 or len(minors) < 2:
        yield f"journal {first.id} ({first.kind}) sums to {sum(minors)} in {len(minors)} postings"
    if first.sealed != 1:
        yield f"journal {first.id} ({first.kind}) was never sealed"
    if first.kind not in KINDS:
        yield f"journal {first.id} is of no kind that there is: {first.kind}"


def _is_told(chain: Chain, legs: list[Any], told: Moved | None) -> Iterator[str]:
    first = legs[0]
    name = f"journal {first.id} ({first.kind} {first.source})"
    posted = sorted([leg.account, leg.minor] for leg in legs if leg.account is not None)
    if told is None or posted != told.postings:
        yield f"{name} is not the one that its history tells"
        return
    currency = told.currency or chain.order.currency
    should: dict[str, Any] = {"currency": currency, "at": told.at, "actor": told.actor}
    if told.currency:
        should["claim_id"] = told.claim
    if chain.is_order:
        should["policy_version"] = chain.order.policy_version
    for column, value in should.items():
        if value != getattr(first, column) and (value or column == "claim_id"):
            yield f"{column} of {name} is {getattr(first, column)}, its history says {value}"


def notices(chain: Chain) -> Iterator[str]:
    """Whom the history says were told have a notice, and nobody else has."""
    stored = Counter((row.n, row.kind, row.account) for row in chain.rows["notices"])
    for n, kind, account in sorted((chain.told.notices - stored).keys()):
        yield f"the notice {kind} to {account} of row {n} of {chain.id} is not there"
    for n, kind, account in sorted((stored - chain.told.notices).keys()):
        yield f"no history tells of the notice {kind} to {account} of row {n} of {chain.id}"
    for row in chain.rows["notices"]:
        if row.kind not in TELLS:
            yield f"notice {row.id} is of no kind that there is: {row.kind}"


def quotes(chain: Chain) -> Iterator[str]:
    """What was done by a yes was shown before, as it is kept."""
    stored = shown(chain.rows["quotes"]) | _taken(chain.world.quotes, chain.told.quotes)
    for id in sorted(stored.keys() | chain.told.quotes.keys()):
        if id not in stored:
            yield f"quote {id} of {chain.id} was answered and is not there"
        elif id not in chain.told.quotes:
            yield f"no history tells that quote {id} of {chain.id} was answered"
        elif stored[id] != chain.told.quotes[id]:
            yield f"quote {id} of {chain.id} shows something else than was said yes to"


def signatures(chain: Chain) -> Iterator[str]:
    """Who signed what needed more than one yes, and when, is what the deed's history tells."""
    stored = signed(chain.rows["signatures"]) | _taken(chain.world.signed, chain.told.signed)
    for id in sorted(stored.keys() | chain.told.signed.keys()):
        if stored.get(id) != chain.told.signed.get(id):
            yield f"quote {id} of {chain.id} was signed by others, or at another time, than its history says"


def shown(quotes: Iterable[Any]) -> dict[str, str]:
    return {row.id: hashlib.sha256(row.shown.encode()).hexdigest() for row in quotes}


def signed(signatures: Iterable[Any]) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = {}
    for row in signatures:
        found.setdefault(row.quote, []).append([row.n, row.role, row.person, row.at])
    return found


def _taken(loose: dict[str, T], told: Iterable[str]) -> dict[str, T]:
    """Those of no order that this chain tells of, and no other may."""
    return {id: loose.pop(id) for id in told if id in loose}


def untold(world: World) -> Iterator[str]:
    for id in sorted(world.quotes.keys() | world.signed.keys()):
        yield f"no history tells that quote {id} was answered"


def terms(chain: Chain) -> Iterator[str]:
    """An order's sums, codes and currencies fit together; all that is read here is what there can be."""
    if not chain.is_order:
        return
    order, row, named = chain.order, chain.rows["orders"][0], chain.rows["lines"]
    if order.total.minor != row.total or [line.n for line in named] != list(range(len(named))):
        yield f"the lines of {order.id} and its freight do not come to its total"
    if row.backwards != order.id[::-1]:
        yield f"{order.id} cannot be found by the end of its number"
    Mode(order.mode), Tier(order.tier), [Protection(each) for each in order.protections], chain.policy
    named_in = ("claims", "payments", "instructions", "credits")
    currencies = {row.currency for name in named_in for row in chain.rows[name]}
    if currencies - {order.currency}:
        others = ", ".join(sorted(currencies - {order.currency}))
        yield f"{order.id} is in {order.currency}, but {others} belongs to it"


def texts(chain: Chain) -> Iterator[str]:
    for row in chain.rows["texts"]:
        if text_hash(row.salt, row.text) != row.id:
            yield f"a text of {row.order_id} is not the one that was said ({row.id[:12]})"
