"""Recovers SES events that came before the ledger knew the attempt they report on."""

from __future__ import annotations

from worker.feedback.recorder import log_feedback, match
from worker.ledger import feedback
from worker.ledger.store import Ledger

BATCH = 500  # events in one sweep


def match_waiting_events(ledger: Ledger) -> int:
    """Match waiting events whose attempt is known now; returns how many. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        events = feedback.waiting(tx, limit=BATCH)
    for event in events:
        with ledger.write() as tx:
            found = match(tx, event)
        log_feedback("feedback matched late", event, found)
    return len(events)
