"""The heartbeats of processes: each writes its own row again and again, and so proves that it can commit."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from worker.errors import LedgerUnavailable
from worker.ledger.steering_schema import process as process_table
from worker.ledger.store import Ledger, after, insert, now
from worker.masking import mask_text

HEARTBEAT_S = 15.0
LIVES_S = 60.0  # a process without a heartbeat for this long counts as gone
KEEP_S = 7 * 86_400.0  # the rows of processes that are gone
MOST_READ = 500  # rows, the latest first


class ProcessKind(StrEnum):
    """The commands whose processes give heartbeats."""

    RUN = "run"
    SERVE = "serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The condition of a process and of its machine. Ages in seconds at the heartbeat; None where nothing is wrong.

    `unexpected_*` is about errors that nothing of ours raises on purpose, `account_*` about asking for SES's account.
    """

    spooled: int = 0
    results_lost: int = 0
    disk_free_bytes: int | None = None
    disk_size_bytes: int | None = None
    unexpected_errors: int = 0
    unexpected_place: str | None = None
    unexpected_ago_s: float | None = None
    account_failing_s: float | None = None
    account_code: str | None = None
    account_problem: str | None = None
    account_out_of_reach: bool = False

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Condition:
        """The condition that a process of this or another version wrote; what this one does not know is dropped."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class Process:
    """One process, as its last heartbeat left it. `refusal` says why it did not start, `refused_by` which error."""

    name: str
    kind: str
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    refused_by: str | None
    refusal: str | None
    condition: Condition

    @property
    def host(self) -> str:
        """The machine or container that it runs in."""
        return self.name.rpartition(":")[0]

    def lives(self, moment: datetime) -> bool:
        """Whether it counts as alive at `moment`, by the ledger's clock."""
        return self.stopped_at is None and moment - self.seen_at < timedelta(seconds=LIVES_S)


def this_process() -> str:
    """The name of this process: its host and its process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def record_heartbeat(
    tx: Connection, process: str, kind: ProcessKind, condition: Condition, *, uptime_s: float = 0.0
) -> None:
    """Write this process's row, and delete those that are older than `KEEP_S`."""
    values: dict[str, Any] = {
        "started_at": after(-uptime_s), "stopped_at": None, "refused_by": None, "refusal": None,
        "condition": asdict(condition),
    }  # fmt: skip
    _put(tx, process, kind, values)
    tx.execute(sa.delete(process_table).where(process_table.c.seen_at < after(-KEEP_S)))


def why_no_writes(ledger: Ledger) -> str | None:
    """Why the ledger takes no writes, by one that changes nothing; None where it takes them."""
    try:
        with ledger.write() as tx:
            tx.execute(sa.update(process_table).where(sa.false()).values(refusal=None))
    except LedgerUnavailable as error:
        return str(error)
    return None


def record_stop(tx: Connection, process: str) -> None:
    """Record that this process stops, as it was asked to."""
    statement = sa.update(process_table).where(process_table.c.name == process)
    tx.execute(statement.values(seen_at=now(), stopped_at=now()))


def record_refusal(tx: Connection, process: str, kind: ProcessKind, error: Exception) -> None:
    """Record that this process refuses to start."""
    values: dict[str, Any] = {
        "started_at": now(), "stopped_at": now(), "refused_by": type(error).__name__,
        "refusal": mask_text(str(error)), "condition": {},
    }  # fmt: skip
    _put(tx, process, kind, values)


def processes(tx: Connection) -> tuple[Process, ...]:
    """The processes of the last days, the latest heartbeat first."""
    columns = [process_table.c[name] for name in Process.__dataclass_fields__]
    rows = tx.execute(sa.select(*columns).order_by(process_table.c.seen_at.desc()).limit(MOST_READ))
    return tuple(Process(**{**row._mapping, "condition": Condition.from_json(row.condition)}) for row in rows)


def _put(tx: Connection, process: str, kind: ProcessKind, values: dict[str, Any]) -> None:
    values = {"kind": kind, "seen_at": now(), **values}
    statement = insert(tx, process_table).values(name=process, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
