"""The titles that no report can be made for: what people ask for and the catalogue lacks, and what is no job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.outcomes import Outcome
from worker.ledger.schema import signup


@dataclass(frozen=True, slots=True)
class UnknownRole:
    """A title that no report could be made for, in lower case; `reason` says how intake read it."""

    text: str
    reason: str
    signups: int


def unknown_roles(
    tx: Connection, *, limit: int, since: datetime | None = None, until: datetime | None = None
) -> list[UnknownRole]:
    """The titles that no report can be made for, most signups first; those read alike (`reason`) stay together.

    Counts what was received in [since, until); without a bound, in the whole ledger.
    """
    role = sa.func.lower(signup.c.role_text)
    query = (
        sa.select(role, signup.c.reason, sa.func.count())
        .where(signup.c.outcome == Outcome.UNKNOWN_ROLE)
        .group_by(role, signup.c.reason)
    )
    if since is not None:
        query = query.where(signup.c.received_at >= since)
    if until is not None:
        query = query.where(signup.c.received_at < until)
    rows = tx.execute(query.order_by(sa.func.count().desc(), role).limit(limit)).all()
    found = [UnknownRole(role_text, reason, count) for role_text, reason, count in rows]
    reasons = list(dict.fromkeys(role.reason for role in found))
    return sorted(found, key=lambda role: reasons.index(role.reason))
