"""SES's events about letters: stored, matched to attempts, and counted.

A report's `feedback` is the event of the highest rank, and of that rank the latest by its own time, so duplicates and
any order of arrival lead to the same row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank, Meaning
from worker.ledger.lifecycle import AttemptState
from worker.ledger.schema import attempt, feedback_event, report, signup
from worker.ledger.store import after, insert, now

MATCH_WITHIN_S = 14 * 86_400.0  # an attempt is committed before its POST, so an event unmatched for so long is not ours


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event as it arrived. The schema explains each column."""

    event_key: str
    meaning: Meaning
    detail: str | None
    attempt_id: str | None
    ses_message_id: str | None
    occurred_at: datetime
    raw: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the ledger whose attempt is not known yet."""

    id: int
    meaning: Meaning
    detail: str | None
    attempt_id: str | None
    ses_message_id: str | None
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SentAttempt:
    """The attempt an event is about. `erased`: its reader was erased, so nothing that names them may be kept.

    `finished_at` is when its result was recorded, None where there is none; `channel` is its signup's.
    """

    id: str
    report_id: int
    recipient_key: str
    state: AttemptState
    ses_message_id: str | None
    finished_at: datetime | None
    channel: str
    erased: bool


_MEANING = tuple(field.name for field in fields(Meaning))
_EVENT = tuple(feedback_event.c[field.name] for field in fields(StoredEvent) if field.name != "meaning")
_COLUMNS = (*_EVENT, *(feedback_event.c[name] for name in _MEANING))


def insert_event(tx: Connection, new: NewEvent) -> StoredEvent | None:
    """Store an event, unmatched; None where it is stored already."""
    values = {field.name: getattr(new, field.name) for field in fields(NewEvent) if field.name != "meaning"}
    values |= {name: getattr(new.meaning, name) for name in _MEANING}
    statement = (
        insert(tx, feedback_event)
        .values(**values, received_at=now())
        .on_conflict_do_nothing(index_elements=["event_key"])
    )
    row = tx.execute(statement.returning(*_COLUMNS)).one_or_none()
    return None if row is None else _stored(row)


def find_attempt(tx: Connection, *, attempt_id: str | None, ses_message_id: str | None) -> SentAttempt | None:
    """The attempt with this id, else the one that SES accepted under `ses_message_id`; None where there is neither."""
    columns = (
        *(attempt.c.id, attempt.c.report_id, attempt.c.state, attempt.c.ses_message_id, attempt.c.finished_at),
        *(report.c.recipient_key, signup.c.channel, report.c.erased_at.is_not(None).label("erased")),
    )
    for column, value in ((attempt.c.id, attempt_id), (attempt.c.ses_message_id, ses_message_id)):
        if value is None:
            continue
        source = attempt.join(report, report.c.id == attempt.c.report_id).join(
            signup, signup.c.id == report.c.signup_row
        )
        query = sa.select(*columns).select_from(source).where(column == value)
        row = tx.execute(query.order_by(attempt.c.intent_at).limit(1)).one_or_none()
        if row is not None:
            return SentAttempt(**{**row._mapping, "state": AttemptState(row.state), "erased": bool(row.erased)})
    return None


def waiting(tx: Connection, *, limit: int) -> list[StoredEvent]:
    """Up to `limit` unmatched events whose attempt is known by now, the oldest first."""
    by_tag = sa.exists().where(attempt.c.id == feedback_event.c.attempt_id)
    by_message = sa.exists().where(attempt.c.ses_message_id == feedback_event.c.ses_message_id)
    query = (
        sa.select(*_COLUMNS)
        .where(
            feedback_event.c.matched_at.is_(None),
            feedback_event.c.received_at > after(-MATCH_WITHIN_S),
            sa.or_(by_tag, by_message),
        )
        .order_by(feedback_event.c.received_at, feedback_event.c.id)
        .limit(limit)
    )
    return [_stored(row) for row in tx.execute(query)]


def mark_matched(tx: Connection, event_id: int, *, attempt_id: str, keep_raw: bool) -> None:
    """Match an event to this attempt, which its own tag need not name; `keep_raw` False clears its raw form."""
    values = {"matched_at": now(), "attempt_id": attempt_id} | ({} if keep_raw else {"raw": None})
    tx.execute(sa.update(feedback_event).where(feedback_event.c.id == event_id).values(**values))


def join_feedback(tx: Connection, report_id: int, meaning: Meaning, occurred_at: datetime, detail: str | None) -> bool:
    """Set the report's feedback; False where an event that says more, or a later one of this rank, has set it."""
    same_rank = report.c.feedback_rank == meaning.rank
    news = sa.or_(
        report.c.feedback_rank.is_(None),
        report.c.feedback_rank < meaning.rank,
        sa.and_(same_rank, report.c.feedback_at < occurred_at),
        # Two events of one moment: any fixed choice will do, as long as the order of arrival does not make it.
        sa.and_(same_rank, report.c.feedback_at == occurred_at, report.c.feedback < meaning.kind),
    )
    statement = sa.update(report).where(report.c.id == report_id, news)
    changes = {
        "feedback": meaning.kind, "feedback_rank": meaning.rank, "feedback_at": occurred_at, "feedback_detail": detail,
    }  # fmt: skip
    return tx.execute(statement.values(**changes)).rowcount == 1


def record_message_id(tx: Connection, attempt_id: str, ses_message_id: str) -> bool:
    """Record the id under which SES accepted an attempt; False where one is recorded already."""
    statement = sa.update(attempt).where(attempt.c.id == attempt_id, attempt.c.ses_message_id.is_(None))
    return tx.execute(statement.values(ses_message_id=ses_message_id)).rowcount == 1


def message_known(tx: Connection, attempt_id: str, ses_message_id: str) -> bool:
    """Whether an earlier event about this attempt had this message id."""
    mine = (feedback_event.c.attempt_id == attempt_id, feedback_event.c.ses_message_id == ses_message_id)
    query = sa.select(sa.literal(1)).where(*mine, feedback_event.c.matched_at.is_not(None))
    return tx.execute(query.limit(1)).first() is not None


def trial_events(tx: Connection, attempt_id: str) -> list[str]:
    """The kinds of the events about one trial letter, as they came."""
    mine = feedback_event.c.attempt_id == attempt_id
    return list(tx.execute(sa.select(feedback_event.c.kind).where(mine).order_by(feedback_event.c.id)).scalars())


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredEvent:
    values = dict(row._mapping)
    kind, rank, counts, suppress = (values.pop(name) for name in _MEANING)
    meaning = Meaning(FeedbackKind(kind), FeedbackRank(rank), bool(counts), suppress)
    return StoredEvent(**values, meaning=meaning)
