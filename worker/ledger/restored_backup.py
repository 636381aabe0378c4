"""A restored backup: when it was declared, what may have been sent since, and the events that tell.

A letter may have left that the restored ledger knows nothing of. A placeholder attempt, unknown, takes its place until
an event or a person says what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.attempts import mark_intents_unknown
from worker.ledger.guarded_updates import UNCLAIMED, transition
from worker.ledger.lifecycle import LIVE_ATTEMPT_STATES, TABLE, AttemptState, ReportState, Transition
from worker.ledger.schema import attempt, feedback_event, report
from worker.ledger.sqlite_plans import likely
from worker.ledger.steering_schema import restore
from worker.ledger.store import now

UNFINISHED = TABLE[Transition.RESTORE].leaves
"""The states whose reports may have been sent since the backup."""

PLACEHOLDER = "RestoredBackup"
"""The `error` of a placeholder attempt."""
PLACEHOLDER_TEXT = "a letter may have left that this ledger does not know of"
_PLACEHOLDER_ID = "restored-"


@dataclass(frozen=True, slots=True)
class OrphanEvent:
    """An SES event about an attempt of ours that this ledger does not have."""

    id: int
    attempt_id: str
    raw: str


def last_restored_at() -> sa.ScalarSelect[datetime]:
    """The subquery for when this ledger was last declared a restored backup; NULL where it never was."""
    return sa.select(sa.func.max(restore.c.declared_at)).scalar_subquery()


def restored_at(tx: Connection) -> datetime | None:
    """When this ledger was last declared a restored backup; None where it never was."""
    moment: datetime | None = tx.execute(sa.select(sa.func.max(restore.c.declared_at))).scalar_one()
    return moment


def declare_restored(tx: Connection, *, actor: str, reason: str) -> None:
    """Record that what this ledger says about the time before now may be outdated."""
    tx.execute(sa.insert(restore).values(declared_at=now(), declared_by=actor, reason=reason))


def count_states(tx: Connection, states: Sequence[ReportState]) -> Mapping[ReportState, int]:
    """How many reports are in each of `states`; a state without reports is missing."""
    query = sa.select(report.c.state, sa.func.count()).where(report.c.state.in_(states)).group_by(report.c.state)
    return {ReportState(state): count for state, count in tx.execute(query)}


def mark_unfinished_unknown(tx: Connection) -> int:
    """Mark every unfinished report unknown; returns how many.

    Each gets a placeholder attempt if it has no open one, so that events, decisions and the partial unique index work
    for it as for any other.
    """
    posting = report.c.state == ReportState.SENDING
    statement = transition(
        Transition.RESTORE, **UNCLAIMED, claims=0, reason=PLACEHOLDER, reason_text=PLACEHOLDER_TEXT,
        attempts=report.c.attempts + sa.case((posting, 0), else_=1),
    )  # fmt: skip
    marked = tx.execute(statement).rowcount
    unknown = sa.select(report.c.id).where(report.c.state == ReportState.UNKNOWN)
    mark_intents_unknown(tx, unknown, error=PLACEHOLDER, error_text=PLACEHOLDER_TEXT)
    _insert_placeholders(tx)
    return marked


def _insert_placeholders(tx: Connection) -> None:
    """One for each unknown report without a live attempt; its count of attempts includes the placeholder already."""
    live = sa.exists().where(attempt.c.report_id == report.c.id, attempt.c.state.in_(LIVE_ATTEMPT_STATES))
    name = sa.literal(_PLACEHOLDER_ID) + sa.cast(report.c.id, sa.Text) + "-" + sa.cast(report.c.attempts, sa.Text)
    nothing = sa.literal("not known")
    columns = {
        attempt.c.id: name, attempt.c.report_id: report.c.id, attempt.c.number: report.c.attempts,
        attempt.c.state: sa.literal(str(AttemptState.UNKNOWN)), attempt.c.mailer: nothing,
        attempt.c.sender_process: nothing, attempt.c.intent_at: now(), attempt.c.signed_at: now(),
        attempt.c.finished_at: now(), attempt.c.letter_sha256: nothing, attempt.c.catalogue_version: nothing,
        attempt.c.template_version: nothing, attempt.c.profile_use: nothing, attempt.c.rfc_message_id: nothing,
        attempt.c.error: sa.literal(PLACEHOLDER), attempt.c.error_text: sa.literal(PLACEHOLDER_TEXT),
    }  # fmt: skip
    without = sa.select(*columns.values()).where(report.c.state == ReportState.UNKNOWN, ~live)
    tx.execute(sa.insert(attempt).from_select(list(columns), without))


def orphan_events(tx: Connection, *, after_id: int, limit: int) -> list[OrphanEvent]:
    """Up to `limit` orphan events with a raw form and an id above `after_id`, by id."""
    query = sa.select(*(feedback_event.c[name] for name in OrphanEvent.__dataclass_fields__)).where(
        feedback_event.c.id > after_id, feedback_event.c.raw.is_not(None), *_orphan()
    )
    return [OrphanEvent(**row._mapping) for row in tx.execute(query.order_by(feedback_event.c.id).limit(limit))]


def count_orphan_events(tx: Connection) -> int:
    """How many events are about attempts that this ledger does not have."""
    return tx.execute(sa.select(sa.func.count()).select_from(feedback_event).where(*_orphan())).scalar_one()


def placeholders_wait(tx: Connection) -> bool:
    """Whether any placeholder attempt is still unknown."""
    query = sa.select(sa.literal(1)).where(attempt.c.state == AttemptState.UNKNOWN, attempt.c.error == PLACEHOLDER)
    return tx.execute(query.limit(1)).first() is not None


def identify_placeholder(tx: Connection, recipient_key: str, attempt_id: str) -> bool:
    """Give the placeholder attempt of this recipient's report its true id, so that events about it match.

    Returns False where there is no placeholder, or it is not unknown any more.
    """
    theirs = sa.select(report.c.id).where(report.c.recipient_key == recipient_key)
    statement = sa.update(attempt).where(
        attempt.c.report_id.in_(theirs), likely(attempt.c.state == AttemptState.UNKNOWN),
        attempt.c.error == PLACEHOLDER, attempt.c.id.startswith(_PLACEHOLDER_ID),
    )  # fmt: skip
    return tx.execute(statement.values(id=attempt_id)).rowcount == 1


def _orphan() -> tuple[sa.ColumnElement[bool], ...]:
    known = sa.exists().where(attempt.c.id == feedback_event.c.attempt_id)
    return feedback_event.c.matched_at.is_(None), feedback_event.c.attempt_id.is_not(None), ~known
