"""The breaker: pauses all sending when more letters would do harm.

It trips when SES refuses the account rather than a letter, when different reports stop in a row (a bad deploy), and
when too many letters bounce or draw complaints. Only a pause of the first kind ends by itself. Nothing fails while
sending is paused: reports wait in their state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from worker.delivery.breaker_pauses import BREAKER, Cause
from worker.errors import LedgerUnavailable
from worker.ledger import accounts, holds, pauses
from worker.ledger.audit import record_action
from worker.ledger.patience import COUNTING_S
from worker.ledger.reputation import Reputation, reputation
from worker.ledger.stopped_reports import stopped_in_a_row
from worker.ledger.store import Ledger, database_now

log = structlog.get_logger(__name__)

SHORTEST_HOLD_S = 60.0  # quota is freed letter by letter; resuming for each would be wasteful
UNKNOWN_HOLD_S = 900.0  # others spent the quota, so when it is free is not known


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the breaker trips. AWS reviews an account at 5 % hard bounces or 0.1 % complaints.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-dg.html
    """

    stopped_in_a_row: int = 10  # different reports failed or quarantined, none accepted between
    bounce_rate: float = 0.05  # share of accepted letters
    complaint_rate: float = 0.001  # share of accepted letters
    bounce_minimum: int = 100  # accepted letters before the share means anything
    complaint_minimum: int = 1000  # the same; below it a single complaint would pause sending
    window_s: float = 86_400.0  # the letters that are judged: accepted in these last seconds


@dataclass(frozen=True, slots=True)
class Trip:
    """Why sending must be paused. `reason` is for operators; `detail` is recorded in the audit."""

    cause: Cause
    reason: str
    detail: Mapping[str, Any]


def judge_run(stopped: list[int], thresholds: Thresholds) -> Trip | None:
    """Judge the reports that failed or were quarantined since the last letter was accepted."""
    if len(stopped) < thresholds.stopped_in_a_row:
        return None
    reason = f"{len(stopped)} different reports stopped in a row; fix the cause, resume, then `worker replay` them"
    return Trip(Cause.STOPPED_REPORTS, reason, {"reports": stopped})


def judge_reputation(seen: Reputation, thresholds: Thresholds) -> Trip | None:
    """Judge the bounces and complaints about the letters of the window."""
    for cause, count, limit, minimum in (
        (Cause.BOUNCES, seen.hard_bounced, thresholds.bounce_rate, thresholds.bounce_minimum),
        (Cause.COMPLAINTS, seen.complained, thresholds.complaint_rate, thresholds.complaint_minimum),
    ):
        if seen.sent >= minimum and count / seen.sent > limit:
            reason = f"{cause}: {count} of {seen.sent} letters, {count / seen.sent:.2%}; the limit is {limit:.2%}"
            return Trip(cause, reason, {"sent": seen.sent, "count": count})
    return None


def hold_s(frees_in_s: float | None) -> float:
    """Seconds to hold sending back once the daily quota is spent."""
    return UNKNOWN_HOLD_S if frees_in_s is None else max(SHORTEST_HOLD_S, frees_in_s)


class Breaker:
    """Pauses sending. Shared by threads.

    Its methods never raise LedgerUnavailable: while the ledger is away nothing is sent, and afterwards the next letter
    meets the same trouble again.
    """

    def __init__(self, ledger: Ledger, thresholds: Thresholds, *, mailer: str) -> None:
        self._ledger = ledger
        self._thresholds = thresholds
        self._mailer = mailer

    def account_blocked(self, code: str, reason: str) -> None:
        """SES refuses every letter of the account: pause until it accepts them again."""
        self._trip(Trip(Cause.ACCOUNT, f"{code}: {reason}"[:500], {"code": code}))

    def quota_spent(self) -> None:
        """The daily quota is spent: hold all reports until some of it is free again."""
        try:
            with self._ledger.write() as tx:
                hold_for_quota(tx, mailer=self._mailer)
        except LedgerUnavailable as error:
            log.error("hold not recorded", ledger=str(error))

    def report_stopped(self) -> None:
        """A report failed or was quarantined: pause if it completes a run."""
        try:
            with self._ledger.read() as tx:
                stopped = stopped_in_a_row(tx, limit=self._thresholds.stopped_in_a_row)
        except LedgerUnavailable as error:
            log.error("run of stopped reports not counted", ledger=str(error))
            return
        trip = judge_run(stopped, self._thresholds)
        if trip is not None:
            self._trip(trip)

    def check_reputation(self) -> None:
        """Judge bounces and complaints. Letters sent before the last resume do not count: a person has judged them."""
        try:
            with self._ledger.read(wait_s=COUNTING_S) as tx:
                window = database_now(tx) - timedelta(seconds=self._thresholds.window_s)
                seen = reputation(tx, since=max(window, pauses.resumed_at(tx) or window))
        except LedgerUnavailable as error:
            log.error("reputation not checked", ledger=str(error))
            return
        trip = judge_reputation(seen, self._thresholds)
        if trip is not None:
            self._trip(trip)

    def _trip(self, trip: Trip) -> None:
        try:
            with self._ledger.write() as tx:
                paused = pause_for(tx, trip)
        except LedgerUnavailable as error:
            log.error("pause not recorded", cause=str(trip.cause), ledger=str(error))
            return
        if paused:
            log.error("sending paused", cause=str(trip.cause), text=trip.reason)


def pause_for(tx: Connection, trip: Trip) -> bool:
    """Pause all sending and record it in the audit; returns False where it was paused already."""
    detail = {"cause": str(trip.cause), **trip.detail}
    paused = pauses.pause(tx, holder=BREAKER, reason=trip.reason, detail=detail)
    if paused:
        record_action(tx, actor=BREAKER, action="pause", reason=trip.reason, detail=detail)
    return paused


def hold_for_quota(tx: Connection, *, mailer: str) -> None:
    """Hold all reports until the oldest letter of the last 24 hours no longer counts against the quota."""
    seconds = hold_s(accounts.quota_frees_in_s(tx, mailer=mailer))
    if holds.current_hold(tx) is None:
        log.warning("daily quota spent", held_back_for_s=round(seconds))
    holds.hold_sending(tx, reason="the daily quota of SES is spent", seconds=seconds)
