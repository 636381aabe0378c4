"""Once a day, Redis writes its files anew: what was on the queue is in them no longer than that."""

from __future__ import annotations

import secrets

import structlog

from worker.ledger.leases import take_lease
from worker.ledger.store import Ledger
from worker.privacy.redis_files import RedisFiles

log = structlog.get_logger(__name__)

LEASE = "redis rewrite"
INTERVAL_S = 86_400.0
LOOK_S = 600.0  # each time it looks whether the rewrite is due
WAIT_S = 60.0


class RedisRewrite:
    """Has Redis write its files anew, by one process a day."""

    def __init__(self, ledger: Ledger, files: RedisFiles) -> None:
        self._ledger = ledger
        self._files = files

    def run(self) -> tuple[str, ...] | None:
        """Rewrite; returns what is left as it was, and why; None where it is not due. Raises LedgerUnavailable."""
        with self._ledger.write() as tx:
            if not take_lease(tx, LEASE, holder=secrets.token_hex(8), seconds=INTERVAL_S):
                return None
        left = self._files.rewrite(wait_s=WAIT_S)
        if left:
            log.warning("redis files not rewritten", left=list(left))
        return left
