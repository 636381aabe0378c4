"""The facts that the verdict rests on, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.ledger.status import Status
from worker.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What Redis answered. `problem` says why it gave no answer; `asked` is False where there is no Redis to ask."""

    asked: bool = True
    problem: str | None = None
    depths: Mapping[str, int] | None = None

    @property
    def signups(self) -> int | None:
        """Signups that no worker has received yet; None where that is not known."""
        return None if self.depths is None else self.depths["signups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known. `now` is the ledger's clock; `other_installation` says why this process is not of this ledger."""

    now: datetime
    settings: Settings
    status: Status
    queues: Queues
    other_installation: str | None = None

    def ago(self, seconds: float | None) -> datetime | None:
        """The moment `seconds` ago; None for None."""
        return None if seconds is None else self.now - timedelta(seconds=seconds)
