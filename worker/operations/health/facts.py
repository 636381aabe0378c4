"""The facts that the verdict rests on, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.ledger.canaries import LastCanary
from worker.ledger.heartbeats import Process, ProcessKind
from worker.ledger.limited_signups import LimitedSignups
from worker.ledger.status import Status
from worker.ledger.tally_checks import TallyCheck
from worker.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What Redis answered, or `problem`: why it gave no answer, or `takes_no_writes`.

    `asked` is False where there is no Redis to ask. `depths` counts messages by queue; `oldest_signup_s` is the age of
    the signup that has waited the longest.
    """

    asked: bool = True
    problem: str | None = None
    takes_no_writes: bool = False
    depths: Mapping[str, int] | None = None
    oldest_signup_s: float | None = None

    @property
    def signups(self) -> int | None:
        """Signups that no worker has received yet; None where that is not known."""
        return None if self.depths is None else self.depths["signups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known. `now` is the ledger's clock.

    `other_installation` says why these settings are not of this ledger, `pinned_mailer` which mailer has sent from it.
    `takes_no_writes` says why the ledger is only read. `spooled_here` counts the results on this machine's spool.
    """

    now: datetime
    settings: Settings
    status: Status
    queues: Queues
    processes: tuple[Process, ...] = ()
    limited_lately: tuple[LimitedSignups, ...] = ()
    caught_up_at: datetime | None = None
    tally_check: TallyCheck | None = None
    canary: LastCanary | None = None
    pinned_mailer: str | None = None
    other_installation: str | None = None
    takes_no_writes: str | None = None
    spooled_here: int = 0

    def ago(self, seconds: float | None) -> datetime | None:
        """The moment `seconds` ago; None for None."""
        return None if seconds is None else self.now - timedelta(seconds=seconds)

    def workers(self) -> tuple[Process, ...]:
        """The processes of `worker run` that live."""
        return tuple(each for each in self.processes if each.kind == ProcessKind.RUN and each.lives(self.now))
