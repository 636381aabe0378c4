"""The ledger: signups, reports, attempts, feedback, suppressions, what steers the worker, users and the audit."""

import sqlalchemy as sa
from alembic import op

from worker.ledger.migrations.columns import ID, JSON, create_partial_index, floats, moments, one_of, single_row, texts
from worker.ledger.migrations.tallies import create_tallies, drop_tallies

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_audit()
    _create_steering()
    _create_installation()
    _create_logins()
    _create_feedback()
    _create_signups()
    _create_suppressions()
    _create_reports()
    _create_attempts()
    create_tallies()


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        *moments("at"),
        *texts("actor", "action"),
        sa.Column("report_id", ID, nullable=True),
        *texts("recipient_key", "reason", nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_report_id", "audit", ["report_id"], unique=False)
    op.create_index("ix_audit_recipient_key", "audit", ["recipient_key"], unique=False)


def _create_steering() -> None:
    op.create_table(
        "pause",
        *single_row("pause"),
        *texts("holder", "reason", nullable=True),
        *moments("since", nullable=True),
        sa.Column("detail", JSON, nullable=False),
        *moments("resumed_at", nullable=True),
    )
    op.create_table(
        "hold",
        *single_row("hold"),
        sa.Column("reason", sa.Text(), nullable=False),
        *moments("since", "until"),
    )
    op.create_table(
        "limited_signups",
        *moments("hour"),
        *texts("rule", "action"),
        sa.Column("signups", ID, nullable=False),
        sa.PrimaryKeyConstraint("hour", "rule", "action", name="pk_limited_signups"),
    )
    op.create_table(
        "lease",
        *texts("name", "holder"),
        *moments("until"),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "process",
        *texts("name", "kind"),
        *moments("started_at", "seen_at"),
        *moments("stopped_at", nullable=True),
        *texts("refused_by", "refusal", nullable=True),
        sa.Column("condition", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_process"),
    )
    op.create_table(
        "account_reading",
        *single_row("account_reading"),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("production_access", "sending_enabled")),
        *texts("enforcement"),
        *floats("max_send_rate", "max_24_hour_send", "sent_last_24_hours"),
        *moments("read_at"),
    )
    op.create_table(
        "canary",
        *single_row("canary"),
        *moments("ended_at"),
        *texts("result", "words"),
        *floats("took_s"),
        *moments("good_at", nullable=True),
    )
    lost_key = sa.PrimaryKeyConstraint("recipient_key", "attempt_id", name="pk_lost_attempt")
    op.create_table("lost_attempt", *texts("recipient_key", "attempt_id"), lost_key)


def _create_installation() -> None:
    op.create_table(
        "installation",
        *single_row("installation"),
        sa.Column("ledger_id", sa.Text(), nullable=False),
        sa.Column("epoch", ID, nullable=False),
        *texts("key_fingerprint", "mailer", nullable=True),
    )
    op.create_table(
        "restore",
        sa.Column("id", ID, nullable=False),
        *moments("declared_at"),
        *texts("declared_by", "reason"),
        sa.PrimaryKeyConstraint("id", name="pk_restore"),
    )


def _create_logins() -> None:
    op.create_table(
        "login_refusal",
        sa.Column("id", ID, nullable=False),
        *moments("at"),
        *texts("name_hash", "source_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_login_refusal"),
    )
    op.create_index("ix_login_refusal_at", "login_refusal", ["at"], unique=False)
    op.create_index("ix_login_refusal_source_hash", "login_refusal", ["source_hash", "at"], unique=False)
    op.create_table(
        "log_user",
        *texts("name", "role", "password_hash"),
        *moments("created_at", "changed_at"),
        sa.Column("logouts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_user"),
    )


def _create_feedback() -> None:
    op.create_table(
        "feedback_event",
        sa.Column("id", ID, nullable=False),
        *texts("event_key", "kind"),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        *texts("suppress", "detail", "attempt_id", "ses_message_id", nullable=True),
        *moments("occurred_at", "received_at"),
        *moments("matched_at", nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_event"),
        sa.UniqueConstraint("event_key", name="uq_feedback_event_event_key"),
    )
    create_partial_index("ix_feedback_event_to_forget", "feedback_event", ["received_at"], "raw IS NOT NULL")
    op.create_index("ix_feedback_event_attempt_id", "feedback_event", ["attempt_id"], unique=False)
    op.create_index("ix_feedback_event_kind", "feedback_event", ["kind", "matched_at"], unique=False)
    op.create_index("ix_feedback_event_unmatched", "feedback_event", ["matched_at", "received_at"], unique=False)


def _create_signups() -> None:
    op.create_table(
        "signup",
        sa.Column("id", ID, nullable=False),
        *moments("received_at"),
        sa.Column("channel", sa.Text(), nullable=False),
        *texts("signup_id", "signup_key", "payload_digest", nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        *texts("recipient_key", "address_masked", "domain", "address", nullable=True),
        sa.Column("profile", JSON, nullable=True),
        *texts("role_text", "folded_title", "role_slug", "source_page", "campaign", "source_hash", nullable=True),
        *moments("consented_at", "erased_at", nullable=True),
        one_of("signup", "channel", "browser server queue file canary"),
        one_of("signup", "outcome", "admitted duplicate rate_limited suppressed invalid unknown_role"),
        sa.PrimaryKeyConstraint("id", name="pk_signup"),
    )
    for column in ("campaign", "domain", "folded_title", "outcome", "role_slug", "source_page"):
        op.create_index(f"ix_signup_{column}", "signup", [column, "id"], unique=False)
    refused = "erased_at IS NULL AND outcome != 'admitted'"
    create_partial_index("ix_signup_to_forget", "signup", ["received_at"], refused)
    op.create_index("ix_signup_received_at", "signup", ["received_at", "id"], unique=False)
    op.create_index("ix_signup_recipient_key", "signup", ["recipient_key"], unique=False)
    op.create_index("uq_signup_signup_key", "signup", ["signup_key"], unique=True)


def _create_suppressions() -> None:
    op.create_table(
        "suppression",
        *texts("recipient_key", "reason", "actor"),
        *moments("created_at"),
        sa.PrimaryKeyConstraint("recipient_key", name="pk_suppression"),
    )
    op.create_table(
        "unsubscribe_batch",
        sa.Column("id", ID, nullable=False),
        *moments("made_at"),
        *texts("made_by"),
        *moments("ticked_off_at", nullable=True),
        *texts("ticked_off_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_unsubscribe_batch"),
    )
    op.create_table(
        "batched_unsubscribe",
        *texts("recipient_key"),
        *moments("unsubscribed_at"),
        sa.Column("batch_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["unsubscribe_batch.id"], name="fk_batched_unsubscribe_batch_id"),
        sa.PrimaryKeyConstraint("recipient_key", "unsubscribed_at", name="pk_batched_unsubscribe"),
    )
    op.create_index("ix_batched_unsubscribe_batch_id", "batched_unsubscribe", ["batch_id"], unique=False)


def _create_reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        *texts("recipient_key"),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        *texts("link_token"),
        sa.Column("signup_row", ID, nullable=True),
        *texts("address", nullable=True),
        *texts("role_text"),
        *texts("role_slug", nullable=True),
        sa.Column("profile", JSON, nullable=True),
        *texts("page", nullable=True),
        sa.Column("lane", sa.Text(), server_default="server", nullable=False),
        *texts("state"),
        *texts("reason", "reason_text", nullable=True),
        *moments("created_at", "changed_at", "not_before"),
        *moments("lease_until", nullable=True),
        sa.Column("claim_token", sa.Text(), nullable=True),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refusals", sa.Integer(), server_default="0", nullable=False),
        *moments("sent_at", nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column("feedback_rank", sa.SmallInteger(), nullable=True),
        *moments("feedback_at", nullable=True),
        *texts("feedback_detail", nullable=True),
        *moments("erased_at", nullable=True),
        one_of("report", "state", "ready claimed sending unknown sent returned failed quarantined cancelled"),
        one_of("report", "lane", "browser server file"),
        sa.ForeignKeyConstraint(["signup_row"], ["signup.id"], name="fk_report_signup_row"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("recipient_key", "generation", name="uq_report_recipient_key_generation"),
        sa.UniqueConstraint("link_token", name="uq_report_link_token"),
    )
    ended = "state IN ('sent', 'cancelled', 'failed', 'quarantined', 'returned')"
    create_partial_index("ix_report_to_forget", "report", ["state", "changed_at"], f"erased_at IS NULL AND {ended}")
    create_partial_index("ix_report_due", "report", ["lane", "not_before", "id"], "state = 'ready'")
    create_partial_index("ix_report_lease", "report", ["lease_until"], "lease_until IS NOT NULL")
    create_partial_index("ix_report_undecided", "report", ["state", "changed_at"], "state = 'unknown'")
    create_partial_index("ix_report_bounced", "report", ["feedback_at"], "state = 'sent' AND feedback = 'bounced'")
    op.create_index("ix_report_feedback_signup_row", "report", ["feedback", "signup_row"], unique=False)
    op.create_index("ix_report_role", "report", ["role_slug", "id"], unique=False)
    op.create_index("ix_report_sent_at", "report", ["sent_at", "signup_row"], unique=False)
    op.create_index("ix_report_signup_row", "report", ["signup_row"], unique=False)
    op.create_index("ix_report_state_signup_row", "report", ["state", "signup_row"], unique=False)


def _create_attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *texts("state", "mailer", "sender_process"),
        *moments("intent_at", "signed_at"),
        *moments("finished_at", nullable=True),
        *texts("letter_sha256", "catalogue_version", "template_version"),
        sa.Column("profile_use", sa.Text(), nullable=False, server_default="full"),
        *texts("subject", "report_kind", "role_slug", "title", nullable=True),
        *(sa.Column(f"index_{name}", sa.SmallInteger(), nullable=True) for name in ("value", "low", "high")),
        sa.Column("ses_message_id", sa.Text(), nullable=True),
        sa.Column("rfc_message_id", sa.Text(), nullable=False),
        *texts("error", "error_text", nullable=True),
        one_of("attempt", "state", "intent unknown accepted returned refused voided"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_attempt_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("report_id", "number", name="uq_attempt_report_id_number"),
    )
    op.create_index("ix_attempt_ses_message_id", "attempt", ["ses_message_id"], unique=False)
    op.create_index("ix_attempt_state", "attempt", ["state", "finished_at"], unique=False)
    op.create_index("ix_attempt_mailer", "attempt", ["mailer", "state"], unique=False)
    live = "state IN ('intent', 'unknown', 'accepted')"
    create_partial_index("one_live_attempt", "attempt", ["report_id"], live, unique=True)


TABLES = (
    "attempt", "report", "batched_unsubscribe", "unsubscribe_batch", "suppression", "signup", "feedback_event",
    "log_user", "login_refusal", "restore", "canary",
    "installation", "account_reading", "lost_attempt", "limited_signups", "process", "lease", "hold", "pause", "audit",
)  # fmt: skip


def downgrade() -> None:
    for table in TABLES:  # a table's indexes go with it
        op.drop_table(table)
    drop_tallies()
