"""Guarded writes to a report that no attempt is involved in: claiming it, giving it back, stopping it, replaying it.

Each makes one transition of `worker.ledger.lifecycle` and returns whether the report's state allowed it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger import holds, pauses
from worker.ledger.channels import Lane
from worker.ledger.guarded_updates import REPORT_ID, UNCLAIMED, expired, lease, transition
from worker.ledger.lifecycle import Transition
from worker.ledger.schema import READY, report, signup, suppression
from worker.ledger.store import after, now


@dataclass(frozen=True, slots=True)
class ClaimedReport:
    """A report held by one worker until its lease ends, with everything needed to compose its letter."""

    id: int
    claim_token: str
    recipient_key: str
    link_token: str
    address: str | None
    role_text: str
    role_slug: str | None
    profile: Mapping[str, Any] | None
    page: str | None
    lane: str
    claims: int
    attempts: int
    refusals: int
    suppressed: bool
    created_at: datetime
    channel: str


def claim(tx: Connection, report_id: int, *, token: str, lease_s: float) -> ClaimedReport | None:
    """Claim a due report for `lease_s` seconds under `token`.

    Returns None where the report is not ready or not due, or sending is paused or on hold.
    """
    row = tx.execute(_claim_statement(), {"which_report": report_id, "token": token, "lease_s": lease_s}).one_or_none()
    return None if row is None else ClaimedReport(**{**row._mapping, "suppressed": bool(row.suppressed)})


def release(tx: Connection, claimed: ClaimedReport, *, delay_s: float | None = None) -> bool:
    """Give a claimed report back, due in `delay_s` seconds or when it was due; the claim does not count.

    Returns False where the claim was lost meanwhile.
    """
    due = {} if delay_s is None else {"not_before": after(delay_s)}
    changes = {**UNCLAIMED, "claims": report.c.claims - 1, **due}
    return tx.execute(transition(Transition.RELEASE, *_held(claimed), **changes)).rowcount == 1


def release_unposted(
    tx: Connection, claimed: ClaimedReport, *, error: str | None, error_text: str | None, delay_s: float, counts: bool
) -> bool:
    """Give a claimed report back after a refusal that came before its intent was committed (no credentials, say).

    It is due in `delay_s` seconds; `counts`: the refusal counts towards giving up. Returns False where the claim was
    lost meanwhile.
    """
    statement = transition(
        Transition.RELEASE, *_held(claimed), **UNCLAIMED, claims=0, refusals=report.c.refusals + int(counts),
        not_before=after(delay_s), reason=error, reason_text=error_text,
    )  # fmt: skip
    return tx.execute(statement).rowcount == 1


def quarantine(tx: Connection, claimed: ClaimedReport, *, reason: str | None, reason_text: str | None) -> bool:
    """Stop a claimed report for which no letter can be made; False where the claim was lost meanwhile."""
    changes = {**UNCLAIMED, "reason": reason, "reason_text": reason_text}
    return tx.execute(transition(Transition.QUARANTINE, *_held(claimed), **changes)).rowcount == 1


def cancel(tx: Connection, report_id: int, *, reason: str) -> bool:
    """Cancel a report that was not posted; False where it may have been, or is cancelled already."""
    changes = {**UNCLAIMED, "reason": reason, "reason_text": None}
    return tx.execute(transition(Transition.CANCEL, report.c.id == report_id, **changes)).rowcount == 1


def replay(tx: Connection, report_id: int) -> bool:
    """Put a failed, quarantined or returned report back to ready, due now, as if nothing had been tried.

    Returns False where it is none of these.
    """
    return tx.execute(transition(Transition.REPLAY, report.c.id == report_id, **untried())).rowcount == 1


def untried() -> dict[str, Any]:
    """The changes that make a report due now, as if nothing had been tried."""
    changes = {"refusals": 0, "claims": 0, "not_before": now(), "reason": None, "reason_text": None}
    return changes | dict.fromkeys(("feedback", "feedback_rank", "feedback_at", "feedback_detail", "sent_at"))


def release_expired_claims(tx: Connection, *, limit: int) -> list[int]:
    """Put up to `limit` reports whose claim expired back to ready, due now; returns their ids.

    Nothing was posted for them. Their count of claims stays: a report that kills each worker is quarantined by it.
    """
    statement = expired(Transition.EXPIRE_CLAIM, limit, **UNCLAIMED, not_before=now())
    return list(tx.execute(statement.returning(report.c.id)).scalars())


def due(tx: Connection, lane: Lane, *, limit: int) -> list[int]:
    """The ids of up to `limit` due reports of a lane, the longest waiting first."""
    query = sa.select(report.c.id).where(READY, report.c.lane == lane, report.c.not_before <= now())
    return list(tx.execute(query.order_by(report.c.not_before, report.c.id).limit(limit)).scalars())


def _held(claimed: ClaimedReport) -> tuple[sa.ColumnElement[bool], ...]:
    return report.c.id == claimed.id, report.c.claim_token == claimed.claim_token


@functools.cache  # made once: for SQLAlchemy, building a statement costs more than executing it
def _claim_statement() -> sa.UpdateBase:
    guards = [report.c.id == REPORT_ID, report.c.not_before <= now(), pauses.unpaused(), holds.no_hold()]
    changes = {"claim_token": sa.bindparam("token"), "claims": report.c.claims + 1, "lease_until": lease()}
    # Renamed, because SQLite's RETURNING has columns without their tables: an unqualified name would be ambiguous.
    never = sa.select(suppression.c.recipient_key.label("never_mailed")).subquery("never")
    suppressed = sa.exists().where(never.c.never_mailed == report.c.recipient_key).correlate(report)
    columns = [report.c[name] for name in ClaimedReport.__dataclass_fields__ if name in report.c]
    statement = transition(Transition.CLAIM, *guards, **changes)
    came = sa.select(signup.c.channel).where(signup.c.id == report.c.signup_row).correlate(report).scalar_subquery()
    return statement.returning(*columns, suppressed.label("suppressed"), came.label("channel"))
