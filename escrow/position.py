"""Where an order's money is, as sums of its journals: never one sum as what is left of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from escrow import chart
from escrow.chart import Account
from escrow.ledger import Journal, Kind
from escrow.money import Money

# Which legs of which journals count into a told sum: on which account they stand, a credit adds.
PAID = dict.fromkeys((Kind.FUND, Kind.CREDIT_SPENT), (chart.ESCROW,))
RELEASED = dict.fromkeys(
    (Kind.RELEASE, Kind.RELEASE_REST, Kind.HOLD_AFTER_RELEASE), (chart.PAYABLE, chart.FEES)
)
SENT_BACK: Mapping[Kind, tuple[Account, ...]] = {Kind.SENT_BACK: (chart.REFUND_PAYABLE,)}
REFUNDED: Mapping[Kind, tuple[Account, ...]] = {
    Kind.REFUND: (chart.REFUND_PAYABLE,),
    Kind.CREDIT_BACK: (chart.CREDIT,),
    **SENT_BACK,
}
CHARGED_BACK: Mapping[Kind, tuple[Account, ...]] = {}


@dataclass(frozen=True)
class Position:
    """`sums` are the postings of the order by kind of journal and account; `in_flight` what payouts carry."""

    order: str
    supplier: str
    currency: str
    sums: Mapping[tuple[str, str], int]
    in_flight: int = 0

    @cached_property
    def paid(self) -> Money:
        return self._counted(PAID)

    @property
    def kept(self) -> Money:
        """What was paid for the order, without what had no place in it and was sent back."""
        return self.paid - self._counted(SENT_BACK)

    @cached_property
    def released(self) -> Money:
        """Paid or payable to the supplier, less what a hold took back."""
        return self._counted(RELEASED)

    @cached_property
    def refunded(self) -> Money:
        return self._counted(REFUNDED)

    @cached_property
    def charged_back(self) -> Money:
        return self._counted(CHARGED_BACK)

    @cached_property
    def in_escrow(self) -> Money:
        """What no hold covers."""
        return self._owed(chart.ESCROW(self.order))

    @cached_property
    def on_hold(self) -> Money:
        found = -sum(minor for (_, account), minor in self.sums.items() if chart.HOLD.has(account))
        return Money(found, self.currency)

    @property
    def held(self) -> Money:
        return self.in_escrow + self.on_hold

    def held_for(self, claim: str) -> Money:
        return self._owed(chart.HOLD(claim))

    @cached_property
    def payable(self) -> Money:
        return self._owed(chart.PAYABLE(self.supplier, self.order))

    @cached_property
    def unrefunded(self) -> Money:
        """What is the buyer's again and has not reached them."""
        found = -sum(minor for (_, on), minor in self.sums.items() if chart.REFUND_PAYABLE.has(on))
        return Money(found, self.currency)

    @property
    def unpaid(self) -> Money:
        """What the supplier is owed of this order and no payout is carrying: in flight counts as paid."""
        return self.payable - Money(self.in_flight, self.currency)

    def moved(self, journal: Journal) -> Position:
        """After that journal."""
        sums = dict(self.sums)
        for posting in journal.postings:
            key = (str(journal.kind), posting.account)
            sums[key] = sums.get(key, 0) + posting.amount.minor
        return replace(self, sums=MappingProxyType(sums))

    def carrying(self, by: int) -> Position:
        """With payouts that carry so much more (or less) than before."""
        return replace(self, in_flight=self.in_flight + by)

    def _owed(self, account: str) -> Money:
        return Money(-sum(minor for (_, on), minor in self.sums.items() if on == account), self.currency)

    def _counted(self, kinds: Mapping[Kind, tuple[Account, ...]]) -> Money:
        return Money(-_sum(self.sums, kinds), self.currency)


def _sum(sums: Mapping[tuple[str, str], int], kinds: Mapping[Kind, Iterable[Account]]) -> int:
    return sum(
        minor
        for (kind, account), minor in sums.items()
        for on in kinds.get(Kind(kind), ())
        if on.has(account)
    )
