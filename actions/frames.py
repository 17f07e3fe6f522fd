"""The slots that the task policy and the actions share: `tasks`, a stack of frames, and `recent`."""

import copy
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Frame:
    """One open task. The row is the slot's own; what is not named here is the policy's and is left alone."""

    row: dict[str, Any]

    @property
    def task(self) -> str:
        return str(self.row["task"])

    @property
    def asked(self) -> str | None:
        return self.row.get("asked")

    @property
    def quote(self) -> str | None:
        return self.row.get("quote")

    def said(self, name: str) -> dict[str, Any] | None:
        """What the person said, as `{entity, value}`; None if nothing."""
        return self.row.get("values", {}).get(name, {}).get("said")

    def known(self, name: str) -> Any:
        """What it turned out to be: an id of escrow's for orders and claims, else the value as said."""
        value = self.row.get("values", {}).get(name, {})
        said = value.get("said") or {}
        return value["is"] if value.get("is") is not None else said.get("value")

    def resolve(self, name: str, found: Any) -> None:
        self.row.setdefault("values", {}).setdefault(name, {})["is"] = found
        self.row |= {"asked": None, "problem": None}

    def ask(self, name: str, *, problem: str | None = None) -> None:
        self.row |= {"asked": name, "problem": problem}

    def forget(self, name: str) -> None:
        self.row.get("values", {}).pop(name, None)


@dataclass
class Memory:
    """A turn's own copy of both slots; `changed` says which of them to write back."""

    frames: list[Frame]
    recent: dict[str, Any]
    _before: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, slots: dict[str, Any]) -> "Memory":
        before = {"tasks": slots.get("tasks") or [], "recent": slots.get("recent") or {}}
        copied = copy.deepcopy(before)
        return cls([Frame(row) for row in copied["tasks"]], copied["recent"], before)

    @property
    def top(self) -> Frame:
        """Raises LookupError when no task is open: then no action of a task should have been called."""
        return self.frames[-1]

    def changed(self) -> dict[str, Any]:
        now = {"tasks": [frame.row for frame in self.frames], "recent": self.recent}
        return {slot: value for slot, value in now.items() if value != self._before[slot]}
