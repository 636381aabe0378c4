"""The heartbeat of a process: a row of its own that it writes again and again, to prove that it can commit."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.leases import take_lease
from worker.ledger.steering_schema import lease
from worker.ledger.store import now

LIVES_S = 60.0  # a process without a heartbeat for this long counts as gone
_PREFIX = "process:"


def record_heartbeat(tx: Connection, process: str) -> None:
    """Write this process's row, and delete those of processes that are gone."""
    take_lease(tx, _PREFIX + process, holder=process, seconds=LIVES_S)
    tx.execute(sa.delete(lease).where(lease.c.name.startswith(_PREFIX, autoescape=True), lease.c.until < now()))
