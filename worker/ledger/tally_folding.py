"""Adds the changes of the counts to the counts, in batches: so that reading them stays cheap."""

from __future__ import annotations

import sqlalchemy as sa

from worker.ledger import tally
from worker.ledger.store import Ledger
from worker.ledger.tally_schema import tally_change

BATCH = 5_000  # changes added in one transaction: about a tenth of a second, for which SQLite has no other writer


def fold_all(ledger: Ledger, *, batch: int = BATCH) -> int:
    """Add all changes that there are; returns how many. Raises LedgerUnavailable: then the rest waits."""
    folded = 0
    while _any(ledger):
        with ledger.write() as tx:
            tally.alone(tx)
            folded += tally.fold(tx, most=batch)
    return folded


def _any(ledger: Ledger) -> bool:
    with ledger.read() as tx:
        return tx.execute(sa.select(tally_change.c.id).limit(1)).first() is not None
