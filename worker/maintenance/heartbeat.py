"""The heartbeat of a worker process: that it lives and consumes, and the condition of itself and its machine."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from worker.delivery.spool import Spool
from worker.errors import LedgerUnavailable
from worker.ledger.heartbeats import Condition, ProcessKind, record_heartbeat, record_stop
from worker.ledger.store import Ledger
from worker.maintenance.account import AccountWatch
from worker.unexpected import UnexpectedErrors, unexpected_so_far

log = structlog.get_logger(__name__)

Errors = Callable[[], UnexpectedErrors | None]
"""The unexpected errors of this process so far."""
Disk = Callable[[], tuple[int, int]]
"""The free bytes and the size of a disk. Raises OSError."""


def disk_of(folder: Path) -> tuple[int, int]:
    """The free bytes and the size of the disk that a folder is on, which need not exist yet. Raises OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


class Heartbeat:
    """Writes the row of this process. `consumes` says whether it still takes messages from the queue."""

    def __init__(
        self, ledger: Ledger, *, process: str, consumes: Callable[[], bool], spool: Spool, disk: Disk,
        account: AccountWatch | None, errors: Errors = unexpected_so_far,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._process = process
        self._consumes = consumes
        self._spool = spool
        self._account = account
        self._disk = disk
        self._errors = errors
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()
        self._stopped = False

    def give(self) -> None:
        """Write the row, unless this process no longer consumes. Raises LedgerUnavailable."""
        if not self._consumes():
            log.error("no heartbeat: this process takes nothing from the queue")
            return
        uptime_s, condition = self._clock() - self._started, self.condition()
        with self._lock:
            if self._stopped:
                return
            with self._ledger.write() as tx:
                record_heartbeat(tx, self._process, ProcessKind.RUN, condition, uptime_s=uptime_s)

    def stop(self) -> None:
        """Record that this process stops. Never raises: without a record it counts as gone a minute later."""
        with self._lock:
            self._stopped = True
        try:
            with self._ledger.write() as tx:
                record_stop(tx, self._process)
        except LedgerUnavailable as error:
            log.warning("stop not recorded", ledger=str(error))

    def condition(self) -> Condition:
        """What there is to say now."""
        now = self._clock()
        errors = self._errors()
        failure = self._account.failure if self._account is not None else None
        condition = Condition(
            spooled=self._spool.waiting(),
            results_lost=self._spool.refused,
            unexpected_errors=errors.count if errors else 0,
            unexpected_place=errors.latest_place if errors else None,
            unexpected_ago_s=errors.latest_ago_s if errors else None,
        )
        if failure is not None:
            condition = replace(
                condition,
                account_failing_s=now - failure.since,
                account_code=failure.code,
                account_problem=failure.reason,
                account_out_of_reach=failure.out_of_reach,
            )
        try:
            free, size = self._disk()
        except OSError:
            return condition
        return replace(condition, disk_free_bytes=free, disk_size_bytes=size)
