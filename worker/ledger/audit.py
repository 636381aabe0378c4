"""The audit: who did what to which report, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import audit
from worker.ledger.store import now
from worker.masking import mask_text


@dataclass(frozen=True, slots=True)
class Action:
    """One recorded action."""

    id: int
    at: datetime
    actor: str
    action: str
    report_id: int | None
    recipient_key: str | None
    reason: str | None
    detail: Mapping[str, Any]


def record_action(
    tx: Connection,
    *,
    actor: str,
    action: str,
    report_id: int | None = None,
    recipient_key: str | None = None,
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record that `actor` did `action`, to which report or recipient, and why."""
    statement = sa.insert(audit).values(
        at=now(),
        actor=actor,
        action=action,
        report_id=report_id,
        recipient_key=recipient_key,
        reason=reason if reason is None else mask_text(reason),
        detail=dict(detail or {}),
    )
    tx.execute(statement)


def was_done(tx: Connection, action: str, recipient_key: str) -> bool:
    """Whether this action is on record for this recipient."""
    about = (audit.c.recipient_key == recipient_key, audit.c.action == action)
    return tx.execute(sa.select(sa.literal(1)).where(*about).limit(1)).first() is not None


def latest_actions(tx: Connection, *, limit: int) -> list[Action]:
    """The newest actions, newest first."""
    query = sa.select(*(audit.c[name] for name in Action.__dataclass_fields__)).order_by(audit.c.id.desc())
    return [Action(**row._mapping) for row in tx.execute(query.limit(limit))]
