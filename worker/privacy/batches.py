"""Clears old rows in short transactions, one process at a time, with a rest after each so that sending goes on."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sqlalchemy.engine import Connection

from worker.ledger.leases import take_lease
from worker.ledger.patience import UPKEEP_S
from worker.ledger.store import Ledger

LONGEST_REST_S = 5.0


class Batches:
    """One run. Every process has a run of its own, and the lease lets one of them work in `lease_s` seconds.

    The run renews the lease with each batch, and once it has ended no process holds it.
    """

    def __init__(self, ledger: Ledger, lease: str, *, lease_s: float, sleep: Callable[[float], None]) -> None:
        self._ledger = ledger
        self._lease = lease
        self._lease_s = lease_s
        self._sleep = sleep
        self._holder = secrets.token_hex(8)

    def keep_lease(self, tx: Connection) -> bool:
        """Take or renew the lease; False while another run holds it."""
        return take_lease(tx, self._lease, holder=self._holder, seconds=self._lease_s)

    def clear(self, find: Callable[[Connection], list[int]], change: Callable[[Connection, list[int]], int]) -> int:
        """Find rows in a transaction that locks nothing, change them in a short one, until none is found.

        Returns how many were changed. Raises LedgerUnavailable: then the batches before it stay done.
        """
        count = 0
        while True:
            began = time.monotonic()
            with self._ledger.read(wait_s=UPKEEP_S) as tx:
                found = find(tx)
            if not found:
                return count
            with self._ledger.write(wait_s=UPKEEP_S) as tx:
                self.keep_lease(tx)
                changed = change(tx, found)
            if not changed:  # none of them is old any more: the next run looks again
                return count
            count += changed
            self._sleep(min(LONGEST_REST_S, time.monotonic() - began))
