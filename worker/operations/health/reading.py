"""Reads the verdict for pages, metrics and the ping after a sweep; the counts of whole tables come from their cache."""

from __future__ import annotations

from collections.abc import Callable

from worker.errors import LedgerUnavailable
from worker.findings import Verdict
from worker.ledger.cached_counts import CachedCounts
from worker.ledger.patience import COUNTING_S
from worker.ledger.status import read_status
from worker.ledger.store import Ledger
from worker.operations.health.facts import Facts, Queues
from worker.operations.health.gather import gather
from worker.operations.health.verdict import verdict_on, verdict_without_ledger
from worker.settings import Settings


class VerdictReader:
    """Reads facts and verdict of one installation. `ask` asks Redis. Shared by threads."""

    def __init__(self, ledger: Ledger, counts: CachedCounts, settings: Settings, ask: Callable[[], Queues]) -> None:
        self._ledger = ledger
        self._counts = counts
        self._settings = settings
        self._ask = ask

    def facts(self) -> Facts:
        """The facts as they are now. Raises LedgerUnavailable."""
        queues, counts = self._ask(), self._counts.read()
        with self._ledger.read(wait_s=COUNTING_S) as tx:
            status = read_status(tx, counts)
            return gather(tx, status, self._settings, queues, self._ledger)

    def verdict(self) -> Verdict:
        """The verdict on them; while the ledger is away, that it is."""
        try:
            return verdict_on(self.facts())
        except LedgerUnavailable as error:
            return verdict_without_ledger(error)
