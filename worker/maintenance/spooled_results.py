"""Recovers results of attempts that could not be written to the ledger and are kept on this machine's spool."""

from __future__ import annotations

import structlog

from worker.delivery.disposition import AttemptResult
from worker.delivery.recording import is_proof_of_loss, record
from worker.delivery.spool import Spool
from worker.errors import LedgerUnavailable
from worker.ledger import lost_commits
from worker.ledger.store import Ledger
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)


def write_back_spooled_results(ledger: Ledger, spool: Spool) -> int:
    """Record the spooled results; returns how many. Raises LedgerUnavailable: then the rest stay on the spool.

    An accepted one whose attempt the ledger does not know is proof of lost commits: it raises the alarm once, and is
    kept until the ledger knows the attempt again.
    """
    count = 0
    for result in spool.results():
        try:
            done = _write_back(ledger, spool, result)
        except LedgerUnavailable:
            raise
        except Exception as error:  # a defect over one result must not delay the others
            count_unexpected("write_back", error)
            log.exception("result not written back", attempt=result.attempt_id, report_id=result.report_id)
            continue
        if not done:
            with ledger.write() as tx:
                lost_commits.raise_alarm(tx)
            spool.set_aside(result)
            log.critical("SES accepted an attempt that the ledger has lost", **result.to_json())
        count += done
    return count + sum(_write_back(ledger, spool, result) for result in spool.lost())


def _write_back(ledger: Ledger, spool: Spool, result: AttemptResult) -> bool:
    """Record a result and forget its file; False, and both stay as they are, where the ledger has lost the attempt."""
    with ledger.write() as tx:
        if is_proof_of_loss(tx, result):
            return False
        changed = record(tx, result)
    spool.forget(result)
    log.info("result written back", attempt=result.attempt_id, report_id=result.report_id, changed=changed)
    return True
