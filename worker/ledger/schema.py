"""The ledger's tables. The Alembic migrations under `migrations/` lead to exactly these; a test compares them."""

from __future__ import annotations

import sqlalchemy as sa

from worker.ledger import schema_parts, steering_schema, tally_schema
from worker.ledger.channels import Channel, Lane
from worker.ledger.column_types import UtcDateTime
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import ENDED_BADLY, ENDED_WELL, LIVE_ATTEMPT_STATES, AttemptState, ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema_parts import Id, Json, one_of

metadata = schema_parts.metadata
"""Of every table, those that steer the worker and those that count included."""
assert steering_schema.pause.metadata is tally_schema.tally.metadata is metadata

signup = sa.Table(
    "signup",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # how it arrived
    sa.Column("signup_id", sa.Text),  # the producer's; cleared by erasure and retention
    sa.Column("signup_key", sa.Text),  # keyed hash of signup_id, kept for ever; or `broken:...` of an invalid payload
    sa.Column("payload_digest", sa.Text),  # keyed; separates a harmless repeat from another signup under the same id
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),  # the rule that decided
    sa.Column("detail", Json, nullable=False),  # counts, limits, candidates, problems: the figures behind the reason
    sa.Column("recipient_key", sa.Text),
    sa.Column("address_masked", sa.Text),
    sa.Column("domain", sa.Text),  # of the address, in lower case; kept and cleared with address_masked
    sa.Column("address", sa.Text),  # of a refusal that may be taken back; cleared by erasure and retention
    sa.Column("profile", Json),  # kept and cleared with the address
    sa.Column("role_text", sa.Text),
    sa.Column("folded_title", sa.Text),  # role_text as it is grouped and filtered by; cleared with it
    sa.Column("role_slug", sa.Text),  # a role's slug or an occupation's O*NET-SOC code; null where neither was read
    sa.Column("source_page", sa.Text),
    sa.Column("campaign", sa.Text),
    sa.Column("source_hash", sa.Text),
    sa.Column("consented_at", UtcDateTime),
    sa.Column("erased_at", UtcDateTime),  # since then it holds nothing of the person, by request or by retention
    one_of("channel", Channel),
    one_of("outcome", Outcome),
    sa.Index("uq_signup_signup_key", "signup_key", unique=True),
    sa.Index("ix_signup_recipient_key", "recipient_key"),
    sa.Index("ix_signup_received_at", "received_at", "id"),
    # The send log's filters, each in the log's own order: a page costs the same at any size of the ledger.
    sa.Index("ix_signup_outcome", "outcome", "id"),
    sa.Index("ix_signup_role_slug", "role_slug", "id"),
    sa.Index("ix_signup_folded_title", "folded_title", "id"),
    sa.Index("ix_signup_campaign", "campaign", "id"),
    sa.Index("ix_signup_source_page", "source_page", "id"),
    sa.Index("ix_signup_domain", "domain", "id"),
)

report = sa.Table(
    "report",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("recipient_key", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False, server_default="1"),
    sa.Column("link_token", sa.Text, nullable=False),  # random; in the letter's links; kept when all else is erased
    sa.Column("signup_row", Id, sa.ForeignKey("signup.id")),  # the signup admitted for it; null once that is purged
    sa.Column("address", sa.Text),  # as given; cleared by erasure and retention
    sa.Column("role_text", sa.Text, nullable=False),
    sa.Column("role_slug", sa.Text),  # as in signup; where it is null, role_text is read again for the letter
    sa.Column("profile", Json),  # cleared with the address
    sa.Column("page", sa.Text),
    sa.Column("lane", sa.Text, nullable=False, server_default=Lane.SERVER),  # how soon it is due among others
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),  # short and stable, as "MessageRejected"
    sa.Column("reason_text", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("claim_token", sa.Text),
    sa.Column("claims", sa.Integer, nullable=False, server_default="0"),  # since the last result
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),  # all ever made
    sa.Column("refusals", sa.Integer, nullable=False, server_default="0"),  # that count towards giving up
    sa.Column("sent_at", UtcDateTime),
    sa.Column("feedback", sa.Text),
    sa.Column("feedback_rank", sa.SmallInteger),  # how much that event says
    sa.Column("feedback_at", UtcDateTime),  # when it happened
    sa.Column("feedback_detail", sa.Text),  # that event's own words, as "Permanent/NoEmail"
    sa.Column("erased_at", UtcDateTime),
    one_of("state", ReportState),
    one_of("lane", Lane),
    sa.UniqueConstraint("recipient_key", "generation"),
    sa.UniqueConstraint("link_token"),
    sa.Index("ix_report_signup_row", "signup_row"),
    sa.Index("ix_report_role", "role_slug", "id"),
    sa.Index("ix_report_state_signup_row", "state", "signup_row"),  # these two are filters of the send log as well
    sa.Index("ix_report_feedback_signup_row", "feedback", "signup_row"),
    sa.Index("ix_report_sent_at", "sent_at", "signup_row"),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # random; travels as an SES tag
    sa.Column("report_id", Id, sa.ForeignKey("report.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("mailer", sa.Text, nullable=False),
    sa.Column("sender_process", sa.Text, nullable=False),
    sa.Column("intent_at", UtcDateTime, nullable=False),
    sa.Column("signed_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("letter_sha256", sa.Text, nullable=False),
    sa.Column("catalogue_version", sa.Text, nullable=False),
    sa.Column("template_version", sa.Text, nullable=False),
    sa.Column("profile_use", sa.Text, nullable=False, server_default="full"),  # how much of the profile the letter uses
    # What the letter said, decided with it and never computed again.
    sa.Column("subject", sa.Text),
    sa.Column("report_kind", sa.Text),  # role, occupation, family or none: see TitleKind
    sa.Column("role_slug", sa.Text),  # the role's slug or the occupation's O*NET-SOC code; null for the other kinds
    sa.Column("title", sa.Text),
    sa.Column("index_value", sa.SmallInteger),
    sa.Column("index_low", sa.SmallInteger),
    sa.Column("index_high", sa.SmallInteger),
    sa.Column("ses_message_id", sa.Text),
    sa.Column("rfc_message_id", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("error_text", sa.Text),
    one_of("state", AttemptState),
    sa.UniqueConstraint("report_id", "number"),
    sa.Index("ix_attempt_ses_message_id", "ses_message_id"),
    sa.Index("ix_attempt_state", "state", "finished_at"),
    sa.Index("ix_attempt_mailer", "mailer", "state"),
)

feedback_event = sa.Table(
    "feedback_event",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("event_key", sa.Text, nullable=False, unique=True),  # the same event twice has the same key
    sa.Column("kind", sa.Text, nullable=False),
    # What it means: see Meaning.
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("suppress", sa.Text),
    sa.Column("detail", sa.Text),  # bounce type and the like
    sa.Column("attempt_id", sa.Text),  # from the tag; may name an attempt that this ledger does not have (yet)
    sa.Column("ses_message_id", sa.Text),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("matched_at", UtcDateTime),
    sa.Column("raw", sa.Text),  # as it came; cleared by erasure and retention
    sa.Index("ix_feedback_event_attempt_id", "attempt_id"),
    sa.Index("ix_feedback_event_unmatched", "matched_at", "received_at"),
    sa.Index("ix_feedback_event_kind", "kind", "matched_at"),
)

OF_READERS = signup.c.channel != Channel.CANARY
"""The condition for a signup of a person: marketing's log, counts and times have no others."""


def _words(*words: str) -> list[sa.ColumnElement[str]]:
    return [sa.literal_column(f"'{word}'") for word in words]


# Conditions of partial indexes, without parameters: SQLite uses the index only for a query with the same words.
READY = report.c.state == _words(ReportState.READY)[0]
UNDECIDED = report.c.state == _words(ReportState.UNKNOWN)[0]
REPORT_TO_FORGET = report.c.erased_at.is_(None) & report.c.state.in_(_words(*ENDED_WELL, *ENDED_BADLY))
SIGNUP_TO_FORGET = signup.c.erased_at.is_(None) & (signup.c.outcome != _words(Outcome.ADMITTED)[0])
"""An admitted signup is forgotten with its report."""
RAW_TO_FORGET = feedback_event.c.raw.is_not(None)
SENT = report.c.state == _words(ReportState.SENT)[0]
BOUNCED = report.c.feedback == _words(FeedbackKind.BOUNCED)[0]

_PARTIAL = (
    ("one_live_attempt", attempt.c.state.in_(_words(*LIVE_ATTEMPT_STATES)), [attempt.c.report_id]),
    ("ix_report_due", READY, [report.c.lane, report.c.not_before, report.c.id]),
    ("ix_report_lease", report.c.lease_until.is_not(None), [report.c.lease_until]),
    ("ix_report_undecided", UNDECIDED, [report.c.state, report.c.changed_at]),
    ("ix_report_to_forget", REPORT_TO_FORGET, [report.c.state, report.c.changed_at]),
    ("ix_signup_to_forget", SIGNUP_TO_FORGET, [signup.c.received_at]),
    ("ix_feedback_event_to_forget", RAW_TO_FORGET, [feedback_event.c.received_at]),
    ("ix_report_bounced", SENT & BOUNCED, [report.c.feedback_at]),
)
_partial_indexes = [
    (sa.Index(name, *columns, unique=name == "one_live_attempt", sqlite_where=where), where)
    for name, where, columns in _PARTIAL
]


def complete_for_postgresql() -> None:
    """Add what only PostgreSQL's dialect can express; it is slow to import, so a SQLite ledger does without it."""
    for index, where in _partial_indexes:
        index.dialect_kwargs["postgresql_where"] = where
    tally_schema.ix_tally_empty.dialect_kwargs["postgresql_where"] = tally_schema.EMPTY


suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("recipient_key", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),  # unsubscribed, bounced, complained, operator
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

unsubscribe_batch = sa.Table(
    "unsubscribe_batch",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("ticked_off_at", UtcDateTime),
    sa.Column("ticked_off_by", sa.Text),
)

batched_unsubscribe = sa.Table(
    "batched_unsubscribe",
    metadata,
    # A reader who takes it back and unsubscribes again does so at another moment, and is in another batch.
    sa.Column("recipient_key", sa.Text, primary_key=True),
    sa.Column("unsubscribed_at", UtcDateTime, primary_key=True),
    sa.Column("batch_id", Id, sa.ForeignKey("unsubscribe_batch.id"), nullable=False),
    sa.Index("ix_batched_unsubscribe_batch_id", "batch_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("report_id", Id),
    sa.Column("recipient_key", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("detail", Json, nullable=False),
    sa.Index("ix_audit_report_id", "report_id"),
    sa.Index("ix_audit_recipient_key", "recipient_key"),
    sa.Index("ix_audit_at", "at"),
)

log_user = sa.Table(
    "log_user",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),  # viewer or operator
    sa.Column("password_hash", sa.Text, nullable=False),  # argon2id; a new one ends every session
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("logouts", sa.Integer, nullable=False, server_default="0"),  # each ends every session opened before it
)

login_refusal = sa.Table(
    "login_refusal",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("name_hash", sa.Text, nullable=False),  # keyed: what was typed as a name may be a password
    sa.Column("source_hash", sa.Text, nullable=False),
    sa.Index("ix_login_refusal_source_hash", "source_hash", "at"),
    sa.Index("ix_login_refusal_at", "at"),
)
