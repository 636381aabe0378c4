"""The users of the send log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.ledger.schema import log_user
from worker.ledger.store import insert, now


class UserRole(StrEnum):
    """What a user may do: a viewer reads and exports with addresses masked; an operator also sees them and acts."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class LogUser:
    """One user of the send log. `logouts` counts how often sessions were ended."""

    name: str
    role: UserRole
    password_hash: str
    changed_at: datetime
    logouts: int


def find_user(tx: Connection, name: str) -> LogUser | None:
    """The user of this name, or None."""
    row = tx.execute(sa.select(log_user).where(log_user.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def list_users(tx: Connection) -> list[LogUser]:
    """Every user, by name."""
    rows = tx.execute(sa.select(log_user).order_by(log_user.c.name))
    return [_user(row) for row in rows]


def put_user(tx: Connection, name: str, role: UserRole, password_hash: str) -> None:
    """Create a user, or replace the password and role of an existing one, whose open sessions end."""
    values = {"role": role, "password_hash": password_hash, "changed_at": now()}
    statement = insert(tx, log_user).values(name=name, created_at=now(), **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def remove_user(tx: Connection, name: str) -> bool:
    """Remove a user, whose open sessions end; False where there is no such user."""
    return tx.execute(sa.delete(log_user).where(log_user.c.name == name)).rowcount == 1


def end_sessions(tx: Connection, name: str) -> None:
    """Invalidate every open session of this user, including copied cookies."""
    tx.execute(sa.update(log_user).where(log_user.c.name == name).values(logouts=log_user.c.logouts + 1))


def _user(row: sa.Row[Any]) -> LogUser:
    return LogUser(row.name, UserRole(row.role), row.password_hash, row.changed_at, row.logouts)
