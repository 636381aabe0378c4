"""Since when retention is behind: when it last found nothing more to forget."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.steering_schema import lease
from worker.ledger.store import database_now, insert, now

CAUGHT_UP = "retention_caught_up"
"""The name of a lease that nobody holds: its end is when retention last found nothing more to forget."""


def begin_watch(tx: Connection) -> None:
    """Remember from when on retention can be late; does nothing where that is known."""
    values = {"name": CAUGHT_UP, "holder": CAUGHT_UP, "until": now()}
    tx.execute(insert(tx, lease).values(**values).on_conflict_do_nothing(index_elements=["name"]))


def record_caught_up(tx: Connection) -> None:
    """Record that nothing more is to be forgotten now."""
    tx.execute(sa.update(lease).where(lease.c.name == CAUGHT_UP).values(until=now()))


def caught_up_at(tx: Connection) -> datetime | None:
    """When nothing more was to be forgotten, or retention first ran; None where it never ran."""
    return tx.execute(sa.select(lease.c.until).where(lease.c.name == CAUGHT_UP)).scalar_one_or_none()


def behind_s(tx: Connection) -> float:
    """For how many seconds retention may have had something to forget; 0 where it never ran."""
    caught_up = caught_up_at(tx)
    return 0.0 if caught_up is None else max(0.0, (database_now(tx) - caught_up).total_seconds())
