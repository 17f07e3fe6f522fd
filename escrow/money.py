"""Money: whole minor units of an ISO 4217 currency. Nothing here knows a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache

from iso4217 import Currency as IsoCurrency

LARGEST = 2**63 - 1


class BadMoney(ValueError):
    """Not an amount of money: a float, an unknown currency, too many decimals, out of range."""


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has: 0 for JPY, 2 for USD, 3 for KWD."""
    try:
        digits = IsoCurrency(currency).exponent
    except ValueError as wrong:
        raise BadMoney(f"unknown currency {currency!r}") from wrong
    if digits is None:
        raise BadMoney(f"{currency} has no minor unit")
    return int(digits)


@dataclass(frozen=True, order=False)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int or abs(self.minor) > LARGEST:
            raise BadMoney("minor units are a whole number of 64 bits")
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise BadMoney("two currencies in one sum")
        return other.minor

    def json(self) -> dict[str, int | str]:
        return {"minor": self.minor, "currency": self.currency}


def zero(currency: str) -> Money:
    return Money(0, currency)


def decimal(text: Decimal, currency: str) -> Money:
    """The amount as people write it; raises BadMoney for more decimals than the currency has."""
    minor = text.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise BadMoney(f"{currency} has {exponent(currency)} decimals")
    return Money(int(minor), currency)


def share(total: Money, part: Fraction) -> Money:
    """That part of a total, rounded once, half to even."""
    exact = Decimal(total.minor * part.numerator) / Decimal(part.denominator)
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), total.currency)


def converted_down(amount: Money, currency: str, usd_per_unit: dict[str, Decimal]) -> Money:
    """A cap in another currency by the policy's rates, rounded down: a cap is never exceeded by rounding."""
    if amount.currency == currency:
        return amount
    dollars = Decimal(amount.minor).scaleb(-exponent(amount.currency)) * usd_per_unit[amount.currency]
    units = (dollars / usd_per_unit[currency]).scaleb(exponent(currency))
    return Money(int(units.to_integral_value(ROUND_DOWN)), currency)
