"""Bring a ledger to this version's schema."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from worker.errors import ConfigurationError
from worker.ledger.patience import MIGRATION_S
from worker.ledger.revision import MIGRATIONS, head_revision, is_newer
from worker.ledger.store import Ledger

_ADVISORY_LOCK = 0x5EED_1ED6  # any fixed number; two migrations at once wait for each other on PostgreSQL


def migrate(ledger: Ledger) -> tuple[str | None, str]:
    """Upgrade to the newest revision; returns (revision before, revision after). Safe to run twice, or at once.

    Raises ConfigurationError where the ledger is ahead of this version, LedgerUnavailable without an answer.
    """
    with ledger.write(wait_s=MIGRATION_S) as tx:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        before = MigrationContext.configure(tx).get_current_revision()
        if before is not None and is_newer(before):
            problem = f"the ledger is at revision {before}, which this version does not know: a newer one migrated it"
            raise ConfigurationError("DATABASE_URL", problem)
        command.upgrade(_config(tx), "head")
    return before, head_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
