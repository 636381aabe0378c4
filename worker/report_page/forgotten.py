"""The reader's own "forget me": the same erasure as `worker erase`, asked for by the link."""

from __future__ import annotations

from worker.ledger.store import Ledger
from worker.ledger.timeline import find_report_row
from worker.privacy.eraser import ErasedEverywhere, Eraser
from worker.privacy.suppression import READER
from worker.report_page.opened import OpenedReport

REASON = "asked on the report page"


def forget(ledger: Ledger, eraser: Eraser, opened: OpenedReport) -> ErasedEverywhere:
    """Erase the reader of this report, and record that they asked. Safe to repeat. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        row = find_report_row(tx, link_token=opened.link_token)
    known = [row.address] if row is not None and row.address else []
    return eraser.erase(opened.recipient_key, addresses=known, actor=READER, reason=REASON)
