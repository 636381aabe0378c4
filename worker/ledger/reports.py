"""What delivery writes: guarded moves of a report, and the attempts to send it.

Every move is one UPDATE that names the states it may leave; a row count of zero means somebody else was first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import attempt, report, suppression
from worker.ledger.states import AttemptState, ReportState
from worker.ledger.store import after, now


@dataclass(frozen=True, slots=True)
class ClaimedReport:
    """A report held by one worker until its lease ends, with all that is needed to compose its letter."""

    id: int
    claim_token: str
    recipient_key: str
    address: str | None
    role_text: str
    role_slug: str | None
    profile: Mapping[str, Any] | None
    page: str | None
    claims: int
    attempts: int
    refusals: int
    suppressed: bool


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """The intent to post one letter, written before the bytes leave."""

    id: str
    report_id: int
    number: int
    mailer: str
    sender_process: str
    signed_at: datetime
    letter_sha256: str
    catalog_version: str
    template_version: str
    rfc_message_id: str


_CLAIMED = [report.c[name] for name in ClaimedReport.__dataclass_fields__ if name in report.c]


def move(
    tx: Connection,
    report_id: int,
    *,
    leaving: Sequence[ReportState],
    to: ReportState,
    where: Sequence[sa.ColumnElement[bool]] = (),
    **changes: Any,
) -> bool:
    """Move one report from one of `leaving` to `to`; False where its state, or `where`, says otherwise."""
    return tx.execute(_move(report.c.id == report_id, leaving, to, where, changes)).rowcount == 1


def claim(
    tx: Connection,
    report_id: int,
    *,
    leaving: Sequence[ReportState],
    to: ReportState,
    token: str,
    lease_s: float,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> ClaimedReport | None:
    """Take a due report for `lease_s` seconds under `token`; None where it is not due or not there to be taken.

    One statement, for a worker does this for every letter: `where` takes what else must hold.
    """
    changes = {"claim_token": token, "claims": report.c.claims + 1, "lease_until": after(lease_s)}
    statement = _move(report.c.id == report_id, leaving, to, [report.c.not_before <= now(), *where], changes)
    suppressed = sa.exists().where(suppression.c.recipient_key == report.c.recipient_key).correlate(report)
    row = tx.execute(statement.returning(*_CLAIMED, suppressed.label("suppressed"))).one_or_none()
    return None if row is None else ClaimedReport(**{**row._mapping, "suppressed": bool(row.suppressed)})


def move_expired(
    tx: Connection,
    *,
    leaving: ReportState,
    to: ReportState,
    limit: int,
    where: Sequence[sa.ColumnElement[bool]] = (),
    **changes: Any,
) -> list[int]:
    """Move up to `limit` reports whose lease has ended; returns their ids. Rows locked by others are left alone."""
    expired = (
        sa.select(report.c.id)
        .where(report.c.state == leaving, report.c.lease_until <= now(), *where)
        .order_by(report.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = _move(report.c.id.in_(expired), [leaving], to, [], changes)
    return list(tx.execute(statement.returning(report.c.id)).scalars())


def due(tx: Connection, *, limit: int) -> list[int]:
    """Ids of ready reports whose time has come, the longest waiting first."""
    query = sa.select(report.c.id).where(report.c.state == ReportState.READY, report.c.not_before <= now())
    return list(tx.execute(query.order_by(report.c.not_before, report.c.id).limit(limit)).scalars())


def insert_attempt(tx: Connection, new: NewAttempt) -> None:
    """Write an intent. The partial unique index refuses a second live attempt of one report (IntegrityError)."""
    values = {name: getattr(new, name) for name in NewAttempt.__dataclass_fields__}
    tx.execute(sa.insert(attempt).values(**values, state=AttemptState.INTENT, intent_at=now()))


def move_attempt(
    tx: Connection, attempt_id: str, *, leaving: Sequence[AttemptState], to: AttemptState, **changes: Any
) -> int | None:
    """Move one attempt; returns its report's id, or None where its state is not one of `leaving`."""
    statement = (
        sa.update(attempt)
        .where(attempt.c.id == attempt_id, attempt.c.state.in_(leaving))
        .values(state=to, finished_at=now(), **changes)
        .returning(attempt.c.report_id)
    )
    return tx.execute(statement).scalar_one_or_none()


def mark_intents_unknown(tx: Connection, report_ids: Sequence[int], *, error: str, error_text: str) -> None:
    """The open intents of these reports become unknown: nobody came back to say how they ended."""
    statement = (
        sa.update(attempt)
        .where(attempt.c.report_id.in_(report_ids), attempt.c.state == AttemptState.INTENT)
        .values(state=AttemptState.UNKNOWN, finished_at=now(), error=error, error_text=error_text)
    )
    tx.execute(statement)


def _move(
    which: sa.ColumnElement[bool],
    leaving: Sequence[ReportState],
    to: ReportState,
    where: Sequence[sa.ColumnElement[bool]],
    changes: Mapping[str, Any],
) -> sa.Update:
    return (
        sa.update(report)
        .where(which, report.c.state.in_(leaving), *where)
        .values(state=to, changed_at=now(), **changes)
    )
