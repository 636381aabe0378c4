"""Gathers the facts for the verdict from the ledger, in the transaction of the status that is shown beside it."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from worker.ledger.status import Status
from worker.ledger.store import database_now
from worker.operations.health.facts import Facts, Queues
from worker.settings import Settings


def gather(
    tx: Connection, status: Status, settings: Settings, queues: Queues, *, other_installation: str | None = None
) -> Facts:
    """The facts as they are now. Raises LedgerUnavailable."""
    return Facts(
        now=database_now(tx),
        settings=settings,
        status=status,
        queues=queues,
        other_installation=other_installation,
    )
