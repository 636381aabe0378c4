"""An installation to which incidents happen: the real parts of a worker, put together without its processes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.parts import reports as make
from tests.parts.clock import let_time_pass
from tests.parts.shell import Shell
from tests.ses_server import SesServer
from worker.delivery.breaker import Breaker, Thresholds
from worker.delivery.disposition import Disposition
from worker.delivery.spool import Spool
from worker.errors import WorkerError
from worker.ledger.store import Ledger
from worker.mailers.ses import ses_client
from worker.mailers.ses_account import SesAccount
from worker.maintenance.account import AccountWatch
from worker.maintenance.heartbeat import Heartbeat
from worker.unexpected import UnexpectedErrors

ROOMY = (50 * 10**9, 100 * 10**9)  # free bytes and size of a disk
THRESHOLDS = Thresholds(bounce_minimum=5, complaint_minimum=5)


@dataclass
class Clock:
    """A monotonic clock that a test sets."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Installation:
    """One ledger with one worker process, `here:1`, whose heartbeat is given before each look at the verdict."""

    ledger: Ledger
    worker: Shell
    ses: SesServer
    redis: redis.Redis
    home: Path
    environment: dict[str, str] = field(default_factory=dict)  # of `worker status`, beside what the shell has
    disk: tuple[int, int] = ROOMY
    beats: bool = True
    errors: UnexpectedErrors | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.ledger, THRESHOLDS, mailer="ses")
        client = ses_client(threads=2, connect_timeout_s=5, read_timeout_s=5)
        reader = SesAccount(client, ("outlook.example.com",), "reports")
        self.watch = AccountWatch(
            reader, self.ledger, self.breaker, process="here:1", mailer="ses", interval_s=60.0, clock=self.clock
        )
        self.spool = Spool(self.home / "var" / "spool")
        self.heartbeat = self.heartbeat_of("here:1")

    def heartbeat_of(
        self, process: str, *, consumes: Callable[[], bool] = lambda: True, spool: Spool | None = None
    ) -> Heartbeat:
        """The heartbeat of a process of this installation, on another machine where it has another spool."""
        return Heartbeat(
            self.ledger, process=process, consumes=consumes, spool=spool or self.spool, disk=lambda: self.disk,
            account=self.watch, errors=lambda: self.errors, clock=self.clock,
        )  # fmt: skip

    def status(self, *arguments: str, expect: int) -> str:
        """What `worker status` prints, with this exit code."""
        if self.beats:
            self.heartbeat.give()
        return self.worker("status", *arguments, expect=expect, **self.environment)

    def read_account(self) -> None:
        """Ask SES for its account, as the periodic task does."""
        with contextlib.suppress(WorkerError):
            self.watch.read_now()

    def time_passes(self, seconds: float) -> None:
        """Make all that is in the ledger older, and this process's clock later."""
        let_time_pass(self.ledger, seconds)
        self.clock.at += seconds

    def owe(self, count: int = 1) -> list[int]:
        """Ready reports of different people."""
        return [make.owe(self.ledger, f"reader-{number}@example.com") for number in range(count)]

    def attempt(self, report_ids: list[int], disposition: Disposition) -> list[str]:
        """One attempt for each of these reports; returns the attempts' ids."""
        return [make.attempted(self.ledger, report_id, disposition) for report_id in report_ids]
