"""What became of a letter, as marketing counts it: one condition for each result, for the log and for the counts."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from worker.ledger.durations import midnight
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import report

SOON_S = 60.0  # "sent within a minute" of the report's commit; the triggers that count have it too
SILENT_AFTER_DAYS = 2  # of the calendar, in UTC: so each has been sent for a day at least, and counts go by days


class LetterResult(StrEnum):
    """What became of a letter. `sent` is the base of the five below it; each sent letter is one of four of them.

    A complaint implies a delivery, so `delivered` counts it too.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    NO_WORD = "no_word"
    SILENT = "silent"
    """Sent SILENT_AFTER_DAYS days ago or earlier, and still no word."""
    WAITING = "waiting"
    MAYBE_SENT = "maybe_sent"
    STOPPED = "stopped"


SENT_STATES = (ReportState.SENT, ReportState.RETURNED)
_STATES = {
    LetterResult.WAITING: (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING),
    LetterResult.MAYBE_SENT: (ReportState.UNKNOWN,),
    LetterResult.STOPPED: (ReportState.FAILED, ReportState.QUARANTINED, ReportState.CANCELLED),
}
_FEEDBACK = {
    LetterResult.DELIVERED: (FeedbackKind.DELIVERED, FeedbackKind.COMPLAINED),
    LetterResult.COMPLAINED: (FeedbackKind.COMPLAINED,),
    LetterResult.BOUNCED: (FeedbackKind.BOUNCED,),
    LetterResult.REJECTED: (FeedbackKind.REJECTED,),
}


def results_of(state: str, feedback: str | None) -> set[LetterResult]:
    """The results of a report with this state and feedback, without SILENT, which also depends on the time."""
    if state not in SENT_STATES:
        return {result for result, states in _STATES.items() if state in states}
    said = {result for result, kinds in _FEEDBACK.items() if feedback in kinds}
    return {LetterResult.SENT, *(said or {LetterResult.NO_WORD})}


def has_result(result: LetterResult) -> sa.ColumnElement[bool]:
    """Whether a report has this result: the same rule as `results_of`."""
    if result in _STATES:
        return report.c.state.in_(_STATES[result])
    sent = report.c.state.in_(SENT_STATES)
    if result in _FEEDBACK:
        return sa.and_(report.c.feedback.in_(_FEEDBACK[result]), sent)
    if result is LetterResult.SENT:
        return sent
    reported = [kind for kinds in _FEEDBACK.values() for kind in kinds]
    no_word = sa.and_(sent, sa.or_(report.c.feedback.is_(None), report.c.feedback.not_in(reported)))
    if result is LetterResult.SILENT:
        return sa.and_(no_word, report.c.sent_at < midnight(days_ago=SILENT_AFTER_DAYS - 1))
    return no_word
