"""Leases: which process does a periodic task now."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.steering_schema import lease
from worker.ledger.store import after, insert, now


def take_lease(tx: Connection, name: str, *, holder: str, seconds: float) -> bool:
    """Take or renew the lease `name` for `seconds`, by the database's clock; False while another holder has it."""
    values = {"holder": holder, "until": after(seconds)}
    free = sa.or_(lease.c.holder == holder, lease.c.until <= now())
    statement = insert(tx, lease).values(name=name, **values)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=values, where=free)
    return tx.execute(statement.returning(lease.c.name)).first() is not None
