"""What the ledger forgets about one person. The recipient key stays, and so the promise of one report each.

No state changes here: cancelling a report is a transition of the life cycle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.lifecycle import AttemptState
from worker.ledger.schema import attempt, feedback_event, report, signup
from worker.ledger.signing_fence import SIGNING_FENCE_S, fence_after
from worker.ledger.sqlite_plans import likely
from worker.ledger.store import Ledger, after, now

ERASED_ROLE = "(erased)"
"""Replaces a person's own words for a role that the catalogue does not have."""
FORGOTTEN_SIGNUP: dict[str, Any] = {
    **dict.fromkeys(("signup_id", "address_masked", "domain", "address", "source_hash")),
    "profile": sa.null(),
    "detail": {},
    "role_text": signup.c.role_slug,
    "folded_title": None,
    "erased_at": sa.func.coalesce(signup.c.erased_at, now()),
}
"""What erasure and retention put into a signup in place of the person's data."""
FORGOTTEN_REPORT: dict[str, Any] = {
    "address": None,
    "profile": sa.null(),
    "reason_text": None,
    "role_text": sa.func.coalesce(report.c.role_slug, ERASED_ROLE),
    "erased_at": sa.func.coalesce(report.c.erased_at, now()),
}
"""What erasure and retention put into a report in place of the person's data."""
WHERE_FROM = dict.fromkeys(("source_page", "campaign"))


def addresses_of(tx: Connection, recipient_key: str) -> set[str]:
    """Every spelling of this person's address that the ledger holds, as given."""
    queries = (sa.select(table.c.address).where(table.c.recipient_key == recipient_key) for table in (report, signup))
    return {address for query in queries for address in tx.execute(query).scalars() if address is not None}


def forget_reports(tx: Connection, recipient_key: str) -> list[int]:
    """Clear address, profile, page and the person's own words for their role from their reports; returns the ids.

    The rows stay locked until the transaction ends, so no send can begin meanwhile.
    """
    statement = (
        sa.update(report).where(report.c.recipient_key == recipient_key).values(FORGOTTEN_REPORT | {"page": None})
    )
    return sorted(tx.execute(statement.returning(report.c.id)).scalars())


def forget_signups(tx: Connection, recipient_key: str) -> int:
    """Clear what these signups hold of the person; returns how many signups there are.

    Outcome, reason and the keyed hash of the producer's signup_id stay: the sums must hold, and a repeat must stay
    harmless.
    """
    statement = sa.update(signup).where(signup.c.recipient_key == recipient_key)
    return tx.execute(statement.values(FORGOTTEN_SIGNUP | WHERE_FROM)).rowcount


def forget_write_ahead(ledger: Ledger) -> bool:
    """Empty SQLite's write-ahead file, which keeps the old pages; False where a reader prevents it.

    PostgreSQL recycles its own.
    """
    if ledger.engine.dialect.name != "sqlite":
        return True
    with contextlib.closing(ledger.engine.raw_connection()) as connection:  # no checkpoint within a transaction
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def forget_attempts(tx: Connection, recipient_key: str) -> None:
    """Clear SES's words about every attempt to send this person's reports.

    Comes before `forget_reports`: recording a result locks an attempt and then its report, and so must this.
    """
    theirs = sa.select(report.c.id).where(report.c.recipient_key == recipient_key)
    tx.execute(sa.update(attempt).where(attempt.c.report_id.in_(theirs)).values(error_text=None))


def attempts_of(tx: Connection, report_ids: Collection[int]) -> list[str]:
    """The ids of every attempt ever made to send these reports."""
    return list(tx.execute(sa.select(attempt.c.id).where(attempt.c.report_id.in_(report_ids))).scalars())


def forget_feedback(tx: Connection, attempt_ids: Collection[str], addresses: Iterable[str]) -> int:
    """Clear the raw events about these attempts, and the unmatched ones that name one of `addresses`."""
    about: list[sa.ColumnElement[bool]] = [feedback_event.c.attempt_id.in_(attempt_ids)]
    for address in addresses:
        names = sa.func.lower(feedback_event.c.raw).contains(address.lower(), autoescape=True)
        about.append(sa.and_(feedback_event.c.matched_at.is_(None), names))
    statement = sa.update(feedback_event).where(feedback_event.c.raw.is_not(None), sa.or_(*about))
    return tx.execute(statement.values(raw=None)).rowcount


def may_leave_until(tx: Connection, recipient_key: str) -> datetime | None:
    """Until when SES may still accept a letter to this person; None where it cannot accept one.

    It may where an attempt has begun and its result is not known, until AWS finds the request too old.
    """
    fenced = after(-SIGNING_FENCE_S)
    query = (
        sa.select(attempt.c.signed_at, attempt.c.intent_at)
        .join(report, report.c.id == attempt.c.report_id)
        .where(
            report.c.recipient_key == recipient_key,
            likely(attempt.c.state.in_((AttemptState.INTENT, AttemptState.UNKNOWN))),
            sa.or_(attempt.c.signed_at > fenced, attempt.c.intent_at > fenced),
        )
    )
    begun = [moment for row in tx.execute(query) for moment in (row.signed_at, row.intent_at)]
    return fence_after(*begun) if begun else None
