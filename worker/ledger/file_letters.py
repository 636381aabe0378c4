"""Letters that the outbox mailer wrote to files: no reader has them, though their reports are sent."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.guarded_updates import transition
from worker.ledger.lifecycle import AttemptState, Transition
from worker.ledger.reports import untried
from worker.ledger.schema import attempt, report
from worker.setting_types import MailerKind

WRITTEN_TO_FILE = "WrittenToFile"
"""The `error` of an attempt of the outbox mailer whose report was replayed."""
WRITTEN_TO_FILE_TEXT = "the outbox mailer wrote the letter to a file; nobody received it"


def replay_file(tx: Connection, report_id: int) -> bool:
    """Put a sent report back to ready whose letter the outbox mailer wrote to a file; its attempt counts as refused.

    Returns False where its accepted attempt is another mailer's.
    """
    changes = {"error": WRITTEN_TO_FILE, "error_text": WRITTEN_TO_FILE_TEXT}
    statement = sa.update(attempt).where(attempt.c.report_id == report_id, written_to_file())
    done = tx.execute(statement.values(state=AttemptState.REFUSED, **changes)).rowcount == 1
    made = transition(Transition.REPLAY_FILE, report.c.id == report_id, **untried())
    return done and tx.execute(made).rowcount == 1


def written_to_file() -> sa.ColumnElement[bool]:
    """The condition for an accepted attempt that the outbox mailer made: no reader has its letter."""
    return sa.and_(attempt.c.state == AttemptState.ACCEPTED, attempt.c.mailer == MailerKind.OUTBOX)
