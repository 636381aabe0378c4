"""What the last full count of the ledger found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.steering_schema import ONLY_ROW
from worker.ledger.store import insert, now
from worker.ledger.tally_schema import tally_check


@dataclass(frozen=True, slots=True)
class TallyCheck:
    """The last full count: `wrong` of the counts that are kept differed from it, the first of them `example`."""

    checked_at: datetime
    wrong: int
    example: str | None


def record_check(tx: Connection, *, wrong: int, example: str | None) -> None:
    """Record how a full count ended."""
    values = {"checked_at": now(), "wrong": wrong, "example": example}
    statement = insert(tx, tally_check).values(id=ONLY_ROW, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def last_check(tx: Connection) -> TallyCheck | None:
    """The last full count; None where there was none."""
    columns = [tally_check.c[name] for name in TallyCheck.__dataclass_fields__]
    row = tx.execute(sa.select(*columns)).one_or_none()
    return None if row is None else TallyCheck(**row._mapping)
