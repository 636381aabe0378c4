"""The reputation of the letters sent, as AWS counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import HANDED_OVER
from worker.ledger.schema import attempt, feedback_event, report, signup


@dataclass(frozen=True, slots=True)
class Reputation:
    """How many letters SES accepted since some moment, and how many sources' letters bounced hard or drew a complaint.

    Only what AWS counts against the account is counted.
    """

    sent: int
    hard_bounced: int
    complained: int


def reputation(tx: Connection, *, since: sa.ColumnElement[datetime] | datetime) -> Reputation:
    """The reputation of the letters accepted since `since`.

    Letters to addresses that one source entered count once: a stranger who invents addresses is one bad source.
    """
    accepted = (attempt.c.state.in_(HANDED_OVER), attempt.c.finished_at > since)
    sent = tx.execute(sa.select(sa.func.count()).select_from(attempt).where(*accepted)).scalar_one()

    def sources(kind: FeedbackKind) -> int:
        joined = (
            feedback_event.join(attempt, attempt.c.id == feedback_event.c.attempt_id)
            .join(report, report.c.id == attempt.c.report_id)
            .join(signup, signup.c.id == report.c.signup_row)
        )
        source = sa.func.coalesce(signup.c.source_hash, attempt.c.id)
        query = sa.select(sa.func.count(sa.distinct(source))).select_from(joined)
        # The bound on the event's own time is there only for the index it uses.
        counting = (feedback_event.c.kind == kind, feedback_event.c.counts, feedback_event.c.matched_at > since)
        return tx.execute(query.where(*accepted, *counting)).scalar_one()

    return Reputation(sent, sources(FeedbackKind.BOUNCED), sources(FeedbackKind.COMPLAINED))
