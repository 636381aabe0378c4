"""Deletes old rows and keeps their counts. The report itself stays: its key keeps the promise of one report each."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import tally_cells
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt, feedback_event, report, signup
from worker.ledger.store import after
from worker.ledger.tally_schema import tally_change

PURGED = (ReportState.SENT, ReportState.RETURNED, ReportState.CANCELLED)
"""The states of a report whose signup, attempts and events may go. One that failed is still to be looked at."""


def old_rows(tx: Connection, *, days: float, limit: int) -> list[int]:
    """The ids of up to `limit` signups received `days` ago or longer whose rows may be deleted, oldest first.

    Their personal data is cleared already, and a report of theirs is in a state of PURGED.
    """
    old = (signup.c.received_at <= after(-days * 86_400), *_may_go())
    query = sa.select(signup.c.id).outerjoin(report, report.c.signup_row == signup.c.id).where(*old)
    return list(tx.execute(query.order_by(signup.c.received_at, signup.c.id).limit(limit)).scalars())


def delete_rows(tx: Connection, ids: Collection[int]) -> int:
    """Delete those of these signups that may go, with the attempts of their reports and the events about these.

    Returns how many signups. Their counts stay, as those of purged rows.
    """
    joined = signup.outerjoin(report, report.c.signup_row == signup.c.id)
    chosen = sa.select(signup.c.id, report.c.id).select_from(joined).where(signup.c.id.in_(ids), *_may_go())
    rows = tx.execute(chosen.with_for_update(of=signup)).all()
    signups = signup.c.id.in_([row[0] for row in rows])
    report_ids = [row[1] for row in rows if row[1] is not None]
    attempts = attempt.c.report_id.in_(report_ids)
    for cells in (
        tally_cells.attempts(attempts, purged=True),
        tally_cells.reports(signups, purged=True),
        tally_cells.signups(signups, purged=True),
    ):
        tx.execute(sa.insert(tally_change).from_select(tally_cells.COLUMNS, cells))
    tx.execute(
        sa.delete(feedback_event).where(feedback_event.c.attempt_id.in_(sa.select(attempt.c.id).where(attempts)))
    )
    tx.execute(sa.delete(attempt).where(attempts))
    tx.execute(sa.update(report).where(report.c.id.in_(report_ids)).values(signup_row=None))
    return tx.execute(sa.delete(signup).where(signups)).rowcount


def old_strange_events(tx: Connection, *, days: float, limit: int) -> list[int]:
    """The ids of up to `limit` events received `days` ago or longer that no attempt was ever found for."""
    old = (feedback_event.c.matched_at.is_(None), feedback_event.c.received_at <= after(-days * 86_400))
    query = sa.select(feedback_event.c.id).where(*old).order_by(feedback_event.c.received_at)
    return list(tx.execute(query.limit(limit)).scalars())


def delete_events(tx: Connection, ids: Collection[int]) -> int:
    """Delete those of these events that are still without an attempt; returns how many."""
    strange = (feedback_event.c.id.in_(ids), feedback_event.c.matched_at.is_(None))
    return tx.execute(sa.delete(feedback_event).where(*strange)).rowcount


def _may_go() -> tuple[sa.ColumnElement[bool], ...]:
    ended = sa.and_(report.c.state.in_(PURGED), report.c.erased_at.is_not(None))
    refused = sa.and_(report.c.id.is_(None), signup.c.outcome != "admitted")
    return signup.c.erased_at.is_not(None), sa.or_(refused, ended)
