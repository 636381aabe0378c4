"""Attempts that the ledger has lost together with their reports, remembered until the person signs up again.

Redis remembers them as marks too, but a Redis that is flushed forgets.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import attempt, report
from worker.ledger.steering_schema import lost_attempt
from worker.ledger.store import insert

_TAKEN_UP = sa.exists().where(attempt.c.id == lost_attempt.c.attempt_id)


def remember(tx: Connection, recipient_key: str, attempt_id: str) -> None:
    """Remember a lost attempt that no report can take up now."""
    new = insert(tx, lost_attempt).values(recipient_key=recipient_key, attempt_id=attempt_id)
    tx.execute(new.on_conflict_do_nothing(index_elements=["recipient_key", "attempt_id"]))


def remembered(tx: Connection, recipient_key: str) -> str | None:
    """A lost attempt of this person that no report has taken up: a letter may have left. None where there is none."""
    theirs = lost_attempt.c.recipient_key == recipient_key
    return tx.execute(sa.select(lost_attempt.c.attempt_id).where(theirs, ~_TAKEN_UP).limit(1)).scalar_one_or_none()


def none_remembered() -> sa.ColumnElement[bool]:
    """The guard of an UPDATE of `report` that only a person without such an attempt allows."""
    theirs = lost_attempt.c.recipient_key == report.c.recipient_key
    return ~sa.exists(sa.select(lost_attempt.c.attempt_id).where(theirs, ~_TAKEN_UP).correlate(report))
