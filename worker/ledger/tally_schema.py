"""The tables that keep the counts of the ledger: the counts themselves, and the changes not yet added to them.

Database triggers, made with the tables they watch, write a change with every write that is counted: no write can
forget it, and a rolled back one leaves none. They only ever insert, so writers do not wait for each other.
"""

from __future__ import annotations

import sqlalchemy as sa

from worker.ledger.column_types import UtcDateTime
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema_parts import Id, metadata
from worker.ledger.steering_schema import single_row

WAITING = "waiting"
"""The state in the counts of a report that is ready, claimed or sending: its steps between them change no count."""
WAITING_STATES = (ReportState.READY, ReportState.CLAIMED, ReportState.SENDING)
COUNTED_STATES = (WAITING, *(state for state in ReportState if state not in WAITING_STATES))
COUNTED_ATTEMPTS = tuple(state for state in AttemptState if state is not AttemptState.INTENT)
"""Open intents are few, and counted where they are."""
NOT_SENT = ""
"""`sent_on` of what is not a sent letter."""

tally_change = sa.Table(
    "tally_change",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("n", sa.SmallInteger, nullable=False),  # 1 where a row came to be what follows, -1 where it was
    sa.Column("purged", sa.Boolean, nullable=False, server_default=sa.false()),  # the row is deleted, its count stays
    # Of a signup, and of a report with what its signup says. Days are ISO dates in UTC.
    sa.Column("received_on", sa.Text, nullable=False, server_default=""),
    sa.Column("channel", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("page", sa.Text),
    sa.Column("campaign", sa.Text),
    # Of a signup alone.
    sa.Column("outcome", sa.Text),
    sa.Column("title", sa.Text),  # a folded title that no report can be made for
    sa.Column("title_reason", sa.Text),
    # Of a report alone.
    sa.Column("sent_on", sa.Text, nullable=False, server_default=NOT_SENT),
    sa.Column("state", sa.Text),
    sa.Column("feedback", sa.Text),  # from here on of a sent letter
    sa.Column("soon", sa.Boolean),
    sa.Column("bounce", sa.Text),
    sa.Column("domain", sa.Text),  # of a letter without a word
    # Of an attempt.
    sa.Column("mailer", sa.Text),
    sa.Column("attempt_state", sa.Text),
    # Of a suppression.
    sa.Column("suppressions", sa.SmallInteger),
)

COUNTERS: dict[str, tuple[str, str | int | bool]] = {
    **{f"outcome_{outcome}": ("outcome", str(outcome)) for outcome in Outcome},
    **{f"state_{state}": ("state", str(state)) for state in COUNTED_STATES},
    **{f"feedback_{kind}": ("feedback", str(kind)) for kind in FeedbackKind},
    **{f"attempt_{state}": ("attempt_state", str(state)) for state in COUNTED_ATTEMPTS},
    "soon": ("soon", True),
    "suppressions": ("suppressions", 1),
}
"""Column of `tally` -> the changes that it counts: those with this value in this column."""

tally = sa.Table(
    "tally",
    metadata,
    sa.Column("grouped_by", sa.Text, primary_key=True),  # see worker.ledger.tally
    sa.Column("received_on", sa.Text, primary_key=True),
    sa.Column("sent_on", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # of the group; empty for rows without one
    sa.Column("detail", sa.Text, primary_key=True),
    sa.Column("purged", sa.Boolean, primary_key=True),
    sa.Column("members", Id, nullable=False),  # rows counted here; a group without any is deleted
    *(sa.Column(name, Id, nullable=False) for name in COUNTERS),
    sa.Index("ix_tally_sent_on", "grouped_by", "sent_on"),
)
EMPTY = sa.text("members = 0")
ix_tally_empty = sa.Index("ix_tally_empty", tally.c.grouped_by, sqlite_where=EMPTY)

tally_check = sa.Table(  # the last full count
    "tally_check",
    metadata,
    *single_row(),
    sa.Column("checked_at", UtcDateTime, nullable=False),
    sa.Column("wrong", Id, nullable=False),  # counts that differed from it
    sa.Column("example", sa.Text),
)
