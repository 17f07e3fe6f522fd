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

    def resolve(self, name: str, found: Any) -> None:
        self.setdefault("values", {}).setdefault(name, {})["is"] = found
        self.update(asked=None, problem=None)

    def ask(self, name: str, *, problem: str | None = None) -> None:
        self.update(asked=name, problem=problem)
