"""How many signups the limits refused, delayed or turned away, by the hour; copied from Redis, and outside both sums.

Refused and delayed signups have rows of their own. One that was turned away has none: this count is all that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.steering_schema import limited_signups
from worker.ledger.store import after, insert

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class LimitedSignups:
    """What one limit did."""

    rule: str
    action: str
    signups: int


def save_hour(tx: Connection, hour: datetime, counts: Mapping[tuple[str, str], int]) -> None:
    """Keep the counts of an hour by rule and action. A count lower than the one kept is of a Redis that lost it."""
    for (rule, action), signups in counts.items():
        new = insert(tx, limited_signups).values(hour=hour, rule=rule, action=action, signups=signups)
        higher = {"signups": new.excluded.signups}
        tx.execute(
            new.on_conflict_do_update(
                index_elements=["hour", "rule", "action"], set_=higher,
                where=new.excluded.signups > limited_signups.c.signups,
            )
        )  # fmt: skip


def limited(tx: Connection, *, within_s: float | None = None) -> tuple[LimitedSignups, ...]:
    """What each limit did, within `within_s` seconds, by whole hours, or ever."""
    columns = (limited_signups.c.rule, limited_signups.c.action)
    query = sa.select(*columns, sa.func.sum(limited_signups.c.signups)).group_by(*columns).order_by(*columns)
    if within_s is not None:
        query = query.where(limited_signups.c.hour > after(-within_s))
    return tuple(LimitedSignups(rule, action, int(signups)) for rule, action, signups in tx.execute(query))
