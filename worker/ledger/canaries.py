"""What the ledger knows of canaries: how the last run of `worker canary` ended, and where a canary's report is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.lifecycle import HANDED_OVER, ReportState
from worker.ledger.schema import attempt, report, signup
from worker.ledger.steering_schema import ONLY_ROW
from worker.ledger.steering_schema import canary as canary_table
from worker.ledger.store import insert, now
from worker.setting_types import MailerKind


class CanaryResult(StrEnum):
    """How one run of `worker canary` ended."""

    DELIVERED = "delivered"
    """SES's event says that the letter was delivered."""
    WRITTEN = "written"
    """The outbox mailer wrote the letter to a file; nothing more can come."""
    REFUSED = "refused"
    """The signup was not admitted over HTTP."""
    NOT_SENT = "not_sent"
    """It was admitted, and its letter has not left."""
    NOT_DELIVERED = "not_delivered"
    """Its letter left, and no event says that it was delivered."""

    @property
    def good(self) -> bool:
        """Whether the canary came through."""
        return self in {CanaryResult.DELIVERED, CanaryResult.WRITTEN}


@dataclass(frozen=True, slots=True)
class LastCanary:
    """The last run. `took_s`: seconds from the signup to the end; `good_at`: when a canary last came through."""

    ended_at: datetime
    result: CanaryResult
    words: str
    took_s: float
    good_at: datetime | None


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """The report of a canary as it is now; `mailer` of the attempt whose letter left."""

    id: int
    state: ReportState
    reason: str | None
    reason_text: str | None
    feedback: str | None
    feedback_detail: str | None
    mailer: MailerKind | None


def record_canary(tx: Connection, result: CanaryResult, words: str, *, took_s: float) -> None:
    """Record how a run ended; it replaces the one before."""
    values = {"ended_at": now(), "result": result, "words": words, "took_s": took_s}
    values |= {"good_at": now()} if result.good else {}
    statement = insert(tx, canary_table).values(id=ONLY_ROW, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def last_canary(tx: Connection) -> LastCanary | None:
    """The last run; None where there was none."""
    columns = [canary_table.c[name] for name in LastCanary.__dataclass_fields__]
    row = tx.execute(sa.select(*columns)).one_or_none()
    if row is None:
        return None
    return LastCanary(row.ended_at, CanaryResult(row.result), row.words, row.took_s, row.good_at)


def canary_report(tx: Connection, *, signup_row: int, signup_id: str) -> CanaryReport | None:
    """The report of an admitted canary; None where this ledger has no such signup in that row."""
    accepted = sa.select(attempt.c.mailer).where(attempt.c.report_id == report.c.id, attempt.c.state.in_(HANDED_OVER))
    mailer = accepted.limit(1).correlate(report).scalar_subquery().label("mailer")
    names = ("id", "state", "reason", "reason_text", "feedback", "feedback_detail")
    query = sa.select(*(report.c[name] for name in names), mailer).join(signup, signup.c.id == report.c.signup_row)
    row = tx.execute(query.where(signup.c.id == signup_row, signup.c.signup_id == signup_id)).one_or_none()
    if row is None:
        return None
    texts = (row.reason, row.reason_text, row.feedback, row.feedback_detail)
    return CanaryReport(
        row.id, ReportState(row.state), *texts, MailerKind(row.mailer) if row.mailer in set(MailerKind) else None
    )
