"""Gathers the facts for the verdict from the ledger, in the transaction of the status that is shown beside it."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from worker.delivery.spool_folder import spool_folder, spooled
from worker.ledger.canaries import last_canary
from worker.ledger.heartbeats import processes, why_no_writes
from worker.ledger.installation import read_installation
from worker.ledger.limited_signups import limited
from worker.ledger.retention_lag import caught_up_at
from worker.ledger.status import Status
from worker.ledger.store import Ledger, database_now
from worker.ledger.tally_checks import last_check
from worker.operations.health.facts import Facts, Queues
from worker.operations.installation import why_other
from worker.settings import Settings

LATELY_S = 2 * 3600.0  # what limits did in this hour and in the one before


def gather(tx: Connection, status: Status, settings: Settings, queues: Queues, ledger: Ledger) -> Facts:
    """The facts as they are now; `tx` reads `ledger`. Raises LedgerUnavailable."""
    pinned = read_installation(tx)
    return Facts(
        now=database_now(tx),
        settings=settings,
        status=status,
        queues=queues,
        processes=processes(tx),
        limited_lately=limited(tx, within_s=LATELY_S),
        caught_up_at=caught_up_at(tx),
        tally_check=last_check(tx),
        canary=last_canary(tx),
        pinned_mailer=pinned.mailer if pinned is not None else None,
        other_installation=why_other(pinned, settings),
        takes_no_writes=why_no_writes(ledger),
        spooled_here=spooled(spool_folder(settings.state_dir)),
    )
