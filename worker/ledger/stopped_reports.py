"""Reports that may be replayed, stopped or returned, with everything that says whether a replay is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.file_letters import written_to_file
from worker.ledger.lifecycle import HANDED_OVER, REPLAYABLE, STOPPED, AttemptState, ReportState
from worker.ledger.pauses import resumed_at
from worker.ledger.restored_backup import last_restored_at
from worker.ledger.schema import attempt, report, signup, suppression
from worker.ledger.sqlite_plans import likely

READER_DATA = "reader_data"
"""The `reason` of a report whose letter cannot be made for this reader alone."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which reports to look at. Every given field narrows (AND); without any, all that may be replayed.

    `role` is matched as a slug and as people wrote it; `role_slugs` are other slugs that match as well, what `role` was
    read as. `in_files`: instead of those, sent reports whose letter the outbox mailer wrote to a file.
    """

    ids: tuple[int, ...] = ()
    states: tuple[ReportState, ...] = ()
    since: datetime | None = None
    role: str | None = None
    role_slugs: tuple[str, ...] = ()
    in_files: bool = False


@dataclass(frozen=True, slots=True)
class StoppedReport:
    """One report as a replay sees it. `reason` is why it stopped or came back.

    `voided` counts attempts that an operator assumed unsent.

    `in_file`: it is sent, by the outbox mailer: its letter was written to a file.

    `before_restore`: it stopped before the ledger was declared a restored backup.
    """

    id: int
    recipient_key: str
    state: ReportState
    reason: str | None
    role: str
    address_masked: str | None
    changed_at: datetime
    has_address: bool
    suppressed: bool
    attempts: int
    voided: int
    before_restore: bool
    in_file: bool = False


def stopped_reports(tx: Connection, which: Selection, *, lock: bool = False) -> list[StoppedReport]:
    """The selected reports, oldest change first: those named by id in any state, else only those that may be replayed.

    `lock` keeps them as they are until the transaction ends.
    """
    restored_at = last_restored_at()
    query = (
        sa.select(
            *(report.c[name] for name in ("id", "recipient_key", "state", "reason", "changed_at", "attempts")),
            sa.func.coalesce(report.c.role_slug, report.c.role_text).label("role"),
            signup.c.address_masked,
            report.c.address.is_not(None).label("has_address"),
            sa.exists().where(suppression.c.recipient_key == report.c.recipient_key).label("suppressed"),
            _voided_attempts().label("voided"),
            sa.func.coalesce(report.c.changed_at <= restored_at, sa.false()).label("before_restore"),
            _in_file().label("in_file"),
        )
        .outerjoin(signup, signup.c.id == report.c.signup_row)
        .where(*_conditions(which))
        .order_by(report.c.changed_at, report.c.id)
    )
    if lock:
        query = query.with_for_update(of=report)
    return [_stopped_report(dict(row._mapping)) for row in tx.execute(query)]


def stopped_in_a_row(tx: Connection, *, limit: int) -> list[int]:
    """The ids of up to `limit` reports that stopped since a letter was last accepted or sending was last resumed.

    Reports that only their own reader's data stopped are left out: they say nothing about a bad deploy.
    """
    query = sa.select(report.c.id).where(report.c.state.in_(STOPPED), report.c.reason.is_distinct_from(READER_DATA))
    for since in (*(_last_finished_at(tx, state) for state in HANDED_OVER), resumed_at(tx)):
        if since is not None:
            query = query.where(report.c.changed_at > since)
    return list(tx.execute(query.order_by(report.c.changed_at.desc()).limit(limit)).scalars())


def _last_finished_at(tx: Connection, state: AttemptState) -> datetime | None:
    """When the latest attempt in this state ended: the last entry of an index. Of two states, each entry is read."""
    query = sa.select(sa.func.max(attempt.c.finished_at)).where(attempt.c.state == state)
    moment: datetime | None = tx.execute(query).scalar_one()
    return moment


def _conditions(which: Selection) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if which.ids:
        conditions.append(report.c.id.in_(which.ids))
    if which.in_files:
        conditions += [report.c.state == ReportState.SENT, _in_file()]
    elif which.states or not which.ids:
        conditions.append(report.c.state.in_(which.states or REPLAYABLE))
    if which.since is not None:
        conditions.append(report.c.changed_at >= which.since)
    if which.role is not None:
        slugs = (which.role, *which.role_slugs)
        conditions.append(sa.or_(report.c.role_slug.in_(slugs), report.c.role_text == which.role))
    return conditions


def _voided_attempts() -> sa.ScalarSelect[int]:
    voided = (attempt.c.report_id == report.c.id, likely(attempt.c.state == AttemptState.VOIDED))
    return sa.select(sa.func.count()).select_from(attempt).where(*voided).scalar_subquery()


def _in_file() -> sa.Exists:
    return sa.exists().where(attempt.c.report_id == report.c.id, written_to_file()).correlate(report)


def _stopped_report(row: Mapping[str, Any]) -> StoppedReport:
    flags = {name: bool(row[name]) for name in ("has_address", "suppressed", "before_restore", "in_file")}
    return StoppedReport(**{**row, **flags, "state": ReportState(row["state"])})
