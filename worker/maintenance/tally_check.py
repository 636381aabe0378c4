"""The full count of the ledger, in a task of its own: it takes long, and nothing else waits for it."""

from __future__ import annotations

import secrets

import structlog

from worker.ledger import recount
from worker.ledger.leases import take_lease
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

LEASE = "tally_check"
INTERVAL_S = 86_400.0
LOOK_S = 600.0  # each time it looks whether the daily count is due


class TallyChecker:
    """Counts everything, at most once in INTERVAL_S seconds over all machines, and records what differs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def check(self) -> int | None:
        """Count; returns how many counts are wrong, None where it is not time. Raises LedgerUnavailable."""
        with self._ledger.write() as tx:
            # A new holder each time, so that no process renews the lease: it ends when the next run is due.
            if not take_lease(tx, LEASE, holder=secrets.token_hex(8), seconds=INTERVAL_S):
                return None
        found = recount.check(self._ledger)
        if found:
            log.error("counts differ from a full count", wrong=len(found), first=found[0].words)
        return len(found)
