"""Bring a ledger to this version's schema, and tell how far it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from worker.errors import ConfigurationError
from worker.ledger.store import Ledger

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x5EED_1ED6  # any fixed number; two migrations at once wait for each other on PostgreSQL


def head_revision() -> str:
    """The revision this version of the code needs."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    assert head is not None, "the package ships at least one migration"
    return head


def current_revision(ledger: Ledger) -> str | None:
    """The revision the ledger is at; None where it was never migrated. Raises LedgerUnavailable."""
    with ledger.read() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def migrate(ledger: Ledger) -> tuple[str | None, str]:
    """Upgrade to the newest revision; returns (revision before, revision after). Safe to run twice, or at once.

    Raises ConfigurationError where the ledger is ahead of this version, LedgerUnavailable without an answer.
    """
    with ledger.write() as tx:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        before = MigrationContext.configure(tx).get_current_revision()
        if before is not None and is_newer(before):
            problem = f"the ledger is at revision {before}, which this version does not know: a newer one migrated it"
            raise ConfigurationError("DATABASE_URL", problem)
        command.upgrade(_config(tx), "head")
    return before, head_revision()


def is_newer(revision: str) -> bool:
    """Whether a newer version than this one has migrated a ledger that is at `revision`."""
    return all(script.revision != revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions())


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
