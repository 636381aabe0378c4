"""The sweep: a list of recoveries, run periodically by one process at a time, by a lease in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from worker.errors import QueueUnavailable, SendingPaused
from worker.ledger.leases import take_lease
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

LEASE = "sweep"
ELSEWHERE = "another process sweeps"


@dataclass(frozen=True, slots=True)
class Recovery:
    """One thing that a sweep recovers; `run` returns how many it recovered.

    A `local` recovery works on this machine's own files, so each process runs it, with or without the lease.
    """

    name: str
    run: Callable[[], int]
    local: bool = False


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep recovered: the name of each recovery -> its count. `skipped`: why it did not do everything."""

    counts: Mapping[str, int]
    skipped: str | None = None

    @property
    def by_this_process(self) -> bool:
        """Whether this process swept the ledger, and not another."""
        return self.skipped != ELSEWHERE


class Sweeper:
    """Runs the recoveries in their order.

    `lease_s`: seconds after which another process takes over from a sweeper that died. A slow sweeper that loses its
    lease does no harm.
    """

    def __init__(self, ledger: Ledger, recoveries: Sequence[Recovery], *, process: str, lease_s: float) -> None:
        self._ledger = ledger
        self._recoveries = recoveries
        self._process = process
        self._lease_s = lease_s

    def sweep(self) -> Swept:
        """Sweep once. Raises LedgerUnavailable."""
        counts = {recovery.name: recovery.run() for recovery in self._recoveries if recovery.local}
        skipped = self._sweep_ledger(counts) if self._take_lease() else ELSEWHERE
        if any(counts.values()):
            log.info("swept", **{name: count for name, count in counts.items() if count})
        return Swept(counts, skipped)

    def _sweep_ledger(self, counts: dict[str, int]) -> str | None:
        """Add to `counts`. Returns why a recovery was skipped, None where none was."""
        skipped = None
        for recovery in self._recoveries:
            if recovery.local:
                continue
            try:
                counts[recovery.name] = recovery.run()
            except SendingPaused:
                counts[recovery.name], skipped = 0, "sending is paused"
            except QueueUnavailable:
                counts[recovery.name], skipped = 0, "the queue is away"
        return skipped

    def _take_lease(self) -> bool:
        with self._ledger.write() as tx:
            return take_lease(tx, LEASE, holder=self._process, seconds=self._lease_s)
