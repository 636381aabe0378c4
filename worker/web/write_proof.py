"""Whether this process can commit to the ledger, proved by a write and remembered for a few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from worker.errors import LedgerUnavailable
from worker.ledger.heartbeats import Condition, ProcessKind, record_heartbeat, this_process
from worker.ledger.revision import is_usable
from worker.ledger.store import Ledger
from worker.unexpected import unexpected_so_far

KEEP_S = 5.0  # any number of probes cost the ledger no more than one write in this time


class WriteProof:
    """Commits this process's heartbeat, unless it did so a moment ago. Shared by threads."""

    def __init__(self, ledger: Ledger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._started = clock()
        self._process = this_process()
        self._lock = threading.Lock()
        self._verdict = ""
        self._good_until = 0.0

    def verdict(self) -> str:
        """`ok`, or a few words on why no signup could be committed."""
        with self._lock:
            if not self._verdict or self._clock() >= self._good_until:
                self._verdict = self._prove()
                self._good_until = self._clock() + KEEP_S
            return self._verdict

    def _prove(self) -> str:
        try:
            if not is_usable(self._ledger):
                return "schema is older than this version"
            with self._ledger.write() as tx:
                record_heartbeat(tx, self._process, ProcessKind.SERVE, self._condition(), uptime_s=self._uptime_s())
        except LedgerUnavailable:
            return "takes no writes"
        return "ok"

    def _uptime_s(self) -> float:
        return self._clock() - self._started

    def _condition(self) -> Condition:
        errors = unexpected_so_far()
        if errors is None:
            return Condition()
        return Condition(
            unexpected_errors=errors.count,
            unexpected_place=errors.latest_place,
            unexpected_ago_s=errors.latest_ago_s,
        )
