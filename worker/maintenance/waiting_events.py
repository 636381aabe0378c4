"""Recovers SES events that came before the ledger knew the attempt they report on."""

from __future__ import annotations

import structlog

from worker.feedback.recorder import match
from worker.ledger import feedback
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

BATCH = 500  # events in one sweep


def match_waiting_events(ledger: Ledger) -> int:
    """Match waiting events whose attempt is known now; returns how many. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        events = feedback.waiting(tx, limit=BATCH)
    for event in events:
        with ledger.write() as tx:
            match(tx, event)
        log.info("feedback matched late", kind=str(event.meaning.kind), attempt=event.attempt_id)
    return len(events)
