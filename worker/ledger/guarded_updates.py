"""The guarded UPDATE behind every transition of a report.

It names the states that the transition may leave; a row count of zero means that another process was first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from worker.ledger.lifecycle import TABLE, Transition
from worker.ledger.schema import report
from worker.ledger.sqlite_plans import likely
from worker.ledger.store import after, now

REPORT_ID = sa.bindparam("which_report", type_=sa.BigInteger)
LEASE_S = sa.bindparam("lease_s", type_=sa.Float)

UNCLAIMED = {"claim_token": None, "lease_until": None}
"""The changes that end a claim."""


def transition(made: Transition, *where: sa.ColumnElement[bool], **changes: Any) -> sa.Update:
    """The UPDATE that makes a transition where `where` holds, with `changes` to other columns."""
    edge = TABLE[made]
    guarded = sa.update(report).where(likely(one_of(report.c.state, edge.leaves)), *where)
    return guarded.values(state=edge.to, changed_at=now(), **changes)


def expired(made: Transition, limit: int, *where: sa.ColumnElement[bool], **changes: Any) -> sa.Update:
    """The UPDATE that makes a transition for up to `limit` reports whose lease has ended.

    Rows that other transactions have locked are skipped.
    """
    chosen = (
        sa.select(report.c.id)
        .where(likely(report.c.state.in_(TABLE[made].leaves)), report.c.lease_until <= now(), *where)
        .order_by(report.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return transition(made, report.c.id.in_(chosen), **changes)


def one_of(state: sa.Column[str], states: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a state is one of several known ones: a comparison with each.

    SQLAlchemy would write an IN anew at each execution.
    """
    return sa.or_(*(state == each for each in states))


def lease() -> after:
    """The end of a lease of `lease_s` seconds, a parameter of the statement."""
    return after(LEASE_S)
