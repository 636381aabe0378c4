"""The send log: an index for each filter, in the log's own order; and logging out ends every session."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SIGNUP_FILTERS = ("role_slug", "role_text", "campaign", "source_page")


def upgrade() -> None:
    for column in SIGNUP_FILTERS:
        op.create_index(f"ix_signup_{column}", "signup", [column, "id"])
    op.create_index("ix_report_feedback_signup", "report", ["feedback", "signup"])
    op.add_column("log_user", sa.Column("logouts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("log_user", "logouts")
    op.drop_index("ix_report_feedback_signup", "report")
    for column in SIGNUP_FILTERS:
        op.drop_index(f"ix_signup_{column}", "signup")
