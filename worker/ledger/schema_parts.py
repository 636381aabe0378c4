"""What the tables of the ledger share: their metadata with the names of constraints, and kinds of columns."""

from __future__ import annotations

import sqlalchemy as sa

from worker.ledger.channels import Channel, Lane
from worker.ledger.column_types import JsonDocument
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.outcomes import Outcome

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = JsonDocument()


def one_of(column: str, words: type[Channel | Lane | Outcome | ReportState | AttemptState]) -> sa.CheckConstraint:
    """A constraint: the column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)
