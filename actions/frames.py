"""The slots that the task policy and the actions share: `tasks`, a stack of frames, and `recent`."""

from typing import Any


class Frame(dict[str, Any]):
    """One open task, as it stands in the slot. What is not named here is the policy's and is left alone."""

    @property
    def task(self) -> str:
        return str(self["task"])

    def said(self, name: str) -> dict[str, Any] | None:
        """What the person said, as `{entity, value}`; None if nothing."""
        said: dict[str, Any] | None = self.get("values", {}).get(name, {}).get("said")
        return said

    def known(self, name: str) -> Any:
        """What it turned out to be: an id of escrow's for orders and claims, else the value as said."""
        found = self.get("values", {}).get(name, {}).get("is")
        return found if found is not None else (self.said(name) or {}).get("value")

    def before(self, name: str) -> Any:
        """What the value was before it was put right."""
        was: dict[str, Any] = self.get("values", {}).get(name, {}).get("was") or {}
        return was.get("is") or (was.get("said") or {}).get("value")

    def means_amount(self) -> bool:
        """Whether the number said as an order's is a new amount: then it is taken so, and the order stays."""
        values = self["values"]
        order, amount = values["order"], values.get("amount") or {}
        if not (order.get("was") and amount.get("said")):
            return False
        values["amount"] = {"said": order["said"], "was": {"said": amount["said"]}}
        values["order"] = order["was"]
        return True

    def resolve(self, name: str, found: Any) -> None:
        self.setdefault("values", {}).setdefault(name, {})["is"] = found
        self.update(asked=None, problem=None)

    def ask(self, name: str, *, problem: str | None = None) -> None:
        self.update(asked=name, problem=problem)
