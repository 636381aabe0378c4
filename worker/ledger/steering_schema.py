"""The tables that steer the worker: pauses, holds, leases, limits, SES's account, and the installation."""

from __future__ import annotations

import sqlalchemy as sa

from worker.ledger.column_types import UtcDateTime
from worker.ledger.schema_parts import Id, Json, metadata

ONLY_ROW = 1
"""The id of the single row of a table that has no more."""


def single_row() -> tuple[sa.Column[int], sa.CheckConstraint]:
    """The id, and the constraint on it, of a table that holds one row."""
    column = sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False)
    return column, sa.CheckConstraint(f"id = {ONLY_ROW}", name="single_row")


pause = sa.Table(
    "pause",
    metadata,
    *single_row(),
    sa.Column("holder", sa.Text),  # operator:NAME, breaker or restore; null while sending is not paused
    sa.Column("reason", sa.Text),
    sa.Column("since", UtcDateTime),
    sa.Column("detail", Json, nullable=False),
    sa.Column("resumed_at", UtcDateTime),  # when a pause last ended
)

hold = sa.Table(
    "hold",
    metadata,
    *single_row(),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # of a periodic task
    sa.Column("holder", sa.Text, nullable=False),  # a process
    sa.Column("until", UtcDateTime, nullable=False),
)

process = sa.Table(
    "process",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # host and process id
    sa.Column("kind", sa.Text, nullable=False),  # run or serve
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),  # its last heartbeat
    sa.Column("stopped_at", UtcDateTime),  # null where it was killed
    sa.Column("refused_by", sa.Text),  # why it did not start: the kind of error, and its text
    sa.Column("refusal", sa.Text),
    sa.Column("condition", Json, nullable=False),  # of itself and of its machine
)

limited_signups = sa.Table(
    "limited_signups",
    metadata,
    sa.Column("hour", UtcDateTime, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, primary_key=True),  # refused, delayed, turned_away
    sa.Column("signups", Id, nullable=False),
)

account_reading = sa.Table(
    "account_reading",
    metadata,
    *single_row(),
    sa.Column("production_access", sa.Boolean, nullable=False),
    sa.Column("sending_enabled", sa.Boolean, nullable=False),
    sa.Column("enforcement", sa.Text, nullable=False),
    sa.Column("max_send_rate", sa.Float, nullable=False),  # letters per second
    sa.Column("max_24_hour_send", sa.Float, nullable=False),  # letters; -1 is no limit
    sa.Column("sent_last_24_hours", sa.Float, nullable=False),  # letters
    sa.Column("read_at", UtcDateTime, nullable=False),
)

canary = sa.Table(  # the last run of `worker canary`
    "canary",
    metadata,
    *single_row(),
    sa.Column("ended_at", UtcDateTime, nullable=False),
    sa.Column("result", sa.Text, nullable=False),  # see CanaryResult
    sa.Column("words", sa.Text, nullable=False),  # what the command printed
    sa.Column("took_s", sa.Float, nullable=False),  # seconds from the signup to the end
    sa.Column("good_at", UtcDateTime),  # when a canary last came through
)

installation = sa.Table(
    "installation",
    metadata,
    *single_row(),
    sa.Column("ledger_id", sa.Text, nullable=False),  # random; a ledger's backups share it
    sa.Column("epoch", Id, nullable=False),  # only rises, so a lower one than remembered means a restored backup
    sa.Column("key_fingerprint", sa.Text),  # of the identity key; null until a process that writes has started
    sa.Column("mailer", sa.Text),  # null until the first attempt of a mailer that reaches readers
)

lost_attempt = sa.Table(  # attempts that this ledger has lost together with their reports
    "lost_attempt",
    metadata,
    sa.Column("recipient_key", sa.Text, primary_key=True),
    sa.Column("attempt_id", sa.Text, primary_key=True),
)

restore = sa.Table(
    "restore",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("declared_at", UtcDateTime, nullable=False),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
