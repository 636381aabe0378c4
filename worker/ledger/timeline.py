"""Everything the ledger has about one recipient: the rows, and their story in order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.attempts import ProfileUse
from worker.ledger.lifecycle import HANDED_OVER
from worker.ledger.rows import AttemptRow, ReportRow, SignupRow
from worker.ledger.schema import attempt, audit, feedback_event, report, signup
from worker.times import iso


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step in the story of a report."""

    at: datetime
    what: str
    detail: Mapping[str, Any]


def find_report_row(
    tx: Connection, *, report_id: int | None = None, recipient_key: str | None = None, link_token: str | None = None
) -> ReportRow | None:
    """One report with all its columns, by its id, its recipient or its link's token; None where there is none."""
    if link_token is not None:
        wanted = report.c.link_token == link_token
    else:
        wanted = report.c.id == report_id if recipient_key is None else report.c.recipient_key == recipient_key
    query = sa.select(*_columns(report, ReportRow)).where(wanted).order_by(report.c.generation.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else ReportRow(**row._mapping)


def missing_reports(tx: Connection, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that no report has, in their order."""
    found = set(tx.execute(sa.select(report.c.id).where(report.c.id.in_(ids))).scalars())
    return [report_id for report_id in ids if report_id not in found]


def signups_of(tx: Connection, recipient_key: str) -> list[SignupRow]:
    """Every signup of one recipient, oldest first."""
    query = sa.select(*_columns(signup, SignupRow)).where(signup.c.recipient_key == recipient_key)
    return [SignupRow(**row._mapping) for row in tx.execute(query.order_by(signup.c.id))]


def attempts_of(tx: Connection, report_id: int) -> list[AttemptRow]:
    """Every attempt to send one report, oldest first."""
    query = sa.select(*_columns(attempt, AttemptRow)).where(attempt.c.report_id == report_id)
    return [AttemptRow(**row._mapping) for row in tx.execute(query.order_by(attempt.c.number))]


def letter_attempt(attempts: Sequence[AttemptRow]) -> AttemptRow | None:
    """The attempt whose letter SES accepted, else the last of them; None where there is none."""
    return max(attempts, key=lambda row: (row.state in HANDED_OVER, row.number), default=None)


def timeline(tx: Connection, recipient_key: str) -> list[Step]:
    """The story of one recipient: signups, attempts, feedback and actions, in order of time."""
    steps = [_signup_step(row) for row in signups_of(tx, recipient_key)]
    report_row = find_report_row(tx, recipient_key=recipient_key)
    report_id = None if report_row is None else report_row.id
    steps += _action_steps(tx, recipient_key, report_id)
    if report_id is not None:
        for attempt_row in attempts_of(tx, report_id):
            steps += _attempt_steps(attempt_row)
            steps += _event_steps(tx, attempt_row.id)
    return sorted(steps, key=lambda step: step.at)


def _signup_step(row: SignupRow) -> Step:
    detail = _without_none(
        signup=row.id, reason=row.reason, role=row.role_text, channel=row.channel, page=row.source_page,
        campaign=row.campaign, consented_at=row.consented_at and iso(row.consented_at),
    )  # fmt: skip
    return Step(row.received_at, f"signup {row.outcome}", detail)


def _action_steps(tx: Connection, recipient_key: str, report_id: int | None) -> list[Step]:
    about = [audit.c.recipient_key == recipient_key]
    if report_id is not None:
        about.append(audit.c.report_id == report_id)
    rows = tx.execute(sa.select(audit).where(sa.or_(*about)))
    return [Step(row.at, row.action, _without_none(actor=row.actor, reason=row.reason)) for row in rows]


def _attempt_steps(row: AttemptRow) -> list[Step]:
    profile_use = None if row.profile_use == ProfileUse.FULL else row.profile_use
    intent = _without_none(attempt=row.id, mailer=row.mailer, profile_use=profile_use)
    steps = [Step(row.intent_at, f"attempt {row.number} intended", intent)]
    if row.finished_at is not None:
        detail = _without_none(ses_message_id=row.ses_message_id, error=row.error, text=row.error_text)
        steps.append(Step(row.finished_at, f"attempt {row.number} {row.state}", detail))
    return steps


def _event_steps(tx: Connection, attempt_id: str) -> list[Step]:
    rows = tx.execute(sa.select(feedback_event).where(feedback_event.c.attempt_id == attempt_id))
    return [Step(row.occurred_at, row.kind, _without_none(detail=row.detail)) for row in rows]


def _columns(table: sa.Table, row: type[ReportRow | SignupRow | AttemptRow]) -> list[sa.Column[Any]]:
    return [table.c[name] for name in row.__dataclass_fields__]


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
