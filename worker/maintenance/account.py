"""Watches the provider's account: one process asks periodically and shares the answer through the ledger.

The answer sets the send rate, starts and ends the hold for the daily quota, and ends a pause that the account caused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy.engine import Connection

from worker.delivery import breaker as breaking
from worker.delivery.breaker import Breaker, Trip
from worker.delivery.breaker_pauses import BREAKER, LATELY_S, Cause, ends_by_itself, rest_s
from worker.errors import (
    AccountBlocked,
    LedgerUnavailable,
    OutcomeUnknown,
    PacingUnavailable,
    SendError,
    Throttled,
    Transient,
)
from worker.ledger import accounts, holds, pauses
from worker.ledger.audit import record_action
from worker.ledger.leases import take_lease
from worker.ledger.pauses import Pause
from worker.ledger.store import Ledger, database_now
from worker.mailers.account import Account, AccountReader

log = structlog.get_logger(__name__)

LEASE = "account"
HEADROOM = 0.9  # share of the account's rate that we use: clocks and networks are uneven, and a 429 costs a round trip
LEAST_RATE_PER_S = 1.0  # of an account that names none; the rate of SES's sandbox
LIFT_SHARE = 0.01  # share of the daily quota that must be free before a hold ends early
SHUT_DOWN = "SHUTDOWN"


def pace_per_s(account: Account) -> float:
    """Letters per second that we send at most, over all processes."""
    return HEADROOM * (account.max_send_rate if account.max_send_rate > 0 else LEAST_RATE_PER_S)


def quota_left(account: Account) -> float | None:
    """Letters left in these 24 hours; None where the account has no daily quota."""
    return None if account.max_24_hour_send < 0 else max(0.0, account.max_24_hour_send - account.sent_last_24_hours)


def stopped_by_ses(account: Account) -> Trip | None:
    """Whether SES itself would refuse every letter."""
    if account.sending_enabled and account.enforcement != SHUT_DOWN:
        return None
    state = "on" if account.sending_enabled else "off"
    reason = f"SES says: sending {state}, status {account.enforcement}"
    return Trip(Cause.ACCOUNT, reason, {"code": "SendingDisabled"})


@dataclass(frozen=True, slots=True)
class AccountFailure:
    """Why SES's account cannot be read, and since when by this process's monotonic clock.

    `out_of_reach`: SES gave no answer, or only that it has trouble of its own; it may pass.
    """

    code: str
    reason: str
    since: float
    out_of_reach: bool


class AccountWatch:
    """Watches the account, every `interval_s` seconds. `fixed_rate_per_s` overrides the account's own rate."""

    def __init__(
        self, reader: AccountReader, ledger: Ledger, breaker: Breaker,
        *, process: str, mailer: str, interval_s: float, fixed_rate_per_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._ledger = ledger
        self._breaker = breaker
        self._process = process
        self._mailer = mailer
        self._interval_s = interval_s
        self._fixed_rate_per_s = fixed_rate_per_s
        self._account: Account | None = None
        self._clock = clock
        self.failure: AccountFailure | None = None
        """Why this process, whose turn it is, cannot read the account; None where it can."""

    def rate_per_s(self) -> float:
        """Letters per second, as last read. Raises PacingUnavailable where it was never read and cannot be read now."""
        if self._fixed_rate_per_s is not None:
            return self._fixed_rate_per_s
        if self._account is None:
            try:
                self.read_now()
            except (SendError, LedgerUnavailable) as error:
                raise PacingUnavailable(f"SES's rate is not known yet: {error}") from error
        assert self._account is not None, "read_now raises or sets it"
        return pace_per_s(self._account)

    def refresh(self) -> None:
        """Read the account if it is this process's turn, else take what another process read.

        Raises a SendError where SES cannot be asked, and LedgerUnavailable.
        """
        with self._ledger.write() as tx:
            mine = take_lease(tx, LEASE, holder=self._process, seconds=3 * self._interval_s)
        if mine:
            self.read_now()
            return
        self.failure = None
        with self._ledger.read() as tx:
            reading = accounts.last_account(tx)
        if reading is not None:
            values = asdict(reading)
            del values["read_at"]
            self._account = Account(**values)

    def read_now(self) -> None:
        """Read the account, share the answer and act on it. Raises a SendError or LedgerUnavailable."""
        try:
            account = self._reader.read()
        except SendError as error:
            self._note_failure(error)
            if isinstance(error, AccountBlocked):
                self._breaker.account_blocked(error.code, error.reason)
            raise
        self.failure = None
        with self._ledger.read() as tx:
            pause = pauses.current_pause(tx)
        obstacle = None
        if pause is not None and ends_by_itself(pause):
            obstacle = self._reader.obstacle(pause.detail.get("code"), account)
        with self._ledger.write() as tx:
            accounts.save_account(tx, **asdict(account))
            self._follow_quota(tx, account)
            self._follow_health(tx, account, pause, obstacle)
        self._account = account
        self._breaker.check_reputation()

    def _note_failure(self, error: SendError) -> None:
        passes = isinstance(error, (Throttled, OutcomeUnknown)) or (isinstance(error, Transient) and not error.counts)
        since = self.failure.since if self.failure is not None else self._clock()
        self.failure = AccountFailure(error.code, error.reason, since, passes)

    def _follow_quota(self, tx: Connection, account: Account) -> None:
        left = quota_left(account)
        if left is not None and left < 1:
            breaking.hold_for_quota(tx, mailer=self._mailer)
        elif holds.current_hold(tx) is not None and (left is None or left >= LIFT_SHARE * account.max_24_hour_send):
            due = holds.end_hold(tx)
            log.info("hold ended", quota_left=left, reports_due=due)

    def _follow_health(self, tx: Connection, account: Account, pause: Pause | None, obstacle: str | None) -> None:
        trip = stopped_by_ses(account)
        if pause is None:
            if trip is not None and breaking.pause_for(tx, trip):
                log.error("sending paused", cause=str(trip.cause), text=trip.reason)
            return
        if not ends_by_itself(pause) or obstacle is not None or pauses.current_pause(tx) != pause:
            return
        recent = pauses.pauses_within(tx, actor=BREAKER, seconds=LATELY_S)
        rested_s = (database_now(tx) - pause.since).total_seconds()
        if rested_s >= rest_s(recent, self._interval_s) and pauses.resume(tx):
            record_action(tx, actor=BREAKER, action="resume", reason="SES says that the account may send")
            log.warning("sending resumed", paused_for=pause.reason)
