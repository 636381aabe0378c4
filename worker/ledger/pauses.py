"""The pause: nothing is sent while it lasts, and only the breaker's own pauses end by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import audit
from worker.ledger.steering_schema import ONLY_ROW
from worker.ledger.steering_schema import pause as pause_table
from worker.ledger.store import after, insert, now
from worker.masking import mask_text

OPERATOR = "operator:"
"""Begins the holder of an operator's pause; the name follows."""
RESTORE = "restore"
"""Holds the pause of a ledger that looks like a restored backup."""
PAUSED = "pause"
"""The action in `audit` when sending is paused."""
RESUMED = "resume"
"""The action in `audit` when sending is resumed."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The pause in force. `holder` is `operator:NAME`, `breaker` or `restore`; `detail` is for the record."""

    holder: str
    reason: str
    since: datetime
    detail: Mapping[str, Any]


def current_pause(tx: Connection) -> Pause | None:
    """The pause in force, or None."""
    columns = [pause_table.c[name] for name in Pause.__dataclass_fields__]
    row = tx.execute(sa.select(*columns).where(pause_table.c.holder.is_not(None))).one_or_none()
    return None if row is None else Pause(**row._mapping)


def unpaused() -> sa.ColumnElement[bool]:
    """The guard of a statement that must not run while sending is paused."""
    return ~sa.exists().where(pause_table.c.holder.is_not(None))


def pause(tx: Connection, *, holder: str, reason: str, detail: Mapping[str, Any] | None = None) -> bool:
    """Pause all sending; False where it was paused already, whose holder and reason are kept."""
    values = _values(holder, reason, detail)
    statement = insert(tx, pause_table).values(id=ONLY_ROW, **values)
    not_paused = pause_table.c.holder.is_(None)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=values, where=not_paused)
    return tx.execute(statement.returning(pause_table.c.id)).first() is not None


def take_over_pause(tx: Connection, *, holder: str, reason: str, detail: Mapping[str, Any] | None = None) -> None:
    """Pause all sending under this holder and reason, even where another holder has paused it."""
    values = _values(holder, reason, detail)
    statement = insert(tx, pause_table).values(id=ONLY_ROW, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def resume(tx: Connection) -> bool:
    """End the pause; False where sending was not paused."""
    ended: dict[str, Any] = {"holder": None, "reason": None, "since": None, "detail": {}, "resumed_at": now()}
    statement = sa.update(pause_table).where(pause_table.c.holder.is_not(None))
    return tx.execute(statement.values(**ended)).rowcount == 1


def resumed_at(tx: Connection) -> datetime | None:
    """When a pause last ended; None where none has."""
    return tx.execute(sa.select(pause_table.c.resumed_at)).scalar_one_or_none()


def pauses_within(tx: Connection, *, actor: str, seconds: float) -> int:
    """How often `actor` paused sending in the last `seconds`."""
    recent = (audit.c.at > after(-seconds), audit.c.actor == actor, audit.c.action == PAUSED)
    return tx.execute(sa.select(sa.func.count()).select_from(audit).where(*recent)).scalar_one()


def _values(holder: str, reason: str, detail: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"holder": holder, "reason": mask_text(reason), "since": now(), "detail": dict(detail or {})}
