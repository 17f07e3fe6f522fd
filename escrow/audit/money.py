"""Money: where an order's is, what the whole ledger owes, and whether what is owed is there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from contract.codes import InstructionKind, InstructionState
from escrow import chart
from escrow.audit.chain import Chain, World
from escrow.case import Case
from escrow.credits import OWED
from escrow.ledger import Kind
from escrow.machines.claim import CLAIM
from escrow.machines.order import ORDER
from escrow.store.books import Books
from escrow.tables import SUMS

# What leaves the bank by an instruction, and what brings it back.
BOOKED = {
    InstructionKind.PAYOUT: (Kind.PAYOUT, Kind.PAYOUT_RETURNED, chart.PAYABLE),
    InstructionKind.REFUND: (Kind.REFUND_SENT, Kind.REFUND_RETURNED, chart.REFUND_PAYABLE),
}
# Facts, which may take the platform's own money below zero; nothing that somebody decides may.
FACTS = frozenset({Kind.FUND, Kind.SETTLED_BY_PSP, Kind.CREDIT_SPENT})


def position(chain: Chain) -> Iterator[str]:
    """What was paid is held, released, refunded or charged back, and the order's state allows it to be so."""
    if not chain.is_order:
        return
    order, where = chain.order, chain.position
    told = {name: getattr(where, name).minor for name in SUMS}
    for account in (order.buyer, order.supplier):
        chain.world.sums.setdefault((account, order.currency), Counter()).update(told)
    if told["paid"] != sum(told.values()) - told["paid"]:
        parts = ", ".join(f"{minor} {name}" for name, minor in told.items())
        yield f"money of {order.id} is not where it was paid to: {parts}"
    held = ORDER.holds.get(order.state)
    claim = next((each for each in chain.claims if each.state not in CLAIM.final), None)
    case = Case(
        order=order,
        policy=chain.policy,
        position=where,
        at=chain.world.now,
        claim=claim,
    )
    if held is not None and not held(case):
        yield f"{order.id} cannot be {order.state} with its money where it is"
    if where.unpaid.minor < 0:
        yield f"payouts of {order.id} carry {-where.unpaid.minor} more than is owed"


def claims(chain: Chain) -> Iterator[str]:
    """A hold is for a claim of this order that is open, and for no more than it asks."""
    if not chain.is_order:
        return
    running = {claim.id: claim for claim in chain.claims if claim.state not in CLAIM.final}
    for row, claim in zip(chain.rows["claims"], chain.claims, strict=True):
        if bool(row.open) is not (claim.id in running):
            yield f"claim {claim.id} is {claim.state}, yet it is kept as {'open' if row.open else 'not open'}"
    if len(running) > 1:
        yield f"{chain.id} has more than one open claim: {', '.join(running)}"
    for account in sorted({account for _, account in chain.position.sums if chart.HOLD.has(account)}):
        id = account.partition(":")[2]
        held = chain.position.held_for(id)
        if held and (id not in running or running[id].amount < held):
            yield f"{held.minor} {held.currency} are held for {id}, which does not ask that"


def payments(chain: Chain) -> Iterator[str]:
    """What was paid is what the payments brought."""
    if not chain.is_order:
        return
    paid = -chain.position.sums.get((Kind.FUND, chart.ESCROW(chain.id)), 0)
    brought = sum(payment.amount.minor for payment in chain.payments)
    if brought != paid:
        yield f"payments of {chain.id} have brought {brought}, its journals say {paid}"


def instructions(chain: Chain) -> Iterator[str]:
    """What has left the bank is what settled instructions moved, to whom each of its kind may pay."""
    if not chain.is_order:
        return
    for kind, (out, back, owed) in BOOKED.items():
        theirs = [each for each in chain.instructions if each.kind is kind]
        settled = sum(each.amount.minor for each in theirs if each.state is InstructionState.SETTLED)
        moved = chain.position.sums.items()
        left = sum(minor for (by, on), minor in moved if by in (out, back) and owed.has(on))
        if settled != left:
            yield f"{kind}s of {chain.id} have settled {settled}, its journals say {left}"
        for each in theirs:
            if kind is InstructionKind.PAYOUT and each.refers_to != chain.order.supplier:
                yield f"{each.id} pays {each.refers_to}, not the supplier of {chain.id}"
    yield from _refunds(chain)


def _refunds(chain: Chain) -> Iterator[str]:
    """Each goes back to a payment of the order, within what it brought; none carries more than is owed."""
    refunds = [each for each in chain.instructions if each.kind is InstructionKind.REFUND]
    flying = Counter[str]()
    for each in refunds:
        moves = each.is_in_flight or each.state is InstructionState.SETTLED
        flying[each.refers_to] += each.amount.minor if moves else 0
    brought = {payment.id: payment.amount.minor for payment in chain.payments}
    for payment, minor in sorted(flying.items()):
        if payment not in brought:
            yield f"refunds of {chain.id} go to {payment}, which is no payment of it"
        elif minor > brought[payment]:
            yield f"refunds of {chain.id} send {minor} back to {payment}, which brought {brought[payment]}"
    carried = sum(each.amount.minor for each in refunds if each.is_in_flight)
    if carried > chain.position.unrefunded.minor:
        yield f"refunds of {chain.id} carry {carried}, and {chain.position.unrefunded.minor} are owed"


def credits(chain: Chain) -> Iterator[str]:
    """What is still owed of credits is added up by their buyer, and what is not granted is nothing."""
    for credit in chain.credits:
        owed = credit.unspent if credit.state in OWED else credit.unspent - credit.unspent
        chain.world.credits[chart.CREDIT(chain.order.buyer), credit.amount.currency] += owed.minor
        if credit.granted_at is None and credit.unspent:
            yield f"{credit.id} was not granted, yet {credit.unspent.minor} of it can be spent"


def owed_credits(books: Books, world: World) -> Iterator[str]:
    """What an account of credits has is what its buyer's credits say."""
    left = Counter(world.credits)
    for account, currency, _cached, posted in books.balances():
        if chart.CREDIT.has(account):
            should = left.pop((account, currency), 0)
            if posted != -should:
                yield f"{account} owes {-posted} {currency}, its credits say {should}"
    for (account, currency), should in sorted(left.items()):
        if should:
            yield f"{account} owes nothing in {currency}, its credits say {should}"


def balances(books: Books, counts: Counter[str]) -> Iterator[str]:
    """Each is the sum of its postings; nothing owed is negative; what is owed is there beside our own."""
    by_number: Counter[tuple[str, str]] = Counter()
    for name, currency, cached, posted in books.balances():
        counts["accounts"] += 1
        if cached != posted:
            yield f"balance of {name} in {currency} is {cached}, its postings say {posted}"
        number = name.partition(":")[0]
        by_number[number, currency] += posted
        if number not in chart.BY_NUMBER:
            yield f"there is no account {name} in the chart"
        elif chart.BY_NUMBER[number].is_owed and posted > 0:
            yield f"{name} is overdrawn by {posted} {currency}"
    yield from _solvency(by_number, counts)


def _solvency(by_number: Counter[tuple[str, str]], counts: Counter[str]) -> Iterator[str]:
    currencies = sorted({currency for _, currency in by_number})
    counts["currencies"] += len(currencies)
    for currency in currencies:
        total = sum(minor for (_, of), minor in by_number.items() if of == currency)
        if total:
            yield f"all accounts in {currency} together are {total}, not zero"
        cash = sum(by_number[account.number, currency] for account in chart.THEIR_CASH)
        owed = -sum(by_number[account.number, currency] for account in chart.OTHERS)
        if cash < owed:
            yield f"cash in {currency} is {cash}, owed to others are {owed}"
        own, credits = by_number[chart.OWN_FUNDS.number, currency], -by_number[chart.CREDIT.number, currency]
        if own < credits:
            yield f"own funds in {currency} are {own}, credits may ask for {credits}"


def own_funds(books: Books, _counts: Counter[str]) -> Iterator[str]:
    """No deed takes the platform's own money below zero."""
    left: Counter[str] = Counter()
    for row in books.of_account(chart.OWN_FUNDS()):
        left[row.currency] += row.minor
        if row.minor < 0 and left[row.currency] < 0 and row.kind not in FACTS:
            yield f"journal {row.id} ({row.kind}) takes own funds to {left[row.currency]} {row.currency}"


def account_sums(books: Books, world: World) -> Iterator[str]:
    """What is cached of all orders of an account is their sum."""
    for row in books.account_sums():
        should = world.sums.pop((row.account, row.currency), Counter())
        for name in SUMS:
            if row._mapping[name] != should[name]:
                is_ = row._mapping[name]
                yield f"{name} of {row.account} in {row.currency} is {is_}, its orders say {should[name]}"
    for (account, currency), sums in sorted(world.sums.items()):
        if any(sums.values()):
            yield f"there are no sums of {account} in {currency}, its orders have some"


def policies(books: Books, counts: Counter[str]) -> Iterator[str]:
    for row in books.policies():
        counts["policies"] += 1
        if hashlib.sha256(row.text.encode()).hexdigest() != row.hash:
            yield f"policy {row.version} is not the text that was published"


def references(books: Books, _counts: Counter[str]) -> Iterator[str]:
    """Every account, person, policy, notice and journal that something refers to is there."""
    for column, table, count in books.dangling():
        yield f"{column} of {count} rows names none of {table} that is there"
