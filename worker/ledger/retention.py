"""What the ledger forgets about everybody after a while. Each function here takes a bounded number of rows."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.erasure import FORGOTTEN_REPORT, FORGOTTEN_SIGNUP
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.schema import RAW_TO_FORGET, REPORT_TO_FORGET, SIGNUP_TO_FORGET, feedback_event, report, signup
from worker.ledger.sqlite_plans import likely
from worker.ledger.store import after


def ended_reports(tx: Connection, state: ReportState, *, days: float, limit: int) -> list[int]:
    """The ids of up to `limit` reports in `state` for `days` or longer that still hold personal data, oldest first."""
    query = sa.select(report.c.id).where(
        REPORT_TO_FORGET, report.c.state == state, report.c.changed_at <= after(-days * 86_400)
    )
    return list(tx.execute(query.order_by(report.c.changed_at).limit(limit)).scalars())


def forget_ended(tx: Connection, report_ids: Collection[int], state: ReportState) -> int:
    """Clear what those of these reports hold of their readers that are still in `state`; returns how many.

    Their signups are cleared too. Page and campaign stay, for the summary: no address is in them.
    """
    statement = (
        sa.update(report)
        .where(report.c.id.in_(report_ids), likely(report.c.state == state), report.c.erased_at.is_(None))
        .values(FORGOTTEN_REPORT)
        .returning(report.c.recipient_key)
    )
    keys = list(tx.execute(statement).scalars())
    tx.execute(sa.update(signup).where(signup.c.recipient_key.in_(keys)).values(FORGOTTEN_SIGNUP))
    return len(keys)


def old_signups(tx: Connection, *, days: float, limit: int) -> list[int]:
    """The ids of up to `limit` signups received `days` ago or longer that are not cleared; not of admitted ones."""
    query = sa.select(signup.c.id).where(SIGNUP_TO_FORGET, signup.c.received_at <= after(-days * 86_400))
    return list(tx.execute(query.order_by(signup.c.received_at).limit(limit)).scalars())


def forget_signups(tx: Connection, ids: Collection[int]) -> int:
    """Clear what those of these signups hold of a person that were not admitted meanwhile; returns how many."""
    statement = sa.update(signup).where(signup.c.id.in_(ids), signup.c.outcome != Outcome.ADMITTED)
    return tx.execute(statement.values(FORGOTTEN_SIGNUP)).rowcount


def old_raw_events(tx: Connection, *, days: float, limit: int) -> list[int]:
    """The ids of up to `limit` events received `days` ago or longer that still have their raw form."""
    query = sa.select(feedback_event.c.id).where(RAW_TO_FORGET, feedback_event.c.received_at <= after(-days * 86_400))
    return list(tx.execute(query.order_by(feedback_event.c.received_at).limit(limit)).scalars())


def forget_raw(tx: Connection, event_ids: Collection[int]) -> int:
    """Clear the raw form of these events; kind, detail and times stay."""
    return tx.execute(sa.update(feedback_event).where(feedback_event.c.id.in_(event_ids)).values(raw=None)).rowcount
