"""Retention: personal data is forgotten a while after its report has ended.

It finds what is old by an index and goes on until nothing is left, in short transactions and with a rest as long after
each of them, so that sending has at least half of the database meanwhile.

Sent and cancelled reports lose address and profile after `days`; failed, quarantined and returned ones, which an
operator may still replay, after a multiple of that; their signups with them. Every other signup loses them `days` after
it was received. Raw events go after `days`, refused logins after a day. Unknown reports have not ended.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from worker.ledger import retention, retention_lag
from worker.ledger.erasure import forget_write_ahead
from worker.ledger.lifecycle import ENDED_BADLY, ENDED_WELL, ReportState
from worker.ledger.login_refusals import forget_refused_logins, old_refused_logins
from worker.ledger.patience import UPKEEP_S
from worker.ledger.store import Ledger
from worker.privacy.batches import Batches

log = structlog.get_logger(__name__)

LEASE = "retention"
INTERVAL_S = 3600.0
BATCH = 500  # rows cleared in one transaction
FAILURES_KEPT_FACTOR = 2
LOGIN_REFUSALS_KEPT_DAYS = 1.0  # they limit guessing within minutes; the rest of the day is for an operator


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows one run cleared or deleted."""

    reports: int = 0
    signups: int = 0
    events: int = 0
    login_refusals: int = 0


class Retention:
    """Forgets old data. `days` counts from the end of a report, by the database's clock.

    `ledger` is best one of its own: a run may take hours, and keeps a connection.
    """

    def __init__(
        self, ledger: Ledger, *, days: float, batch: int = BATCH, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._ledger = ledger
        self._days = days
        self._batch = batch
        self._sleep = sleep

    def forget(self) -> Forgotten | None:
        """Forget what is old, at most once in `INTERVAL_S` over all machines; else return None.

        Raises LedgerUnavailable: then the batches before it stay forgotten, and the rest waits for the next run.
        """
        batches = Batches(self._ledger, LEASE, lease_s=INTERVAL_S, sleep=self._sleep)
        with self._ledger.write(wait_s=UPKEEP_S) as tx:
            if not batches.keep_lease(tx):
                return None
            retention_lag.begin_watch(tx)
        signups = batches.clear(
            lambda tx: retention.old_signups(tx, days=self._days, limit=self._batch), retention.forget_signups
        )
        reports = self._forget_ended(batches, ENDED_WELL, self._days)
        reports += self._forget_ended(batches, ENDED_BADLY, self._days * FAILURES_KEPT_FACTOR)
        events = batches.clear(
            lambda tx: retention.old_raw_events(tx, days=self._days, limit=self._batch), retention.forget_raw
        )
        refusals = batches.clear(
            lambda tx: old_refused_logins(tx, days=LOGIN_REFUSALS_KEPT_DAYS, limit=self._batch), forget_refused_logins
        )
        with self._ledger.write(wait_s=UPKEEP_S) as tx:
            retention_lag.record_caught_up(tx)
        forgotten = Forgotten(reports, signups, events, refusals)
        if forgotten != Forgotten():
            forget_write_ahead(self._ledger)
            log.info("forgotten", **dataclasses.asdict(forgotten))
        return forgotten

    def _forget_ended(self, batches: Batches, states: tuple[ReportState, ...], days: float) -> int:
        return sum(self._forget_in(batches, state, days) for state in states)

    def _forget_in(self, batches: Batches, state: ReportState, days: float) -> int:
        return batches.clear(
            lambda tx: retention.ended_reports(tx, state, days=days, limit=self._batch),
            lambda tx, ids: retention.forget_ended(tx, ids, state),
        )
