"""Finds letters that came back: SES accepted them, a bounce named a failure, and no delivery was reported in time."""

from __future__ import annotations

import structlog

from worker.ledger import attempts
from worker.ledger.store import Ledger

log = structlog.get_logger(__name__)

AFTER_S = 24 * 3600.0  # a mail server that accepted a letter and then returned it says so within hours
WINDOW_S = 14 * 24 * 3600.0  # SES keeps trying and reporting for hours; older bounces were looked at many times
BATCH = 500  # reports in one transaction


def mark_returned_letters(ledger: Ledger) -> int:
    """Mark sent reports returned whose letter came back a day ago; returns how many. Raises LedgerUnavailable.

    Nothing sends them again but an operator's replay.
    """
    with ledger.write() as tx:
        returned = attempts.return_bounced(tx, after_s=AFTER_S, window_s=WINDOW_S, limit=BATCH)
    for report_id in returned:
        log.info("letter came back", report_id=report_id)
    return len(returned)
