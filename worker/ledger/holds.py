"""The hold: no report is claimed until the daily quota has room. Unlike a pause it ends by itself, at a known time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.channels import Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import READY, report
from worker.ledger.sqlite_plans import likely
from worker.ledger.steering_schema import ONLY_ROW
from worker.ledger.steering_schema import hold as hold_table
from worker.ledger.store import after, insert, now

HELD_BACK = "HeldBack"
"""The `reason` of a report that waits for a hold to end."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The hold in force. No report is claimed before `until`."""

    reason: str
    since: datetime
    until: datetime


def current_hold(tx: Connection) -> Hold | None:
    """The hold in force, or None."""
    columns = [hold_table.c[name] for name in Hold.__dataclass_fields__]
    row = tx.execute(sa.select(*columns).where(hold_table.c.until > now())).one_or_none()
    return None if row is None else Hold(**row._mapping)


def no_hold() -> sa.ColumnElement[bool]:
    """The guard of a statement that must not run during a hold."""
    return ~sa.exists().where(hold_table.c.until > now())


def hold_sending(tx: Connection, *, reason: str, seconds: float) -> None:
    """Hold sending for `seconds` from now, by the database's clock; a hold in force is replaced."""
    values = {"reason": reason, "since": now(), "until": after(seconds)}
    statement = insert(tx, hold_table).values(id=ONLY_ROW, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def hold_back(tx: Connection, report_id: int, hold: Hold) -> bool:
    """Postpone a ready report to the end of `hold`; False where it is not ready, or due later anyway."""
    statement = sa.update(report).where(
        report.c.id == report_id, report.c.state == ReportState.READY, report.c.not_before < hold.until
    )
    values = {"not_before": hold.until, "reason": HELD_BACK, "reason_text": hold.reason}
    return tx.execute(statement.values(**values)).rowcount == 1


def end_hold(tx: Connection) -> int:
    """End the hold now; returns how many reports were held back by it and are due now."""
    tx.execute(sa.delete(hold_table))
    values = {"not_before": now(), "reason": None, "reason_text": None}
    return tx.execute(sa.update(report).where(*_held_back()).values(**values)).rowcount


def held_back_count(tx: Connection) -> int:
    """How many reports wait for a hold to end."""
    return tx.execute(sa.select(sa.func.count()).select_from(report).where(*_held_back())).scalar_one()


def _held_back() -> tuple[sa.ColumnElement[bool], ...]:
    by_lane = (likely(READY), report.c.lane.in_(Lane))  # so that the index of lanes is read
    return *by_lane, report.c.not_before > now(), report.c.reason == HELD_BACK
