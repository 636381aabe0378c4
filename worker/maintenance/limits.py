"""Copies from Redis to the ledger what the limits on signups did, so that it is shown and survives Redis."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import redis

from worker.intake.limits import LimitCounter, hour_of
from worker.ledger.limited_signups import save_hour
from worker.ledger.store import Ledger

INTERVAL_S = 60.0
_HOURS = 3  # looked at each time: this one, and those that ended while no worker ran


class LimitsRecorder:
    """Copies the counts of the last hours. Any number of processes may do so."""

    def __init__(self, ledger: Ledger, counter: LimitCounter) -> None:
        self._ledger = ledger
        self._counter = counter

    def record(self) -> None:
        """Copy what there is. While Redis is away, nothing. Raises LedgerUnavailable."""
        this_hour = hour_of(time.time())
        try:
            counts = {hour: self._counter.done(hour) for hour in range(this_hour - _HOURS + 1, this_hour + 1)}
        except redis.RedisError:
            return
        counts = {hour: done for hour, done in counts.items() if done}
        if counts:
            with self._ledger.write() as tx:
                for hour, done in counts.items():
                    save_hour(tx, datetime.fromtimestamp(hour * 3600, UTC), done)
