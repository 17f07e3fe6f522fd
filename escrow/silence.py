"""What is being waited for: who must act, by when, and what happens otherwise. One row drives all who ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Wait:
    """`by` is the instant that fires; None where nothing happens by itself. Codes, never words."""

    who: str
    what: str
    by: datetime | None = None
    by_zone: str | None = None
    otherwise: str | None = None

    def json(self) -> dict[str, Any]:
        return {
            "who": self.who,
            "what": self.what,
            "by": self.by,
            "by_zone": self.by_zone,
            "otherwise": self.otherwise,
        }


NOTHING = Wait("nobody", "none")


class Timer(StrEnum):
    """The deadlines that are rows; each belongs to one waiting state."""

    PAY = "pay"
    SHIP = "ship"
    SILENT_RELEASE = "silent_release"
    WINDOW_END = "window_end"
    RESPOND = "respond"
    AUTO_ESCALATE = "auto_escalate"
    MEDIATION_ALARM = "mediation_alarm"
    INSTRUCTION_ALARM = "instruction_alarm"
    SETTLE = "settle"
