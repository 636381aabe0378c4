"""What is wrong with SES's events: none come, they match nothing, or they show a second letter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import HANDED_OVER
from worker.ledger.schema import attempt, audit, feedback_event
from worker.ledger.store import after, now

ACCEPTED_BESIDE_ANOTHER = "accepted_beside_another"
"""The action in `audit`: SES accepted an attempt that had been declared unsent, while another attempt is live."""
ACCEPTED_TWICE = "accepted_twice"
"""The action in `audit`: SES sent events about one attempt under two message ids, so it accepted it twice."""


def unmatched_count(tx: Connection) -> int:
    """How many events match no attempt."""
    query = sa.select(sa.func.count()).select_from(feedback_event).where(feedback_event.c.matched_at.is_(None))
    return tx.execute(query).scalar_one()


def second_letters(tx: Connection, *, within_s: float = 7 * 86_400.0) -> list[int]:
    """The ids of reports that SES accepted twice, or may have, as recorded in the last `within_s` seconds."""
    lately = (audit.c.at > after(-within_s), audit.c.action.in_((ACCEPTED_BESIDE_ANOTHER, ACCEPTED_TWICE)))
    # Sorted here: for an ORDER BY, SQLite would read the whole audit in the order of its reports.
    found = tx.execute(sa.select(audit.c.report_id).where(*lately)).scalars()
    return sorted({report_id for report_id in found if report_id is not None})


def silence_s(tx: Connection, *, mailers: Collection[str], within_s: float = 86_400.0) -> float | None:
    """Seconds since the first letter after the last event; None where no event is due.

    Only letters that one of `mailers` handed over in the last `within_s` seconds count.
    """
    last_event = _last_event_at(tx)
    conditions: list[sa.ColumnElement[bool]] = [
        attempt.c.state.in_(HANDED_OVER),
        attempt.c.mailer.in_(mailers),
    ]
    conditions.append(attempt.c.finished_at > after(-within_s))
    if last_event is not None:
        conditions.append(attempt.c.finished_at > last_event)
    first, database_now = tx.execute(sa.select(sa.func.min(attempt.c.finished_at), now()).where(*conditions)).one()
    return None if first is None else max(0.0, float((database_now - first).total_seconds()))


def _last_event_at(tx: Connection) -> datetime | None:
    """When the latest event about a letter of ours was matched; another application's events match none.

    One query per kind, which the index answers without reading the table.
    """
    newest = sa.func.max(feedback_event.c.matched_at)
    answers = (tx.execute(sa.select(newest).where(feedback_event.c.kind == kind)).scalar_one() for kind in FeedbackKind)
    return max((moment for moment in answers if moment is not None), default=None)
