"""The open tasks as an action has them: copies of the contract's frames, to write into what it found."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from contract import dialogue
from contract.dialogue import Mention, Phase, Value


class Frame(dialogue.Frame, kw_only=True):
    """One open task. What is not named here is the policy's and is left alone."""

    def said(self, name: str) -> Mention | None:
        return self._value(name).said

    def known(self, name: str) -> Any:
        """What it turned out to be: an id of escrow's for orders and claims, else the value as said."""
        return _known(self._value(name))

    def before(self, name: str) -> Any:
        """What the value was before it was put right."""
        was = self._value(name).was
        return _known(was) if was else None

    def means_amount(self) -> bool:
        """Whether the number said as an order's is a new amount: then it is taken so, and the order stays."""
        order, amount = self._value("order"), self._value("amount")
        if not (order.was and amount.said):
            return False
        taken = Value(order.said, was=Value(amount.said))
        self.values = {**self.values, "amount": taken, "order": order.was}
        self._go_on()
        return True

    def resolve(self, name: str, found: Any) -> None:
        self.values = {**self.values, name: replace(self._value(name), found=found)}
        self._go_on()

    def ask(self, name: str, *, problem: str | None = None) -> None:
        self.phase, self.asked, self.problem = Phase.ASKED, name, problem

    def show(self, quote: str, shown: dict[str, Any]) -> None:
        """The quote was shown: the task waits for a yes to it."""
        self.phase, self.quote, self.shown, self.asked, self.problem = Phase.QUOTED, quote, shown, None, None

    def end(self) -> None:
        """Done, or refused for good."""
        self.phase, self.quote = Phase.OVER, None

    def _go_on(self) -> None:
        self.phase, self.asked, self.problem = Phase.GATHERING, None, None

    def _value(self, name: str) -> Value:
        return self.values.get(name, Value())


def _known(value: Value) -> Any:
    return value.found if value.found is not None else value.said and value.said.value


def read(slot: Any) -> list[Frame]:
    """The stack. What another version left and cannot be read is dropped, as the policy does."""
    try:
        return msgspec.convert(slot or [], list[Frame])
    except msgspec.ValidationError:
        return []
