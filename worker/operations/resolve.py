"""Resolve: an operator decides whether an unknown send was accepted. Nothing else can lead to a second send.

So the operator sees first what is known about it, and "assume unsent" waits for the signing fence: until then the
request may still reach SES and be accepted. For the same reason it rests on a look at SES after the fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from worker.ledger import attempts
from worker.ledger.audit import record_action
from worker.ledger.lifecycle import ReportState
from worker.ledger.store import Ledger
from worker.ledger.timeline import find_report_row
from worker.ledger.unknown_sends import UnknownSend, unknown_sends
from worker.times import iso

log = structlog.get_logger(__name__)

ACTION = "resolve"
CLOCK_SKEW = timedelta(minutes=1)
"""How far an operator's clock may be ahead of the ledger's."""


class Decision(StrEnum):
    """What an operator may decide."""

    SENT = "sent"
    ASSUME_UNSENT = "assume_unsent"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The decision was made, and the report is now in `state`."""

    report_id: int
    decision: Decision
    state: ReportState


@dataclass(frozen=True, slots=True)
class NotResolved:
    """Nothing changed; `why` is a sentence for the operator."""

    report_id: int
    why: str


def objection(unknown: UnknownSend, decision: Decision) -> str | None:
    """The reason against this decision now, or None."""
    if decision is Decision.SENT:
        return None
    if unknown.events:
        return "SES has sent an event about it, so SES accepted it: decide that it was sent"
    if not unknown.past_fence:
        return (
            f"its request may still reach SES until {unknown.fence_at:%Y-%m-%d %H:%M:%S} UTC, "
            "when AWS certainly finds the signature too old: decide after that"
        )
    return None


def objection_to_look(unknown: UnknownSend, looked_at: datetime | None) -> str | None:
    """The reason why a look at SES at this moment is no ground for "assume unsent", or None."""
    if looked_at is None:
        return "say when you last looked for it in SES: only a look after the request's signature was too old counts"
    if looked_at > unknown.at + CLOCK_SKEW:
        return f"{looked_at:%Y-%m-%d %H:%M:%S} UTC is in the future: say when you last looked for it in SES"
    if looked_at < unknown.fence_at:
        return (
            f"you looked at {looked_at:%Y-%m-%d %H:%M:%S} UTC, and SES could accept the request until "
            f"{unknown.fence_at:%Y-%m-%d %H:%M:%S} UTC: look again, then decide"
        )
    return None


def resolve(
    ledger: Ledger, report_id: int, decision: Decision, *, actor: str, reason: str, looked_at: datetime | None = None
) -> Resolved | NotResolved:
    """Decide one unknown report, recorded in `audit`. `looked_at`: when the operator last looked for it in SES.

    Raises LedgerUnavailable: then nothing was decided.
    """
    with ledger.write() as tx:
        found = unknown_sends(tx, limit=1, report_id=report_id)
        if not found:
            return NotResolved(report_id, why_not_unknown(tx, report_id))
        unknown = found[0]
        against = objection(unknown, decision)
        if against is None and decision is Decision.ASSUME_UNSENT:
            against = objection_to_look(unknown, looked_at)
        if against is not None:
            return NotResolved(report_id, against)
        if not _decide(tx, unknown, decision):
            return NotResolved(report_id, "an event came in at this moment: look again with `worker show`")
        record_action(
            tx, actor=actor, action=ACTION, report_id=report_id, recipient_key=unknown.recipient_key, reason=reason,
            detail=_shown(unknown, decision, looked_at),
        )  # fmt: skip
    log.info("resolved", report_id=report_id, decision=str(decision), actor=actor)
    return Resolved(report_id, decision, ReportState.SENT if decision is Decision.SENT else ReportState.READY)


def _decide(tx: Connection, unknown: UnknownSend, decision: Decision) -> bool:
    if decision is Decision.SENT:
        return attempts.confirm_sent(tx, unknown.attempt_id, sent_at=unknown.signed_at)
    return attempts.assume_unsent(tx, unknown.attempt_id)


def _shown(unknown: UnknownSend, decision: Decision, looked_at: datetime | None) -> dict[str, Any]:
    """What the operator saw when deciding, for the reader of the audit."""
    return {
        "decision": str(decision),
        "attempt": unknown.attempt_id,
        "signed_at": iso(unknown.signed_at),
        "looked_at": None if looked_at is None else iso(looked_at),
        "error": unknown.error,
        "events": [event.kind for event in unknown.events],
    }


def why_not_unknown(tx: Connection, report_id: int) -> str:
    """Why there is nothing to decide about this report, and what to do instead."""
    row = find_report_row(tx, report_id=report_id)
    if row is None:
        return "there is no such report; `worker log --state unknown` lists what can be resolved"
    if row.state == ReportState.SENDING:
        return "it is being sent right now; within minutes it is sent, refused or unknown"
    if row.state in {ReportState.FAILED, ReportState.QUARANTINED}:
        return f"it is {row.state}, not unknown: `worker replay --id {report_id}` shows whether it may be sent again"
    return f"it is {row.state}, not unknown: there is nothing to decide"
