"""All that the ledger knows about a send whose result is unknown, for the person who must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.restored_backup import last_restored_at
from worker.ledger.schema import attempt, feedback_event, report, signup, suppression
from worker.ledger.signing_fence import fence_after
from worker.ledger.sqlite_plans import likely
from worker.ledger.store import now


@dataclass(frozen=True, slots=True)
class AttemptEvent:
    """One event that SES sent about the attempt."""

    kind: str
    detail: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class UnknownSend:
    """One unknown report and its unknown attempt. `at` is the database's clock when this was read.

    `error` and `error_text` say why the result is unknown; `events` are those that SES has sent about the attempt.
    `restored_at`: a backup was restored after the attempt; it may have been decided and sent again until then.
    """

    report_id: int
    recipient_key: str
    address_masked: str | None
    role: str
    attempt_id: str
    attempt_number: int
    mailer: str
    sender_process: str
    intent_at: datetime
    signed_at: datetime
    unknown_since: datetime
    error: str | None
    error_text: str | None
    suppressed: bool
    restored_at: datetime | None
    events: tuple[AttemptEvent, ...]
    at: datetime

    @property
    def fence_at(self) -> datetime:
        """From when the request cannot be accepted any more, by the later of the signer's clock and the ledger's."""
        return fence_after(self.signed_at, self.intent_at, self.restored_at or self.intent_at)

    @property
    def past_fence(self) -> bool:
        """Whether the request cannot be accepted any more."""
        return self.at >= self.fence_at


def unknown_sends(tx: Connection, *, limit: int, report_id: int | None = None) -> list[UnknownSend]:
    """Up to `limit` unknown sends, the longest unknown first; with `report_id` only that report's, if it is unknown."""
    wanted = [report.c.state == ReportState.UNKNOWN] + ([] if report_id is None else [report.c.id == report_id])
    # The few reports first, then what belongs to them: a join first could join every report.
    few = sa.select(report).where(*wanted).order_by(report.c.changed_at, report.c.id).limit(limit).subquery("few")
    restored_at = last_restored_at()
    query = (
        sa.select(
            *(few.c.id.label("report_id"), few.c.recipient_key, signup.c.address_masked),
            sa.func.coalesce(few.c.role_slug, few.c.role_text).label("role"),
            *(attempt.c.id.label("attempt_id"), attempt.c.number.label("attempt_number")),
            *(attempt.c[name] for name in ("mailer", "sender_process", "intent_at", "signed_at")),
            *(attempt.c.error, attempt.c.error_text, few.c.changed_at.label("unknown_since")),
            sa.exists().where(suppression.c.recipient_key == few.c.recipient_key).label("suppressed"),
            sa.case((attempt.c.intent_at <= restored_at, restored_at)).label("restored_at"),
            now().label("at"),
        )
        .join(attempt, sa.and_(attempt.c.report_id == few.c.id, likely(attempt.c.state == AttemptState.UNKNOWN)))
        .join(signup, signup.c.id == few.c.signup_row)
        .order_by(few.c.changed_at, few.c.id)
    )
    return [_unknown_send(tx, dict(row._mapping)) for row in tx.execute(query)]


def _unknown_send(tx: Connection, row: Mapping[str, Any]) -> UnknownSend:
    query = sa.select(*(feedback_event.c[name] for name in AttemptEvent.__dataclass_fields__))
    query = query.where(feedback_event.c.attempt_id == row["attempt_id"]).order_by(feedback_event.c.occurred_at)
    events = tuple(AttemptEvent(**event._mapping) for event in tx.execute(query))
    return UnknownSend(**{**row, "suppressed": bool(row["suppressed"]), "events": events})
