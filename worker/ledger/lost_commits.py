"""Commits that the ledger has lost, proved by an attempt that others saw: the alarm, and the attempt taken up again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import pauses
from worker.ledger.attempts import known
from worker.ledger.audit import record_action
from worker.ledger.guarded_updates import UNCLAIMED, transition
from worker.ledger.lifecycle import AttemptState, ReportState, Transition
from worker.ledger.lost_attempts import remember
from worker.ledger.restored_backup import identify_placeholder
from worker.ledger.schema import attempt, report
from worker.ledger.store import now

COMMITS_LOST = "CommitsLost"
"""The `error` of an attempt that the ledger had lost."""
COMMITS_LOST_TEXT = "the ledger lost this attempt; the letter may have left"
ALARM = "the ledger has lost commits, as after a failover or a restored backup: run `worker restore-check`"

_UNPOSTED = (ReportState.READY, ReportState.CLAIMED)
_NOT_KNOWN = "not known"


def raise_alarm(tx: Connection) -> bool:
    """Pause sending as for a restored backup; False where it is paused so already."""
    pause = pauses.current_pause(tx)
    if pause is not None and pause.holder == pauses.RESTORE:
        return False
    pauses.take_over_pause(tx, holder=pauses.RESTORE, reason=ALARM)
    record_action(tx, actor=pauses.RESTORE, action=pauses.PAUSED, reason=ALARM)
    return True


def take_up(tx: Connection, recipient_key: str, attempt_id: str) -> bool:
    """Record a lost attempt of this person's report as unknown, under its own id, and raise the alarm.

    Events of SES about it then match. After a restore was declared, its placeholder takes the id without an alarm.
    Returns False where no report can take it: then it is remembered until the person signs up again. Another process
    may have taken it up since the caller looked: then nothing changes.
    """
    if known(tx, [attempt_id]):
        return True
    if identify_placeholder(tx, recipient_key, attempt_id):
        return True
    raise_alarm(tx)
    theirs = (report.c.recipient_key == recipient_key, report.c.state.in_(_UNPOSTED))
    statement = transition(
        Transition.RESTORE, *theirs, **UNCLAIMED, claims=0, attempts=report.c.attempts + 1, reason=COMMITS_LOST,
        reason_text=COMMITS_LOST_TEXT,
    )  # fmt: skip
    row = tx.execute(statement.returning(report.c.id, report.c.attempts)).one_or_none()
    if row is None:
        remember(tx, recipient_key, attempt_id)
        return False
    texts = ("mailer", "sender_process", "letter_sha256", "catalogue_version", "template_version", "rfc_message_id")
    values = {
        "id": attempt_id, "report_id": row.id, "number": row.attempts, "state": AttemptState.UNKNOWN,
        "intent_at": now(), "signed_at": now(), "finished_at": now(), "error": COMMITS_LOST,
        "error_text": COMMITS_LOST_TEXT, **dict.fromkeys(texts, _NOT_KNOWN),
    }  # fmt: skip
    tx.execute(sa.insert(attempt).values(**values))
    return True
