"""The time of a simulation: one clock for the ledgers, Redis, SES and every process. It moves only when it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TICK_S = 0.001  # between two transactions, so that the ledger's times say which came first


class Clock:
    """Seconds since BEGIN."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The time."""
        return BEGIN + timedelta(seconds=self.seconds)

    def after(self, seconds: float) -> datetime:
        """The time in `seconds`."""
        return self.now() + timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.seconds

    def tick(self) -> None:
        """A moment passes."""
        self.seconds = round(self.seconds + TICK_S, 3)
