"""The desk's clock: escrow's, learnt from the `Assure-Now` of its answers and carried on by the machine's."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self.learnt_at = float("-inf")

    def learn(self, header: str | None) -> None:
        """Take over the instant of an `Assure-Now` header; what is not an instant is left aside."""
        try:
            told = datetime.fromisoformat(header or "")
        except ValueError:
            return
        if told.tzinfo is not None:
            self._ahead = told - datetime.now(UTC)
            self.learnt_at = time.monotonic()

    @property
    def age_s(self) -> float:
        """How long ago escrow last told the time, in seconds."""
        return time.monotonic() - self.learnt_at

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
