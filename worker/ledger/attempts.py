"""Guarded writes about an attempt to send a report: the intent before the POST, and what is known about it afterwards.

Each changes the attempt and makes the report's transition in the caller's transaction. Recording is idempotent: after
a crash the same result may be recorded again, and proof that SES accepted the letter may overtake it. Then nothing
changes and the function returns False.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from worker.errors import CommitsLost, LostClaim, SendingPaused
from worker.ledger import installation, lost_attempts, pauses
from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank
from worker.ledger.guarded_updates import REPORT_ID, UNCLAIMED, expired, lease, one_of, transition
from worker.ledger.lifecycle import HANDED_OVER, AttemptState, Transition
from worker.ledger.schema import BOUNCED, SENT, attempt, feedback_event, report
from worker.ledger.sqlite_plans import likely
from worker.ledger.store import after, now

INTENT_EXPIRED = "IntentExpired"
"""The `error` of an attempt whose process did not record a result before its lease ended."""
CAME_BACK = "came_back"
"""The `reason` of a returned report."""
INTENT_EXPIRED_TEXT = "the process that intended to post did not record a result"

_OPEN = (AttemptState.INTENT, AttemptState.UNKNOWN)
_SETTLED = {**UNCLAIMED, "claims": 0, "reason": None, "reason_text": None}


class ProfileUse(StrEnum):
    """How much of the reader's profile an attempt's letter was made from."""

    FULL = "full"
    CATALOGUE_NAMES = "catalogue_names"
    ROLE_ONLY = "role_only"


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """The intent to post one letter, written before the bytes leave."""

    id: str
    report_id: int
    number: int
    mailer: str
    sender_process: str
    signed_at: datetime
    letter_sha256: str
    catalogue_version: str
    template_version: str
    profile_use: ProfileUse
    subject: str
    report_kind: str
    role_slug: str | None
    title: str
    index_value: int
    index_low: int
    index_high: int
    rfc_message_id: str


def intend(tx: Connection, new: NewAttempt, *, token: str, lease_s: float) -> None:
    """Write an intent for a report claimed under `token`; its lease ends in `lease_s` seconds.

    Raises SendingPaused, WrongInstallation where the ledger is pinned to another mailer, CommitsLost where it remembers
    a lost attempt of this person, or LostClaim where the report is not claimed under `token` any more (with its last
    commits, the ledger may have lost the report itself) or the partial unique index finds another live attempt: then
    nothing was recorded.
    """
    values = {"which_report": new.report_id, "token": token, "lease_s": lease_s, "by_mailer": new.mailer}
    if tx.execute(_intend_statement(), values).rowcount == 0:
        if pauses.current_pause(tx) is not None:
            raise SendingPaused("sending was paused after this report was claimed")
        installation.refuse_other_mailer(installation.read_installation(tx), new.mailer)
        key = tx.execute(sa.select(report.c.recipient_key).where(report.c.id == new.report_id)).scalar_one_or_none()
        if key is not None and (lost := lost_attempts.remembered(tx, key)) is not None:
            raise CommitsLost(lost)
        raise LostClaim(f"report {new.report_id} is no longer held by this claim")
    try:
        tx.execute(_insert_intent_statement(), {name: getattr(new, name) for name in NewAttempt.__dataclass_fields__})
    except IntegrityError as error:
        raise LostClaim(f"report {new.report_id} has a live attempt already") from error


def record_accepted(tx: Connection, attempt_id: str, *, ses_message_id: str | None) -> bool:
    """SES accepted this attempt, in any state of it; False where that was recorded before, or its report is sent.

    Raises IntegrityError where the attempt was voided and another attempt of its report is live.
    """
    values = {"which_attempt": attempt_id, "accepted_as": ses_message_id}
    report_id = tx.execute(_accept_attempt_statement(), values).scalar_one_or_none()
    return report_id is not None and tx.execute(_accept_statement(), {"which_report": report_id}).rowcount == 1


def record_accepted_late(tx: Connection, attempt_id: str, *, ses_message_id: str | None) -> bool:
    """An SES event names this attempt, so SES accepted it; False where another attempt of its report is live.

    Then nothing was recorded, and the transaction can go on.
    """
    try:
        with tx.begin_nested():
            record_accepted(tx, attempt_id, ses_message_id=ses_message_id)
    except IntegrityError:
        return False
    return True


def record_arrived(tx: Connection, attempt_id: str) -> bool:
    """A delivery of a letter that had come back is reported: its report is sent, and a replay of it is over.

    Returns False where another attempt of its report is live: then nothing was recorded, and the transaction can go on.
    """
    try:
        with tx.begin_nested():
            returned = (attempt.c.id == attempt_id, attempt.c.state == AttemptState.RETURNED)
            statement = sa.update(attempt).where(*returned).values(state=AttemptState.ACCEPTED)
            report_id = tx.execute(statement.returning(attempt.c.report_id)).scalar_one_or_none()
            _follow(tx, report_id, Transition.ARRIVE, reason=None, reason_text=None)
    except IntegrityError:
        return False
    return True


def return_bounced(tx: Connection, *, after_s: float, window_s: float, limit: int) -> list[int]:
    """Mark up to `limit` sent reports returned whose letter bounced `after_s` seconds ago; returns their ids.

    Only a bounce that names a failure of the letter counts, and only where no delivery was ever reported for it.
    Bounces older than `window_s` seconds are not looked at again.
    """
    chosen = (
        sa.select(report.c.id)
        .where(
            likely(SENT),
            likely(BOUNCED),
            report.c.feedback_rank == FeedbackRank.ARRIVAL,
            report.c.feedback_at.between(after(-window_s), after(-after_s)),
            ~_delivery_reported(),
        )
        .order_by(report.c.feedback_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    reasons = {"reason": CAME_BACK, "reason_text": "the letter bounced, and no delivery was reported"}
    made = transition(Transition.RETURN, report.c.id.in_(chosen), **reasons)
    report_ids = list(tx.execute(made.returning(report.c.id)).scalars())
    theirs = (attempt.c.report_id.in_(report_ids), likely(attempt.c.state == AttemptState.ACCEPTED))
    tx.execute(sa.update(attempt).where(*theirs).values(state=AttemptState.RETURNED))
    return report_ids


def _delivery_reported() -> sa.Exists:
    """Whether a delivery was reported for the letter of a report.

    Not a join: for each report, SQLite would read every delivery that there is.
    """
    arrived = feedback_event.c.kind.in_((FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED))
    of_attempt = sa.exists().where(feedback_event.c.attempt_id == attempt.c.id, arrived).correlate(attempt)
    live = (attempt.c.report_id == report.c.id, likely(attempt.c.state == AttemptState.ACCEPTED))
    return sa.exists().where(*live, of_attempt).correlate(report)


def record_refused(
    tx: Connection, attempt_id: str, *, error: str | None, error_text: str | None, delay_s: float, counts: bool
) -> bool:
    """SES did not accept this attempt; the report is ready again, due in `delay_s` seconds.

    `counts`: the refusal counts towards giving up.
    """
    report_id = _finish(tx, attempt_id, _OPEN, AttemptState.REFUSED, error=error, error_text=error_text)
    later = {"not_before": after(delay_s), "refusals": report.c.refusals + int(counts)}
    return _follow(tx, report_id, Transition.REFUSE, reason=error, reason_text=error_text, **later)


def record_failed(tx: Connection, attempt_id: str, *, error: str | None, error_text: str | None) -> bool:
    """SES refused this attempt for good; the report has failed."""
    report_id = _finish(tx, attempt_id, _OPEN, AttemptState.REFUSED, error=error, error_text=error_text)
    return _follow(tx, report_id, Transition.FAIL, reason=error, reason_text=error_text)


def record_unknown(tx: Connection, attempt_id: str, *, error: str | None, error_text: str | None) -> bool:
    """SES may have accepted this attempt; the report is unknown, and no process sends it again."""
    intent = (AttemptState.INTENT,)
    report_id = _finish(tx, attempt_id, intent, AttemptState.UNKNOWN, error=error, error_text=error_text)
    return _follow(tx, report_id, Transition.MARK_UNKNOWN, reason=error, reason_text=error_text)


def known(tx: Connection, attempt_ids: Sequence[str]) -> dict[str, AttemptState]:
    """Those of these attempts that the ledger has, and their states."""
    query = sa.select(attempt.c.id, attempt.c.state).where(attempt.c.id.in_(attempt_ids))
    return {attempt_id: AttemptState(state) for attempt_id, state in tx.execute(query)}


def expire_intents(tx: Connection, *, limit: int) -> list[int]:
    """Mark up to `limit` reports whose intent expired unknown, for they may have been posted; returns their ids."""
    reasons = {"reason": INTENT_EXPIRED, "reason_text": INTENT_EXPIRED_TEXT}
    statement = expired(Transition.MARK_UNKNOWN, limit, **UNCLAIMED, claims=0, **reasons)
    report_ids = list(tx.execute(statement.returning(report.c.id)).scalars())
    mark_intents_unknown(tx, report_ids, error=INTENT_EXPIRED, error_text=INTENT_EXPIRED_TEXT)
    return report_ids


def confirm_sent(tx: Connection, attempt_id: str, *, sent_at: datetime) -> bool:
    """An operator confirms that SES accepted this unknown attempt; False where it is not unknown any more."""
    return _decide(tx, attempt_id, AttemptState.ACCEPTED, Transition.ACCEPT, sent_at=sent_at)


def assume_unsent(tx: Connection, attempt_id: str) -> bool:
    """An operator declares this unknown attempt unsent; its report is due now.

    Returns False where the attempt is not unknown any more. The attempt is voided, so a second letter is possible.
    """
    return _decide(tx, attempt_id, AttemptState.VOIDED, Transition.ASSUME_UNSENT, not_before=now())


def mark_intents_unknown(
    tx: Connection, report_ids: Sequence[int] | sa.Select[tuple[int]], *, error: str, error_text: str
) -> None:
    """Mark the open intents of these reports unknown; the reports' own states are the caller's."""
    statement = (
        sa.update(attempt)
        .where(attempt.c.report_id.in_(report_ids), likely(attempt.c.state == AttemptState.INTENT))
        .values(state=AttemptState.UNKNOWN, finished_at=now(), error=error, error_text=error_text)
    )
    tx.execute(statement)


def _decide(tx: Connection, attempt_id: str, to: AttemptState, made: Transition, **changes: Any) -> bool:
    report_id = _finish(tx, attempt_id, (AttemptState.UNKNOWN,), to)
    if report_id is None:
        return False
    followed = _follow(tx, report_id, made, reason=None, reason_text=None, **changes)
    assert followed, "the report of an unknown attempt is unknown, and this transaction holds that attempt"
    return True


def _finish(
    tx: Connection, attempt_id: str, leaves: Sequence[AttemptState], to: AttemptState, **changes: Any
) -> int | None:
    """Change an attempt's state; returns its report's id, or None where its state is not one of `leaves`."""
    statement = (
        sa.update(attempt)
        .where(attempt.c.id == attempt_id, one_of(attempt.c.state, leaves))
        .values(state=to, finished_at=now(), **changes)
        .returning(attempt.c.report_id)
    )
    return tx.execute(statement).scalar_one_or_none()


def _follow(tx: Connection, report_id: int | None, made: Transition, **changes: Any) -> bool:
    """Let the report follow its attempt; the claim has ended, and its count of claims starts again."""
    if report_id is None:
        return False
    statement = transition(made, report.c.id == report_id, **UNCLAIMED, claims=0, **changes)
    return tx.execute(statement).rowcount == 1


# Built once, because every letter needs them: for SQLAlchemy, building a statement costs more than executing it.


@functools.cache
def _intend_statement() -> sa.Update:
    fits = installation.mailer_fits(sa.bindparam("by_mailer", type_=sa.Text))
    held = (report.c.id == REPORT_ID, report.c.claim_token == sa.bindparam("token"))
    guards = (*held, pauses.unpaused(), fits, lost_attempts.none_remembered())
    return transition(Transition.INTEND, *guards, attempts=report.c.attempts + 1, lease_until=lease())


@functools.cache
def _accept_statement() -> sa.Update:
    return transition(Transition.ACCEPT, report.c.id == REPORT_ID, sent_at=now(), **_SETTLED)


@functools.cache
def _insert_intent_statement() -> sa.Insert:
    return sa.insert(attempt).values(state=AttemptState.INTENT, intent_at=now())


@functools.cache
def _accept_attempt_statement() -> ReturningUpdate[tuple[int]]:
    return (
        sa.update(attempt)
        .where(attempt.c.id == sa.bindparam("which_attempt"), ~one_of(attempt.c.state, HANDED_OVER))
        .values(
            state=AttemptState.ACCEPTED,
            finished_at=now(),
            ses_message_id=sa.func.coalesce(sa.bindparam("accepted_as", type_=sa.Text), attempt.c.ses_message_id),
        )
        .returning(attempt.c.report_id)
    )
