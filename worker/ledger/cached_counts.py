"""The latest counts of the whole ledger, kept for a short while and shared by every page and scraper."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from worker.ledger.patience import COUNTING_S
from worker.ledger.status import Counts, count_ledger
from worker.ledger.store import Ledger

KEEP_S = 5.0  # several viewers and scrapers cost the ledger no more than one does
KEEP_FACTOR = 20.0  # counts that took a second are kept for twenty: at most a twentieth of the time goes into counting


class CachedCounts:
    """Counts the ledger, unless it did so a moment ago. Shared by threads: one counts, the others wait for it."""

    def __init__(self, ledger: Ledger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counts | None = None
        self._good_until = 0.0

    def read(self) -> Counts:
        """The latest counts; their `at` says when they were made. Raises LedgerUnavailable: then none are kept."""
        with self._lock:
            if self._counts is None or self._clock() >= self._good_until:
                self._counts = None
                started = self._clock()
                with self._ledger.read(wait_s=COUNTING_S) as tx:
                    self._counts = count_ledger(tx)
                ended = self._clock()
                self._good_until = ended + max(KEEP_S, KEEP_FACTOR * (ended - started))
            return self._counts
