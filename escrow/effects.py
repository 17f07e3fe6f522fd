"""What an event does with an order's money: pure functions from where it is to the journals that move it.

Each is named in a step of a machine. The kinds of journals (E1 …) are those of docs/architecture.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from contract.codes import InstructionKind
from escrow import chart, crediting
from escrow.case import Case
from escrow.credits import Credit
from escrow.instructions import UNNUMBERED, Instruction, back_to
from escrow.ledger import Journal, Kind, Posting, move
from escrow.money import Money, zero
from escrow.payments import Payment


def fund(case: Case) -> Iterator[Journal | Payment]:
    """E1: the payment is in the bank and in the order's escrow, and kept as what can be sent back.

    E9u: what is paid by credit is there, too, of the platform's own money.
    """
    amount, order = case.given["amount"], case.order.id
    if amount:
        payer = case.given.get("payer")
        yield Payment(case.given["payment"], order, amount, at=case.at, payer=payer)
    yield from _some(move(Kind.FUND, amount, debit=chart.CLIENT_FUNDS(), credit=chart.ESCROW(order)))
    if by_credit := case.given.get("credit"):
        yield crediting.spent(case.order, by_credit)


def hold(case: Case) -> Iterator[Journal]:
    """E2 of what is in escrow, then E2r of what the supplier is still owed; possibly nothing."""
    assert case.claim is not None
    wanted, claim, position = case.claim.amount, case.claim.id, case.position
    first = min(wanted.minor, position.in_escrow.minor)
    then = min(wanted.minor - first, position.unpaid.minor)
    sources = (
        (Kind.HOLD, first, chart.ESCROW(case.order.id)),
        (Kind.HOLD_AFTER_RELEASE, then, chart.PAYABLE(case.order.supplier, case.order.id)),
    )
    for kind, minor, source in sources:
        amount = Money(minor, wanted.currency)
        yield from _some(move(kind, amount, debit=source, credit=chart.HOLD(claim), claim=claim))


def release(case: Case) -> Iterator[Journal]:
    """E4, beside a hold E3: what no hold covers is the supplier's from now on."""
    kind = Kind.RELEASE_REST if case.claim else Kind.RELEASE
    payable = chart.PAYABLE(case.order.supplier, case.order.id)
    yield from _some(move(kind, case.position.in_escrow, debit=chart.ESCROW(case.order.id), credit=payable))


def pay_out(case: Case) -> Iterator[Instruction]:
    """An instruction for what the supplier is still owed and no other carries."""
    owed = case.position.unpaid
    if owed.minor > 0:
        yield Instruction(
            id=UNNUMBERED,
            kind=InstructionKind.PAYOUT,
            order=case.order.id,
            amount=owed,
            refers_to=case.order.supplier,
            at=case.at,
            changed_at=case.at,
        )


def refund_all(case: Case) -> Iterator[Journal | Instruction | Credit]:
    """E6 of all that is held, for a claim or not: the buyer's again, to go back whence it came.

    E9r of what no payment has brought: it was paid by credit, and is credit again.
    """
    held, position, order = case.position.held, case.position, case.order
    sources = [(chart.ESCROW(order.id), position.in_escrow)]
    claim = case.claim.id if case.claim and position.held_for(case.claim.id) else None
    if claim:
        sources.insert(0, (chart.HOLD(claim), position.held_for(claim)))
    instructions = list(_refunds(case, held))
    to_payments = sum((each.amount for each in instructions), zero(held.currency))
    if to_payments:
        owed = Posting(chart.REFUND_PAYABLE(order.buyer, order.id), -to_payments)
        yield Journal(Kind.REFUND, (*_first(sources, to_payments), owed), claim)
    if rest := held - to_payments:
        yield from crediting.given_back(case, tuple(_last(sources, rest)), rest, claim)
    yield from instructions


def _first(sources: list[tuple[str, Money]], amount: Money) -> Iterator[Posting]:
    """So much of them, one after the other."""
    for account, there in sources:
        part = Money(min(there.minor, amount.minor), amount.currency)
        amount -= part
        if part:
            yield Posting(account, part)


def _last(sources: list[tuple[str, Money]], amount: Money) -> Iterator[Posting]:
    """What the first of them leave, so much of it."""
    yield from _first(sources[::-1], amount)


def send_back(case: Case) -> Iterator[Journal | Instruction]:
    """E6b: what has just been paid and has no place in the order goes back to who paid it."""
    yield from _sent_back(case, case.given["amount"])


def _sent_back(case: Case, amount: Money) -> Iterator[Journal | Instruction]:
    order = case.order
    owed = chart.REFUND_PAYABLE(order.buyer, order.id)
    yield from _some(move(Kind.SENT_BACK, amount, debit=chart.ESCROW(order.id), credit=owed))
    if amount:
        yield _refund(case, case.given["payment"], amount)


def send_back_rest(case: Case) -> Iterator[Journal | Instruction]:
    """E6b of what the payment that has just come brought beyond the order's total."""
    over = case.position.kept - case.order.total
    if zero(over.currency) < over:
        yield from _sent_back(case, over)


def _refunds(case: Case, amount: Money) -> Iterator[Instruction]:
    for payment, part in back_to(case.payments, amount, case.instructions):
        yield _refund(case, payment.id, part)


def _refund(case: Case, payment: str, amount: Money) -> Instruction:
    return Instruction(
        id=UNNUMBERED,
        kind=InstructionKind.REFUND,
        order=case.order.id,
        amount=amount,
        refers_to=payment,
        at=case.at,
        changed_at=case.at,
    )


def refund_again(case: Case) -> Iterator[Instruction]:
    """An instruction for what one that has failed was to give back, to the same payment."""
    assert case.instruction is not None
    yield _refund(case, case.instruction.refers_to, case.instruction.amount)


def refunded(case: Case) -> Iterator[Journal]:
    """E7: it has left the bank for the payment that it refunds."""
    yield from _some(_refund_moved(Kind.REFUND_SENT, case))


def refund_returned(case: Case) -> Iterator[Journal]:
    """E7r: the bank has sent back what was settled, and it is owed again."""
    yield from _some(_refund_moved(Kind.REFUND_RETURNED, case))


def _refund_moved(kind: Kind, case: Case) -> Journal | None:
    assert case.instruction is not None
    owed, bank = chart.REFUND_PAYABLE(case.order.buyer, case.order.id), chart.CLIENT_FUNDS()
    out = kind is Kind.REFUND_SENT
    return move(kind, case.instruction.amount, debit=owed if out else bank, credit=bank if out else owed)


def paid(case: Case) -> Iterator[Journal]:
    """E5: it has left the bank."""
    yield from _some(_payout(Kind.PAYOUT, case))


def taken_back(case: Case) -> Iterator[Journal]:
    """E5r: the bank has sent back what was settled, and it is owed again."""
    yield from _some(_payout(Kind.PAYOUT_RETURNED, case))


def _payout(kind: Kind, case: Case) -> Journal | None:
    assert case.instruction is not None
    payable, bank = chart.PAYABLE(case.order.supplier, case.order.id), chart.CLIENT_FUNDS()
    out = kind is Kind.PAYOUT
    return move(
        kind, case.instruction.amount, debit=payable if out else bank, credit=bank if out else payable
    )


def _some(journal: Journal | None) -> Iterator[Journal]:
    if journal is not None:
        yield journal
