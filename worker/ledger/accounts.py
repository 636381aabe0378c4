"""What SES last said about the sending account, shared by all processes, and how much of the daily quota we use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.lifecycle import AttemptState
from worker.ledger.schema import attempt
from worker.ledger.steering_schema import ONLY_ROW, account_reading
from worker.ledger.store import after, insert, now

QUOTA_WINDOW_S = 86_400.0  # SES counts its daily quota over the last 24 hours, not by calendar day


@dataclass(frozen=True, slots=True)
class AccountReading:
    """What SES last said of the account. Rate in letters per second, quotas in letters per 24 hours; -1 is no limit."""

    production_access: bool
    sending_enabled: bool
    enforcement: str
    max_send_rate: float
    max_24_hour_send: float
    sent_last_24_hours: float
    read_at: datetime


def save_account(
    tx: Connection,
    *,
    production_access: bool,
    sending_enabled: bool,
    enforcement: str,
    max_send_rate: float,
    max_24_hour_send: float,
    sent_last_24_hours: float,
) -> None:
    """Replace the last reading by one read just now. Units as in AccountReading."""
    values = {
        "production_access": production_access,
        "sending_enabled": sending_enabled,
        "enforcement": enforcement,
        "max_send_rate": max_send_rate,
        "max_24_hour_send": max_24_hour_send,
        "sent_last_24_hours": sent_last_24_hours,
        "read_at": now(),
    }
    statement = insert(tx, account_reading).values(id=ONLY_ROW, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def last_account(tx: Connection) -> AccountReading | None:
    """The last reading; None where SES was never asked."""
    columns = [account_reading.c[name] for name in AccountReading.__dataclass_fields__]
    row = tx.execute(sa.select(*columns)).one_or_none()
    return None if row is None else AccountReading(**row._mapping)


def quota_frees_in_s(tx: Connection, *, mailer: str) -> float | None:
    """Seconds until the oldest letter of the last 24 hours leaves the quota's window; None where there is none."""
    accepted = (attempt.c.state == AttemptState.ACCEPTED, attempt.c.mailer == mailer)
    query = sa.select(sa.func.min(attempt.c.finished_at), now())
    oldest, moment = tx.execute(query.where(*accepted, attempt.c.finished_at > after(-QUOTA_WINDOW_S))).one()
    return None if oldest is None else max(0.0, QUOTA_WINDOW_S - float((moment - oldest).total_seconds()))
