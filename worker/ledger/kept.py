"""The latest count of the whole ledger, kept for a little while and shared by all who ask: pages, metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from worker.ledger import queries
from worker.ledger.queries import Tally
from worker.ledger.store import Ledger

KEEP_S = 5.0  # several viewers and scrapers cost the ledger no more than one does
KEEP_FACTOR = 20.0  # a count that took a second is good for twenty: at most a twentieth of the time is spent counting


class KeptTally:
    """Counts when asked, unless it did a moment ago. One counts at a time; whoever asks meanwhile waits for it."""

    def __init__(self, ledger: Ledger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._tally: Tally | None = None
        self._good_until = 0.0

    def read(self) -> Tally:
        """The latest count; its `at` says when it was made. Raises LedgerUnavailable, and keeps nothing then."""
        with self._lock:
            if self._tally is None or self._clock() >= self._good_until:
                self._tally = None
                begun = self._clock()
                with self._ledger.read() as tx:
                    self._tally = queries.tally(tx)
                ended = self._clock()
                self._good_until = ended + max(KEEP_S, KEEP_FACTOR * (ended - begun))
            return self._tally
