"""Delivers one report: claim, compose, wait for a slot, commit the intent, post once, record.

If this process dies between two of these steps, the report's state says what is known: `claimed` (nothing was posted)
or `sending` (the letter may have been posted). The sweep recovers it from there.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import structlog
from sqlalchemy.engine import Connection
from structlog.contextvars import bind_contextvars, bound_contextvars

from worker.delivery.breaker import Breaker
from worker.delivery.composer import Composed, Composer, Reader, Uncomposable
from worker.delivery.disposition import (
    AttemptResult,
    AwaitProof,
    Fail,
    HoldForQuota,
    NotSent,
    PauseSending,
    Retry,
    Sent,
    SlowDown,
    Unchanged,
    of_error,
)
from worker.delivery.recording import ResultRecorder
from worker.delivery.sources import SYSTEM, Sources
from worker.delivery.spool import Spool
from worker.delivery.witness import Witness
from worker.errors import (
    CommitsLost,
    LedgerUnavailable,
    LostClaim,
    OutcomeUnknown,
    PacingUnavailable,
    SendError,
    SendingPaused,
    Transient,
    WitnessUnavailable,
    WrongInstallation,
)
from worker.ledger import attempts, holds, installation, lost_commits, pauses, reports
from worker.ledger.attempts import NewAttempt
from worker.ledger.channels import Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.reports import ClaimedReport
from worker.ledger.stopped_reports import READER_DATA
from worker.ledger.store import Ledger
from worker.mailers.mailer import Accepted, Mailer, Outgoing
from worker.mailers.pacing import Pacer
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

NO_PACE_DELAY_S = 5.0  # while Redis is away


@dataclass(frozen=True, slots=True)
class Policy:
    """Leases in seconds, and limits. `intent_lease_s` must exceed the longest POST, or a slow one becomes unknown."""

    claim_lease_s: float
    intent_lease_s: float
    max_claims: int
    max_refusals: int


class Deliverer:
    """Delivers one report per call. Shared by all threads of a process; `process` names it in the ledger."""

    def __init__(  # noqa: PLR0913 - what one delivery passes through
        self, ledger: Ledger, composer: Composer, pacer: Pacer, mailer: Mailer, spool: Spool, policy: Policy,
        *, witness: Witness, breaker: Breaker, process: str, sources: Sources = SYSTEM,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._composer = composer
        self._pacer = pacer
        self._mailer = mailer
        self._recorder = ResultRecorder(ledger, spool, sleep=sources.sleep)
        self._policy = policy
        self._witness = witness
        self._breaker = breaker
        self._process = process
        self._sources = sources
        self._mailer_pinned = False

    def deliver(self, report_id: int) -> ReportState | Unchanged:
        """Try to send one report if it is due; returns its new state, or why that did not change.

        Raises LedgerUnavailable where the report cannot be claimed or given back.
        """
        claim = self._claim(report_id)
        if not isinstance(claim, ClaimedReport):
            log.info("delivery", report_id=report_id, result=str(claim))
            return claim
        attempt_id = self._sources.new_id(16)
        with bound_contextvars(report_id=report_id, attempt=attempt_id, ses_message_id=None):
            result = self._deliver_claimed(claim, attempt_id)
            log.info("delivery", result=str(result))
        return result

    def _claim(self, report_id: int) -> ClaimedReport | ReportState | Unchanged:
        with self._ledger.write() as tx:
            claim = reports.claim(tx, report_id, token=self._sources.new_id(8), lease_s=self._policy.claim_lease_s)
            if claim is None:
                return _why_unclaimed(tx, report_id)
            if claim.address is None or claim.suppressed:
                reports.cancel(tx, report_id, reason="suppressed")
                return ReportState.CANCELLED
            if claim.claims > self._policy.max_claims:
                text = f"claimed {claim.claims - 1} times without a result"
                reports.quarantine(tx, claim, reason="poison", reason_text=text)
                return ReportState.QUARANTINED
        return claim

    def _deliver_claimed(self, claim: ClaimedReport, attempt_id: str) -> ReportState | Unchanged:
        composed = self._composer.compose(_reader(claim), attempt_id=attempt_id, date=self._sources.now())
        if isinstance(composed, Uncomposable):
            result = self._quarantine(claim, composed)
            if composed.shared:
                self._breaker.report_stopped()
            return result
        try:
            delay = self._pacer.wait_for_slot(Lane(claim.lane))
        except PacingUnavailable:
            delay = NO_PACE_DELAY_S
        if delay is not None:
            return self._release(claim, delay_s=delay)
        return self._send(claim, composed, attempt_id)

    def _send(self, claim: ClaimedReport, composed: Composed, attempt_id: str) -> ReportState | Unchanged:
        letter = composed.letter
        outgoing = Outgoing(attempt_id, letter.recipient, letter.message, letter.html)
        try:
            accepted = self._mailer.send(
                outgoing, lambda signed_at: self._intend(claim, composed, attempt_id, signed_at)
            )
        except LostClaim:
            return Unchanged.LOST_CLAIM
        except SendingPaused:
            return self._release(claim)
        except (WrongInstallation, WitnessUnavailable) as error:
            return self._not_sent(claim, attempt_id, Transient(type(error).__name__, str(error), counts=False))
        except CommitsLost as error:
            return self._take_up_lost(claim, attempt_id, error)
        except LedgerUnavailable as error:  # the intent may have been committed, the POST certainly was not made
            return self._not_sent(claim, attempt_id, Transient("IntentUnconfirmed", str(error), counts=False))
        except SendError as error:
            result = self._not_sent(claim, attempt_id, error)
            if isinstance(error, OutcomeUnknown) and error.answer is not None:
                error.answer.add_done_callback(lambda answer: self._take_late_answer(claim, attempt_id, answer))
            return result
        result = self._recorder.record(AttemptResult(attempt_id, claim.id, Sent(accepted.ses_message_id)), claim)
        bind_contextvars(ses_message_id=accepted.ses_message_id)  # until the end of `deliver`
        return result

    def _intend(self, claim: ClaimedReport, composed: Composed, attempt_id: str, signed_at: datetime) -> None:
        """Commit the intent and have it witnessed. The caller posts at once; no other process posts this attempt."""
        letter = composed.letter
        new = NewAttempt(
            id=attempt_id,
            report_id=claim.id,
            number=claim.attempts + 1,
            mailer=self._mailer.name,
            sender_process=self._process,
            signed_at=signed_at,
            letter_sha256=letter.sha256,
            catalogue_version=letter.catalogue_version,
            template_version=letter.template_version,
            profile_use=composed.profile_use,
            subject=letter.subject,
            report_kind=letter.kind,
            role_slug=letter.role_slug,
            title=letter.title,
            index_value=letter.index.value,
            index_low=letter.index.low,
            index_high=letter.index.high,
            rfc_message_id=self._composer.rfc_message_id(attempt_id),
        )
        with self._ledger.write() as tx:
            attempts.intend(tx, new, token=claim.claim_token, lease_s=self._policy.intent_lease_s)
            if not self._mailer_pinned:
                installation.pin_mailer(tx, new.mailer)
        self._mailer_pinned = True
        self._witness.mark(attempt_id, claim.recipient_key)

    def _not_sent(self, claim: ClaimedReport, attempt_id: str, error: SendError) -> ReportState | Unchanged:
        disposition = of_error(
            error,
            attempts=claim.attempts,
            refusals=claim.refusals,
            max_refusals=self._policy.max_refusals,
            jitter=self._sources.fraction(),
        )
        log.warning("attempt not accepted", report_id=claim.id, attempt=attempt_id, error=error.code, text=error.reason)
        self._steer(disposition)
        result = self._recorder.record(AttemptResult(attempt_id, claim.id, disposition), claim)
        if isinstance(disposition, Fail):
            self._breaker.report_stopped()
        return result

    def _take_late_answer(self, claim: ClaimedReport, attempt_id: str, answer: Future[Accepted]) -> None:
        """Record what SES answered after the deadline; what still says nothing leaves the report unknown."""
        error, ses_message_id = answer.exception(), None
        if error is None:
            ses_message_id = answer.result().ses_message_id
            sent = Sent(ses_message_id)
            self._recorder.record(AttemptResult(attempt_id, claim.id, sent), claim)
        elif isinstance(error, SendError) and not isinstance(error, OutcomeUnknown):
            self._not_sent(claim, attempt_id, error)
        log.warning(
            "late answer", report_id=claim.id, attempt=attempt_id, ses_message_id=ses_message_id,
            error=error and type(error).__name__,
        )  # fmt: skip

    def _take_up_lost(self, claim: ClaimedReport, attempt_id: str, error: CommitsLost) -> ReportState | Unchanged:
        """An earlier letter of this report may have left, which the ledger has lost: this one does not leave."""
        result = self._not_sent(claim, attempt_id, Transient("CommitsLost", str(error), counts=False))
        with self._ledger.write() as tx:
            taken_up = lost_commits.take_up(tx, claim.recipient_key, error.attempt_id)
        log.critical("the ledger has lost commits, sending paused", report_id=claim.id, attempt=error.attempt_id)
        return ReportState.UNKNOWN if taken_up else result

    def _steer(self, disposition: NotSent) -> None:
        """Do what a disposition asks for all reports, before this one can be claimed again.

        Never raises: SES's answer is not recorded yet.
        """
        try:
            match disposition:
                case PauseSending(code, text):
                    self._breaker.account_blocked(code, text)
                case HoldForQuota():
                    self._breaker.quota_spent()
                case SlowDown() | AwaitProof():  # while SES is in trouble, each letter more may be one more unknown
                    self._pacer.slow_down()
                case Retry() | Fail():
                    pass
                case _:
                    assert_never(disposition)
        except Exception as error:
            count_unexpected("deliver", error)
            log.exception("not applied to all reports", disposition=type(disposition).__name__)

    def _release(self, claim: ClaimedReport, *, delay_s: float | None = None) -> ReportState | Unchanged:
        with self._ledger.write() as tx:
            released = reports.release(tx, claim, delay_s=delay_s)
        return ReportState.READY if released else Unchanged.LOST_CLAIM

    def _quarantine(self, claim: ClaimedReport, uncomposable: Uncomposable) -> ReportState | Unchanged:
        with self._ledger.write() as tx:
            quarantined = reports.quarantine(
                tx,
                claim,
                reason="letter" if uncomposable.shared else READER_DATA,
                reason_text=uncomposable.problem[:500],
            )
        return ReportState.QUARANTINED if quarantined else Unchanged.LOST_CLAIM


def _why_unclaimed(tx: Connection, report_id: int) -> Unchanged:
    """Sending is paused or on hold, or this report is not ready or not due."""
    if pauses.current_pause(tx) is not None:
        return Unchanged.PAUSED
    hold = holds.current_hold(tx)
    if hold is not None and holds.hold_back(tx, report_id, hold):
        return Unchanged.HELD_BACK
    return Unchanged.NOT_DUE


def _reader(claim: ClaimedReport) -> Reader:
    assert claim.address is not None, "a report without an address is cancelled when claimed"
    return Reader(
        link_token=claim.link_token,
        address=claim.address,
        role_text=claim.role_text,
        role_slug=claim.role_slug,
        profile=claim.profile,
    )
