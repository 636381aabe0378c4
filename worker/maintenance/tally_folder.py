"""Adds what was written lately to the counts of the ledger, so that reading them stays cheap."""

from __future__ import annotations

import secrets

from worker.ledger.leases import take_lease
from worker.ledger.store import Ledger
from worker.ledger.tally_folding import fold_all

LEASE = "tally"


class TallyFolder:
    """Adds changes to the counts, at most once in `interval_s` seconds over all machines."""

    def __init__(self, ledger: Ledger, *, interval_s: float) -> None:
        self._ledger = ledger
        self._interval_s = interval_s

    def fold(self) -> int:
        """Add the changes that there are; returns how many. Raises LedgerUnavailable."""
        with self._ledger.write() as tx:
            # A new holder each time, so that no process renews the lease: it ends when the next run is due.
            if not take_lease(tx, LEASE, holder=secrets.token_hex(8), seconds=self._interval_s / 2):
                return 0
        return fold_all(self._ledger)
