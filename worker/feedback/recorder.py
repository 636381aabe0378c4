"""Records SES events in the ledger, and what follows from them.

Events come late, twice and in any order; recording joins them by rank, so none of that matters. An event that bears our
attempt's tag proves that SES accepted the attempt, even if it was believed unsent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy.engine import Connection

from worker.feedback.events import NotOurs, parse_event
from worker.feedback.trials import is_trial
from worker.ledger import attempts
from worker.ledger import feedback as events
from worker.ledger.audit import record_action
from worker.ledger.channels import LANES, Channel
from worker.ledger.feedback import NewEvent, SentAttempt, StoredEvent
from worker.ledger.feedback_faults import ACCEPTED_BESIDE_ANOTHER, ACCEPTED_TWICE
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import AttemptState
from worker.ledger.store import Ledger
from worker.privacy.suppression import suppress
from worker.timings import timings

log = structlog.get_logger(__name__)

ACTOR = "ses"
REASONS_LOGGED = 100  # so that strange messages cannot fill the log or the memory


class Recorded(StrEnum):
    """What became of an event that was recorded."""

    MATCHED = "matched"
    WAITING = "waiting"  # stored; its attempt is not known yet
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Match:
    """The attempt that an event is about, and its report; a trial letter has none."""

    attempt_id: str
    report_id: int | None = None


def _record(tx: Connection, event: NewEvent) -> tuple[Recorded, Match | None]:
    """Write one event and what follows from it. Events may come repeatedly and in any order."""
    stored = events.insert_event(tx, event)
    if stored is None:
        return Recorded.DUPLICATE, None
    found = match(tx, stored)
    return Recorded.WAITING if found is None else Recorded.MATCHED, found


class FeedbackRecorder:
    """Records the events that come through SQS and HTTP. Shared by threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._logged: set[str] = set()  # kinds of messages, of which there are few

    def take(self, text: str) -> Recorded | None:
        """Record one event; it is committed when this returns. Returns None where there is nothing to record.

        Raises InvalidFeedback where an event of ours cannot be read, LedgerUnavailable: then nothing was recorded.
        """
        event = parse_event(text)
        if isinstance(event, NotOurs):
            self._log_once(event.why)
            return None
        with self._ledger.write() as tx:
            recorded, found = _record(tx, event)
        log_feedback("feedback", event, found, detail=event.detail, result=str(recorded))
        return recorded

    def _log_once(self, why: str) -> None:
        if why not in self._logged and len(self._logged) < REASONS_LOGGED:
            self._logged.add(why)
            log.info("nothing to record, logged once", why=why)


def log_feedback(what: str, event: NewEvent | StoredEvent, found: Match | None, **more: str | None) -> None:
    """Write a line with the ids that every line about this letter has."""
    attempt_id = event.attempt_id if found is None else found.attempt_id
    log.info(
        what, kind=str(event.meaning.kind), report_id=found and found.report_id, attempt=attempt_id,
        ses_message_id=event.ses_message_id, **more,
    )  # fmt: skip


def match(tx: Connection, event: StoredEvent) -> Match | None:
    """Record what follows from an event for its attempt and reader; None where its attempt is not known."""
    attempt = events.find_attempt(tx, attempt_id=event.attempt_id, ses_message_id=event.ses_message_id)
    if attempt is None:
        if event.attempt_id is None or not is_trial(event.attempt_id):
            return None
        events.mark_matched(tx, event.id, attempt_id=event.attempt_id, keep_raw=False)
        return Match(event.attempt_id)
    _prove_accepted(tx, attempt, event)
    if attempt.state is not AttemptState.RETURNED or event.meaning.kind is FeedbackKind.DELIVERED:
        # Else the feedback may already be that of a replay, and nothing more is to be said of a letter that came back.
        events.join_feedback(tx, attempt.report_id, event.meaning, event.occurred_at, event.detail)
    if event.meaning.suppress is not None:
        suppress(tx, attempt.recipient_key, reason=event.meaning.suppress, actor=ACTOR)
    _time(attempt, event)
    events.mark_matched(tx, event.id, attempt_id=attempt.id, keep_raw=not attempt.erased)
    return Match(attempt.id, attempt.report_id)


def _time(attempt: SentAttempt, event: StoredEvent) -> None:
    if attempt.channel == Channel.CANARY:
        return
    lane = LANES[Channel(attempt.channel)]
    timings().observe_event(lane, (event.received_at - event.occurred_at).total_seconds())
    accepted_at = attempt.finished_at if attempt.state is AttemptState.ACCEPTED else None
    if accepted_at is not None and event.meaning.kind is FeedbackKind.DELIVERED:
        timings().observe_delivery(lane, (event.occurred_at - accepted_at).total_seconds())


def _prove_accepted(tx: Connection, attempt: SentAttempt, event: StoredEvent) -> None:
    """Record that SES accepted this attempt: the event proves it. A delivery also proves that its letter arrived."""
    if attempt.state is AttemptState.RETURNED:
        recorded = event.meaning.kind is not FeedbackKind.DELIVERED or attempts.record_arrived(tx, attempt.id)
    else:
        recorded = attempts.record_accepted_late(tx, attempt.id, ses_message_id=event.ses_message_id)
    if not recorded:
        reason = f"attempt {attempt.id} was accepted after all, and the report has another live attempt"
        news = event.ses_message_id is not None and events.record_message_id(tx, attempt.id, event.ses_message_id)
        if news or attempt.state is AttemptState.RETURNED:
            _note(tx, attempt, ACCEPTED_BESIDE_ANOTHER, reason)
        log.error("accepted beside another attempt", report_id=attempt.report_id, attempt=attempt.id)
        return
    if event.ses_message_id is None:
        return
    if attempt.ses_message_id is None:
        events.record_message_id(tx, attempt.id, event.ses_message_id)
    elif attempt.ses_message_id != event.ses_message_id and not events.message_known(
        tx, attempt.id, event.ses_message_id
    ):
        _note(tx, attempt, ACCEPTED_TWICE, f"attempt {attempt.id} also has the message id {event.ses_message_id}")
        log.error("one attempt, two messages", report_id=attempt.report_id, attempt=attempt.id)


def _note(tx: Connection, attempt: SentAttempt, action: str, reason: str) -> None:
    record_action(
        tx, actor=ACTOR, action=action, report_id=attempt.report_id, recipient_key=attempt.recipient_key, reason=reason
    )
