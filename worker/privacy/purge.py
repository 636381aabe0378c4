"""The purge: rows of signups, attempts and events are deleted long after their personal data was cleared.

Their counts stay, so both conservation sums hold and the board shows old days. Reports stay with their recipient keys
and links: one person gets one report, for ever. It goes by an index, in short transactions with a rest after each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from worker.ledger import purge
from worker.ledger.patience import UPKEEP_S
from worker.ledger.store import Ledger
from worker.privacy.batches import Batches

log = structlog.get_logger(__name__)

LEASE = "purge"
INTERVAL_S = 3600.0
BATCH = 500  # signups deleted in one transaction


@dataclass(frozen=True, slots=True)
class Purged:
    """How many signups one run deleted, with their attempts and events, and how many events of nobody's."""

    signups: int = 0
    events: int = 0


class Purge:
    """Deletes rows of signups received `days` ago or longer, by the database's clock."""

    def __init__(
        self, ledger: Ledger, *, days: float, batch: int = BATCH, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._ledger = ledger
        self._days = days
        self._batch = batch
        self._sleep = sleep

    def run(self) -> Purged | None:
        """Delete what is old, at most once in INTERVAL_S over all machines; else return None.

        Raises LedgerUnavailable: then the batches before it stay deleted, and the rest waits for the next run.
        """
        batches = Batches(self._ledger, LEASE, lease_s=INTERVAL_S, sleep=self._sleep)
        with self._ledger.write(wait_s=UPKEEP_S) as tx:
            if not batches.keep_lease(tx):
                return None
        purged = Purged(
            signups=batches.clear(lambda tx: purge.old_rows(tx, days=self._days, limit=self._batch), purge.delete_rows),
            events=batches.clear(
                lambda tx: purge.old_strange_events(tx, days=self._days, limit=self._batch), purge.delete_events
            ),
        )
        if purged != Purged():
            log.info("purged", signups=purged.signups, events=purged.events)
        return purged
