"""The chart of accounts: what each is, whose, and which may not cross zero.

Whatever is owed to somebody is a liability and never negative; the cash that covers it stands apart from the
platform's own (machine.md section 4 is the source of the numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ASSET = "Assets"
    LIABILITY = "Liabilities"
    EQUITY = "Equity"
    INCOME = "Income"
    EXPENSE = "Expenses"


@dataclass(frozen=True)
class Account:
    """`of` names what follows the number, part by part: whose it is."""

    number: str
    name: str
    kind: Kind
    of: tuple[str, ...] = ()

    def __call__(self, *of: str) -> str:
        """The account as a posting names it, `2000:TA-1`."""
        if len(of) != len(self.of):
            raise ValueError(f"{self.name} is kept by {', '.join(self.of) or 'nothing'}")
        return ":".join((self.number, *of))

    @property
    def is_owed(self) -> bool:
        """To somebody: its debits never exceed its credits."""
        return self.kind is Kind.LIABILITY

    def has(self, account: str) -> bool:
        return account == self.number or account.startswith(f"{self.number}:")


PSP_CLEARING = Account("1000", "psp_clearing", Kind.ASSET)
CLIENT_FUNDS = Account("1010", "client_funds", Kind.ASSET)
OWN_FUNDS = Account("1020", "own_funds", Kind.ASSET)
SUPPLIER_RECEIVABLE = Account("1100", "supplier_receivable", Kind.ASSET, ("supplier", "order"))
CHARGEBACK_RECEIVABLE = Account("1110", "chargeback_receivable", Kind.ASSET, ("order",))
ESCROW = Account("2000", "escrow", Kind.LIABILITY, ("order",))
HOLD = Account("2010", "hold", Kind.LIABILITY, ("claim or chargeback",))
PAYABLE = Account("2100", "payable", Kind.LIABILITY, ("supplier", "order"))
REFUND_PAYABLE = Account("2200", "refund_payable", Kind.LIABILITY, ("buyer", "order"))
CREDIT = Account("2300", "credit", Kind.LIABILITY, ("buyer",))
EQUITY = Account("3000", "equity", Kind.EQUITY)
FEES = Account("4000", "fees", Kind.INCOME)
RECOVERED = Account("4010", "recovered", Kind.INCOME)
GOODWILL = Account("5000", "goodwill", Kind.EXPENSE)
ONTIME_CREDIT = Account("5010", "ontime_credit", Kind.EXPENSE)
GUARANTEE_LOSS = Account("5020", "guarantee_loss", Kind.EXPENSE)
CHARGEBACK_LOSS = Account("5030", "chargeback_loss", Kind.EXPENSE)
PSP_FEES = Account("5040", "psp_fees", Kind.EXPENSE)
CREDIT_BREAKAGE = Account("5050", "credit_breakage", Kind.EXPENSE)

CHART = tuple(each for each in list(globals().values()) if isinstance(each, Account))
BY_NUMBER = {account.number: account for account in CHART}

# Solvency: this cash, with what a chargeback will bring back, covers what is owed to others; our own covers
# the credits.
OTHERS = (ESCROW, HOLD, PAYABLE, REFUND_PAYABLE)
THEIR_CASH = (PSP_CLEARING, CLIENT_FUNDS, CHARGEBACK_RECEIVABLE)

NEVER_IN_DEBIT = " AND ".join(
    f"(account NOT LIKE '{digit}%' OR minor <= 0)"
    for digit in sorted({account.number[0] for account in CHART if account.is_owed})
)
"""As the database checks it; a debit is positive."""


def account_of(posting: str) -> Account:
    """Raises KeyError for an account that no chart has."""
    return BY_NUMBER[posting.partition(":")[0]]
