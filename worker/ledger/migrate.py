"""Bring a ledger to this version's schema.

On PostgreSQL over a connection of its own without a limit of time, each revision in its own transaction, so that one
may build an index while workers write (`worker.ledger.migrations.indexes`). On SQLite all in one transaction.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from worker.errors import ConfigurationError
from worker.ledger.away import away_mapped
from worker.ledger.patience import MIGRATION_S
from worker.ledger.revision import MIGRATIONS, head_revision, is_newer
from worker.ledger.store import Ledger

_ADVISORY_LOCK = 0x5EED_1ED6  # any fixed number; two migrations at once wait for each other on PostgreSQL
_LOOK_S = 0.5
_UNFINISHED = sa.text(
    "SELECT quote_ident(relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
)


def migrate(ledger: Ledger) -> tuple[str | None, str]:
    """Upgrade to the newest revision; returns (revision before, revision after). Safe to run twice, or at once.

    Raises ConfigurationError where the ledger is ahead of this version, LedgerUnavailable without an answer or where a
    transaction of somebody keeps a table locked: then the revisions before stay done, and it may be run again.
    """
    if ledger.engine.dialect.name == "postgresql":
        with away_mapped(), _maintenance(ledger) as connection:
            before = _upgrade(connection)
    else:
        with ledger.write(wait_s=MIGRATION_S) as tx:
            before = _upgrade(tx)
    return before, head_revision()


def _upgrade(connection: Connection) -> str | None:
    before = MigrationContext.configure(connection).get_current_revision()
    if before is not None and is_newer(before):
        problem = f"the ledger is at revision {before}, which this version does not know: a newer one migrated it"
        raise ConfigurationError("DATABASE_URL", problem)
    if connection.dialect.name == "postgresql":
        connection.rollback()  # or Alembic would take this transaction for one that is not its own to end
    command.upgrade(_config(connection), "head")
    return before


@contextlib.contextmanager
def _maintenance(ledger: Ledger) -> Iterator[Connection]:
    """A session of its own that holds the lock of migrations. It waits for the lock without a snapshot.

    An index that is built beside writers waits for every older snapshot, that of a statement that waits too.
    """
    engine = sa.create_engine(
        ledger.engine.url, hide_parameters=True, poolclass=sa.NullPool,
        connect_args={
            "prepare_threshold": None, "connect_timeout": max(2, round(ledger.timeout_s)), "keepalives_idle": 30,
        },
    )  # fmt: skip
    with engine.connect() as connection:
        for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "lock_timeout = '10s'"):
            connection.exec_driver_sql(f"SET {setting}")
        connection.commit()
        while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_LOCK))).scalar_one():
            connection.rollback()
            time.sleep(_LOOK_S)
        try:
            _drop_unfinished(connection)
            yield connection
        finally:
            connection.rollback()
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_LOCK)))  # the session may be a pooler's
            connection.exec_driver_sql("RESET ALL")
            connection.commit()


def _drop_unfinished(connection: Connection) -> None:
    """Drop indexes that a migration was building when it was cut off."""
    for name in connection.execute(_UNFINISHED).scalars().all():
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
