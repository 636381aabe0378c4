"""Records the result of an attempt in the ledger, or on the spool while the ledger is away.

Recording is idempotent and guarded: a result may be recorded again after a crash, and proof may have overtaken it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

import structlog
from sqlalchemy.engine import Connection

from worker.delivery.disposition import (
    AttemptResult,
    AwaitProof,
    Fail,
    HoldForQuota,
    PauseSending,
    Retry,
    Sent,
    SlowDown,
    Unchanged,
    state_after,
)
from worker.delivery.sources import SYSTEM
from worker.delivery.spool import Spool
from worker.errors import CommitsLost, LedgerUnavailable, WorkerError
from worker.ledger import attempts, reports
from worker.ledger.channels import LANES, Channel
from worker.ledger.lifecycle import ReportState
from worker.ledger.reports import ClaimedReport
from worker.ledger.store import Ledger
from worker.timings import timings
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

RECORD_TRIES = 3
RECORD_PAUSE_S = 0.5


class ResultRecorder:
    """Records results. Shared by the threads of a process."""

    def __init__(self, ledger: Ledger, spool: Spool, *, sleep: Callable[[float], None] = SYSTEM.sleep) -> None:
        self._ledger = ledger
        self._spool = spool
        self._sleep = sleep

    def record(self, result: AttemptResult, claim: ClaimedReport) -> ReportState | Unchanged:
        """Record a result and return the report's new state. Never raises: the POST cannot be undone."""
        for number in range(1, RECORD_TRIES + 1):
            try:
                with self._ledger.write() as tx:
                    state = _record_or_release(tx, result, claim)
            except CommitsLost as error:
                return self._keep(result, error)
            except LedgerUnavailable as error:
                problem: Exception = error
            except Exception as error:  # a defect must not lose SES's answer either
                count_unexpected("record", error)
                log.exception("result not recorded", attempt=result.attempt_id, report_id=result.report_id)
                problem = error
            else:
                _time(result, claim)
                return state
            if number < RECORD_TRIES:
                self._sleep(RECORD_PAUSE_S)
        return self._keep(result, problem)

    def _keep(self, result: AttemptResult, error: Exception) -> Unchanged:
        try:
            self._spool.keep(result)
        except Exception as disk:  # noqa: BLE001 - mostly an OSError
            # Only this line is left of it. The report becomes unknown, and SES's event settles it.
            log.critical(
                "result neither recorded nor spooled", **result.to_json(), disk=f"{type(disk).__name__}: {disk}"
            )
            return Unchanged.UNRECORDED
        log.error("result spooled", attempt=result.attempt_id, report_id=result.report_id, ledger=_in_short(error))
        return Unchanged.SPOOLED


def _time(result: AttemptResult, claim: ClaimedReport) -> None:
    if isinstance(result.disposition, Sent) and claim.channel != Channel.CANARY:
        took = datetime.now(UTC) - claim.created_at
        timings().observe_send(LANES[Channel(claim.channel)], took.total_seconds())


def _in_short(error: Exception) -> str:
    return str(error) if isinstance(error, WorkerError) else type(error).__name__


def record(tx: Connection, result: AttemptResult) -> bool:
    """Write a result; returns False where it changes nothing: recorded before, or overtaken by proof."""
    attempt_id, disposition = result.attempt_id, result.disposition
    match disposition:
        case Sent(ses_message_id):
            return attempts.record_accepted(tx, attempt_id, ses_message_id=ses_message_id)
        case AwaitProof(error, text):
            return attempts.record_unknown(tx, attempt_id, error=error, error_text=text)
        case Fail(error, text):
            return attempts.record_failed(tx, attempt_id, error=error, error_text=text)
        case (
            Retry(error, text, delay_s, counts)
            | SlowDown(error, text, delay_s, counts)
            | HoldForQuota(error, text, delay_s, counts)
            | PauseSending(error, text, delay_s, counts)
        ):
            return attempts.record_refused(tx, attempt_id, error=error, error_text=text, delay_s=delay_s, counts=counts)
        case _:
            assert_never(disposition)


def is_proof_of_loss(tx: Connection, result: AttemptResult) -> bool:
    """Whether SES accepted an attempt that the ledger does not know: it has lost the commit of its intent."""
    return isinstance(result.disposition, Sent) and not attempts.known(tx, [result.attempt_id])


def _record_or_release(tx: Connection, result: AttemptResult, claim: ClaimedReport) -> ReportState | Unchanged:
    if record(tx, result):
        return state_after(result.disposition)
    if is_proof_of_loss(tx, result):
        raise CommitsLost(result.attempt_id)
    return _release_unposted(tx, result, claim)


def _release_unposted(tx: Connection, result: AttemptResult, claim: ClaimedReport) -> ReportState | Unchanged:
    """Give the report back if it is still only claimed: its attempt ended before the intent was committed."""
    disposition = result.disposition
    match disposition:
        case Sent():
            return ReportState.SENT  # SES's event came first
        case Fail(error, text):  # no request can be made for this letter, so waiting does not help
            done, state = reports.quarantine(tx, claim, reason=error, reason_text=text), ReportState.QUARANTINED
        case AwaitProof(error, text):
            done, state = _release(tx, claim, error, text, 0.0, counts=False), ReportState.READY
        case (
            Retry(error, text, delay_s, counts)
            | SlowDown(error, text, delay_s, counts)
            | HoldForQuota(error, text, delay_s, counts)
            | PauseSending(error, text, delay_s, counts)
        ):
            done, state = _release(tx, claim, error, text, delay_s, counts=counts), ReportState.READY
        case _:
            assert_never(disposition)
    return state if done else Unchanged.LOST_CLAIM


def _release(tx: Connection, claim: ClaimedReport, error: str, text: str, delay_s: float, *, counts: bool) -> bool:
    return reports.release_unposted(tx, claim, error=error, error_text=text, delay_s=delay_s, counts=counts)
