"""The engine of an SQLite ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from worker.errors import ConfigurationError

READ_ONLY = "ledger_read_only"  # execution option of a transaction that only reads


def open_sqlite(url: sa.URL, *, timeout_s: float) -> Engine:
    """An engine that waits `timeout_s` for another writer. Raises ConfigurationError where the directory is missing."""
    if url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError("DATABASE_URL", f"{error.filename}: {error.strerror}") from None
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": timeout_s})

    @sa.event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own; `begin` below does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that will write waits for the lock at its start, instead of failing half-way.
        read_only = connection.get_execution_options().get(READ_ONLY)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
